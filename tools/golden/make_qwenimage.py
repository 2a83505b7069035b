"""Forwards of two tiny Qwen-Image transformers, layer by layer: golden/qwenimage/<case>.safetensors; and a.safetensors, b.safetensors, their weights."""
import torch
from safetensors.torch import save_file

import case
import tiny_qwenimage
from flux_reference import pack, unpack

MODELS = {"a": tiny_qwenimage.A, "b": tiny_qwenimage.B}


def record(model):
    """Hooks every layer of interest; the returned dictionary fills while the model runs."""
    out, keep = case.recorder()
    model.time_text_embed.register_forward_hook(keep("time_text_embed"))
    model.img_in.register_forward_hook(keep("img_in"))
    model.txt_in.register_forward_hook(keep("txt_in"))
    for index, block in enumerate(model.transformer_blocks):
        block.register_forward_hook(keep(f"transformer_blocks.{index}", ".txt", ".img"))
    model.norm_out.register_forward_hook(keep("norm_out"))
    return out


def forward(name, weights, height, width, text, seed, sigma):
    """Runs a model once on random latents of `height` x `width` cells and states of `text` tokens."""
    model = tiny_qwenimage.transformer(**MODELS[weights])
    generator = torch.Generator().manual_seed(seed)
    latents = torch.randn(1, model.config.out_channels, height, width, generator=generator)
    states = torch.randn(1, text, model.config.joint_attention_dim, generator=generator)
    out = record(model)
    tokens = model(
        hidden_states=pack(latents), timestep=torch.tensor([sigma]), encoder_hidden_states=states,
        img_shapes=[[(1, height // 2, width // 2)]], return_dict=False)[0]
    out["out.sample"] = unpack(tokens, height, width)
    settings = {key: value for key, value in model.config.items() if not key.startswith("_")}
    case.save(
        "make_qwenimage.py", "qwenimage", name, {"in.latents": latents, "in.states": states} | out,
        "diffusers QwenImageTransformer2DModel", 1e-4, weights=weights, seed=seed, sigma=sigma, config=settings,
    )
    save_file({key: value.bfloat16() for key, value in model.state_dict().items()},
              f"{case.GOLDEN}/qwenimage/{weights}.safetensors")


def main():
    case.prepare()
    # 3 x 5 tokens: odd sides, of which one more lies before the middle.
    forward("odd", "a", height=6, width=10, text=7, seed=311, sigma=0.8125)
    # Taller than wide, a text longer than the image.
    forward("tall", "b", height=12, width=4, text=40, seed=312, sigma=0.375)
    forward("noise", "b", height=8, width=16, text=1, seed=313, sigma=1.0)


if __name__ == "__main__":
    main()
