"""The video transformer, made of emoji-flux's picture transformer: both are the same blocks."""
import torch
from diffusers import HunyuanVideoTransformer3DModel

FLUX_THETA = 10000.0
REFINER_LAYERS = 2


def inflate(flux):
    """Makes a HunyuanVideoTransformer3DModel that sees each latent frame as the FluxTransformer2DModel `flux` sees a picture.

    Patches, blocks, modulation and output agree weight by weight; FLUX's first rotary axis, always 0 in pictures, becomes time,
    so that at first all frames attend to each other as if they were one. FLUX's linear layer for text becomes the input of the
    token refiner, whose own blocks start as the identity: their gates are 0.
    """
    c = flux.config
    video = HunyuanVideoTransformer3DModel(
        in_channels=c.in_channels // 4, out_channels=c.in_channels // 4, num_attention_heads=c.num_attention_heads,
        attention_head_dim=c.attention_head_dim, num_layers=c.num_layers, num_single_layers=c.num_single_layers,
        num_refiner_layers=REFINER_LAYERS, guidance_embeds=False, text_embed_dim=c.joint_attention_dim,
        pooled_projection_dim=c.pooled_projection_dim, rope_theta=FLUX_THETA, rope_axes_dim=tuple(c.axes_dims_rope))
    given, state = flux.state_dict(), video.state_dict()
    for name in state:
        source = name.replace("x_embedder.proj.", "x_embedder.").replace("context_embedder.proj_in.", "context_embedder.")
        if name.startswith("context_embedder.") and ".proj_in." not in name:
            if ".norm_out.linear." in name:
                state[name].zero_()
            continue
        state[name] = given.pop(source).reshape(state[name].shape)
    if given:
        raise ValueError(f"FLUX weights with no place in the video transformer: {sorted(given)}; is it an emoji-flux?")
    video.load_state_dict(state)
    return video


def is_matrix(name, p):
    """Muon's: the matrices of all blocks, but no modulation, embedding or output."""
    return p.ndim == 2 and ("transformer_blocks" in name and "norm" not in name or "refiner_blocks" in name and "norm" not in name)


@torch.no_grad()
def parameters(model):
    return sum(p.numel() for p in model.parameters())
