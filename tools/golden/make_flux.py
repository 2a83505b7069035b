"""One transformer forward, layer by layer: golden/flux/tiny-a.safetensors and tiny-b.safetensors."""
import torch
from diffusers import FluxTransformer2DModel

import case
from flux_reference import image_ids


def record(model):
    """Hooks every layer of interest; the returned dictionary fills while the model runs."""
    out, keep = case.recorder()
    model.time_text_embed.register_forward_hook(keep("time_text_embed"))
    model.context_embedder.register_forward_hook(keep("context_embedder"))
    model.x_embedder.register_forward_hook(keep("x_embedder"))
    model.pos_embed.register_forward_hook(keep("rope", "_cos", "_sin"))
    for group in ("transformer_blocks", "single_transformer_blocks"):
        for index, block in enumerate(getattr(model, group)):
            block.register_forward_hook(keep(f"{group}.{index}", ".encoder_hidden_states", ".hidden_states"))
    model.norm_out.register_forward_hook(keep("norm_out"))
    model.proj_out.register_forward_hook(keep("proj_out"))
    return out


def forward(name, height, width, text, seed, sigma, guidance):
    """Runs the folder's transformer once on random inputs: `height` x `width` latent cells, `text` tokens."""
    path = f"{case.FOLDERS}/{name}/transformer"
    model = FluxTransformer2DModel.from_pretrained(path, torch_dtype=torch.float32).eval()
    config, generator = model.config, torch.Generator().manual_seed(seed)
    tokens = height // 2 * width // 2
    inputs = {
        "hidden_states": torch.randn(1, tokens, config.in_channels, generator=generator),
        "encoder_hidden_states": torch.randn(1, text, config.joint_attention_dim, generator=generator),
        "pooled_projections": torch.randn(1, config.pooled_projection_dim, generator=generator),
        "timestep": torch.tensor([sigma]),
        "img_ids": image_ids(height, width),
        "txt_ids": torch.zeros(text, 3),
    }
    if config.guidance_embeds:
        inputs["guidance"] = torch.tensor([guidance])
    out = record(model)
    model(**inputs, return_dict=False)
    case.save(
        "make_flux.py", "flux", name, {f"in.{key}": value for key, value in inputs.items()} | out,
        "diffusers FluxTransformer2DModel", 1e-4, folder=f"golden/folders/{name}", seed=seed, latent_height=height,
        latent_width=width, grid_height=height // 2, grid_width=width // 2, text_tokens=text, sigma=sigma,
        guidance=guidance if config.guidance_embeds else None,
    )


def main():
    case.prepare()
    forward("tiny-a", height=6, width=10, text=7, seed=101, sigma=0.8125, guidance=3.5)
    forward("tiny-b", height=10, width=4, text=12, seed=102, sigma=0.2375, guidance=None)


if __name__ == "__main__":
    main()
