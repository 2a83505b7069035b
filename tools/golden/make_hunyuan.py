"""One forward of tiny HunyuanVideo transformers, layer by layer: golden/hunyuan/<case>.safetensors and <case>-weights.safetensors."""
import torch
from diffusers import HunyuanVideoTransformer3DModel
from safetensors.torch import save_file

import case

# What the cases differ in; in_channels is out_channels, and mask is how many of the text tokens are no padding.
CASES = {
    "published-patch": dict(
        config=dict(num_attention_heads=2, attention_head_dim=8, rope_axes_dim=(2, 2, 4), num_layers=2, num_single_layers=2),
        latents=(4, 3, 4, 6), text=14, mask=9, seed=201, sigma=0.8125, guidance=6.0),
    "no-guidance": dict(
        config=dict(num_attention_heads=3, attention_head_dim=6, rope_axes_dim=(2, 2, 2), num_layers=1, num_single_layers=3,
                    num_refiner_layers=1, mlp_ratio=3.0, guidance_embeds=False, text_embed_dim=20),
        latents=(2, 1, 6, 2), text=7, mask=7, seed=202, sigma=0.2375, guidance=None),
    "two-frames-a-patch": dict(
        config=dict(num_attention_heads=1, attention_head_dim=12, rope_axes_dim=(4, 2, 6), num_layers=1, num_single_layers=1,
                    num_refiner_layers=3, mlp_ratio=2.5, patch_size=1, patch_size_t=2, rope_theta=100.0, pooled_projection_dim=9),
        latents=(3, 4, 3, 2), text=5, mask=1, seed=203, sigma=0.96, guidance=1.0),
    "single-stream-only": dict(
        config=dict(num_attention_heads=2, attention_head_dim=6, rope_axes_dim=(2, 2, 2), num_layers=0, num_single_layers=1,
                    num_refiner_layers=0, patch_size=3),
        latents=(4, 2, 3, 6), text=6, mask=2, seed=204, sigma=1.0, guidance=6.0),
}


def record(model):
    """Hooks every layer of interest; the returned dictionary fills while the model runs."""
    out, keep = case.recorder()
    model.time_text_embed.register_forward_hook(keep("time_text_embed"))
    model.context_embedder.time_text_embed.register_forward_hook(keep("context_embedder.time_text_embed"))
    model.context_embedder.proj_in.register_forward_hook(keep("context_embedder.proj_in"))
    for index, block in enumerate(model.context_embedder.token_refiner.refiner_blocks):
        block.register_forward_hook(keep(f"context_embedder.refiner_blocks.{index}"))
    model.context_embedder.register_forward_hook(keep("context_embedder"))
    model.x_embedder.register_forward_hook(keep("x_embedder"))
    model.rope.register_forward_hook(keep("rope", "_cos", "_sin"))
    for group in ("transformer_blocks", "single_transformer_blocks"):
        for index, block in enumerate(getattr(model, group)):
            block.register_forward_hook(keep(f"{group}.{index}", ".hidden_states", ".encoder_hidden_states"))
    model.norm_out.register_forward_hook(keep("norm_out"))
    return out


def build(config, channels, seed):
    """A random model whose layers all matter: biases and norms off 0 and 1, gains below 1, or what libraries round differently in
    the waves of a guidance of 6000 radians (2e-4) would grow with depth. Weights fit bfloat16."""
    torch.manual_seed(seed)
    defaults = dict(text_embed_dim=24, pooled_projection_dim=12)
    model = HunyuanVideoTransformer3DModel(in_channels=channels, out_channels=channels, **(defaults | config)).eval()
    for parameter in model.parameters():
        if parameter.ndim == 1:
            parameter.normal_(std=0.2)
        else:
            parameter.normal_(std=0.7 * parameter[0].numel() ** -0.5)
        parameter.copy_(parameter.bfloat16())
    for module in model.modules():
        if type(module).__name__ in ("RMSNorm", "LayerNorm") and module.weight is not None:
            module.weight.copy_((1 + module.weight).bfloat16())
    return model


def forward(name, config, latents, text, mask, seed, sigma, guidance):
    """Runs a model once on random latents (channels, frames, height, width)."""
    model = build(config, latents[0], seed)
    generator = torch.Generator().manual_seed(seed)
    inputs = {
        "hidden_states": torch.randn(1, *latents, generator=generator),
        "encoder_hidden_states": torch.randn(1, text, model.config.text_embed_dim, generator=generator),
        "encoder_attention_mask": (torch.arange(text) < mask).long()[None],
        "pooled_projections": torch.randn(1, model.config.pooled_projection_dim, generator=generator),
        "timestep": torch.tensor([1000 * sigma]),
    }
    if guidance is not None:
        inputs["guidance"] = torch.tensor([1000 * guidance])
    out = record(model)
    out["out.sample"] = model(**inputs, return_dict=False)[0]
    settings = {key: value for key, value in model.config.items() if not key.startswith("_")}
    case.save(
        "make_hunyuan.py", "hunyuan", name, {f"in.{key}": value for key, value in inputs.items()} | out,
        "diffusers HunyuanVideoTransformer3DModel", 1e-4, seed=seed, sigma=sigma, guidance=guidance, config=settings,
    )
    save_file({key: value.bfloat16() for key, value in model.state_dict().items()},
              f"{case.GOLDEN}/hunyuan/{name}-weights.safetensors")


def main():
    case.prepare()
    for name, settings in CASES.items():
        forward(name, **settings)


if __name__ == "__main__":
    main()
