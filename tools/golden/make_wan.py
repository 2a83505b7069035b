"""Wan's transformer, layer by layer, and UMT5: golden/wan/*.safetensors; a, b and umt5-* hold the weights, in bfloat16."""
import torch
from safetensors.torch import save_file

import case
import tiny_wan

MODELS = {"a": (501, tiny_wan.A), "b": (502, tiny_wan.B)}


def weights(name, model):
    """Writes the weights of a model; the transformers' tied embedding once."""
    state = {key: value.bfloat16() for key, value in model.state_dict().items() if key != "encoder.embed_tokens.weight"}
    save_file(state, f"{case.GOLDEN}/wan/{name}.safetensors")


def forward(name, of, frames, height, width, text, seed, sigma, expanded):
    """Runs a model once; with `expanded` every token has a timestep of its own, all the same, as WanPipeline does for the 5B model."""
    model = tiny_wan.transformer(*MODELS[of])
    generator = torch.Generator().manual_seed(seed)
    latents = torch.randn(1, model.config.in_channels, frames, height, width, generator=generator)
    states = torch.randn(1, text, model.config.text_dim, generator=generator)
    states[:, text // 2 :] = 0  # padding
    timestep = torch.tensor([sigma * 1000])
    if expanded:
        timestep = timestep.expand(1, frames * (height // 2) * (width // 2))
    out, keep = case.recorder()
    model.condition_embedder.text_embedder.register_forward_hook(keep("text"))
    model.condition_embedder.time_embedder.register_forward_hook(
        lambda _m, _i, result: out.__setitem__("out.time", result[:, 0] if expanded else result))
    model.patch_embedding.register_forward_hook(
        lambda _m, _i, result: out.__setitem__("out.patches", result.flatten(2).transpose(1, 2)))
    for index, block in enumerate(model.blocks):
        block.register_forward_hook(keep(f"blocks.{index}"))
        for part in ("attn1", "attn2", "ffn"):
            getattr(block, part).register_forward_hook(keep(f"blocks.{index}.{part}"))
    sample = model(latents, timestep, states, return_dict=False)[0]
    settings = {key: value for key, value in model.config.items() if not key.startswith("_")}
    case.save(
        "make_wan.py", "wan", name, {"in.latents": latents, "in.states": states, **out, "out.sample": sample},
        "diffusers WanTransformer3DModel", 1e-4, weights=of, seed=seed, sigma=sigma, config=settings, expanded=expanded,
    )
    weights(of, model)


def umt5(name, lengths, seed, **settings):
    """Runs UMT5 on rows of ids without padding, and on one that is padded, of which the tokens' states alone are kept."""
    model = tiny_wan.umt5(seed, **settings)
    generator = torch.Generator().manual_seed(seed + 1)
    tensors = {}
    for index, length in enumerate(lengths):
        ids = torch.randint(2, model.config.vocab_size, (1, length), generator=generator)
        padded = torch.cat([ids, torch.zeros(1, 9, dtype=ids.dtype)], 1)
        mask = (torch.arange(length + 9) < length).long().unsqueeze(0)
        states = model(padded, mask).last_hidden_state[:, :length]
        tensors |= {f"{index}.input_ids": ids, f"{index}.last_hidden_state": states}
    case.save("make_wan.py", "wan", name, tensors, "transformers UMT5EncoderModel, padding masked", 1e-4, rows=len(lengths),
              weights=f"{name}-weights", config=model.config.to_dict(), seed=seed)
    weights(f"{name}-weights", model)


def main():
    case.prepare()
    forward("video", "a", frames=3, height=4, width=6, text=7, seed=511, sigma=0.8125, expanded=False)
    forward("expanded", "a", frames=2, height=6, width=4, text=5, seed=512, sigma=0.375, expanded=True)
    forward("frame", "b", frames=1, height=6, width=10, text=12, seed=513, sigma=1.0, expanded=False)
    umt5("umt5-a", (5, 31), 521, vocab_size=60, d_model=16, d_kv=6, d_ff=24, num_layers=3, num_heads=3)
    umt5("umt5-b", (1, 44), 522, vocab_size=40, d_model=12, d_kv=4, d_ff=20, num_layers=2, num_heads=2,
         relative_attention_num_buckets=8, relative_attention_max_distance=20)


if __name__ == "__main__":
    main()
