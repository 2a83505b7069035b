"""Forwards of two tiny Z-Image transformers, layer by layer: golden/zimage/<case>.safetensors; and a.safetensors, b.safetensors, their weights."""
import torch
from safetensors.torch import save_file

import case
import tiny_zimage

MODELS = {"a": tiny_zimage.A, "b": tiny_zimage.B}


def record(model):
    """Hooks every layer of interest; the returned dictionary fills while the model runs."""
    out, keep = case.recorder()
    model.t_embedder.register_forward_hook(keep("t_embedder"))
    model.all_x_embedder["2-1"].register_forward_hook(keep("x_embedder"))
    model.cap_embedder.register_forward_hook(keep("cap_embedder"))
    for group in ("noise_refiner", "context_refiner", "layers"):
        for index, block in enumerate(getattr(model, group)):
            block.register_forward_hook(keep(f"{group}.{index}"))
    model.all_final_layer["2-1"].register_forward_hook(keep("final_layer"))
    return out


def forward(name, weights, height, width, text, seed, sigma):
    """Runs a model once on random latents of `height` x `width` cells and states of `text` tokens."""
    model = tiny_zimage.transformer(**MODELS[weights])
    generator = torch.Generator().manual_seed(seed)
    latents = torch.randn(model.config.in_channels, 1, height, width, generator=generator)
    states = torch.randn(text, model.config.cap_feat_dim, generator=generator)
    out = record(model)
    out["out.sample"] = model([latents], torch.tensor([1 - sigma]), [states], return_dict=False)[0][0]
    settings = {key: value for key, value in model.config.items() if not key.startswith("_")}
    case.save(
        "make_zimage.py", "zimage", name, {"in.latents": latents, "in.states": states} | out,
        "diffusers ZImageTransformer2DModel", 1e-4, weights=weights, seed=seed, sigma=sigma, config=settings,
    )
    save_file({key: value.bfloat16() for key, value in model.state_dict().items()},
              f"{case.GOLDEN}/zimage/{weights}.safetensors")


def main():
    case.prepare()
    # 15 image and 7 text tokens, each filled up to 32.
    forward("padded", "a", height=6, width=10, text=7, seed=301, sigma=0.8125)
    # 40 tokens of either, filled up to 64; the shape is not square.
    forward("padded-twice", "b", height=20, width=8, text=40, seed=302, sigma=0.375)
    # 32 tokens of either, which are full.
    forward("full", "b", height=8, width=16, text=32, seed=303, sigma=1.0)


if __name__ == "__main__":
    main()
