"""Autoencoder: golden/vae/*-decode, *-encode and *-tiled.safetensors."""
import torch
from diffusers import AutoencoderKL

import case


def load(name):
    return AutoencoderKL.from_pretrained(f"{case.FOLDERS}/{name}/vae", torch_dtype=torch.float32).eval()


def record(module, names):
    """Hooks the named parts below `module`; the returned dictionary fills while it runs."""
    out = {}
    for name in names:
        part = module.get_submodule(name)
        if part is not None:
            part.register_forward_hook(lambda _m, _i, result, name=name: out.__setitem__(f"out.{name}", result))
    return out


def decode(name, height, width, seed):
    vae = load(name)
    latents = torch.randn(1, vae.config.latent_channels, height, width, generator=torch.Generator().manual_seed(seed))
    parts = ["post_quant_conv"] if vae.post_quant_conv is not None else []
    out = record(vae, parts)
    inner = ["conv_in", "mid_block", *(f"up_blocks.{i}" for i in range(4)), "conv_norm_out"]
    inner_out = record(vae.decoder, inner)
    sample = vae.decode(latents, return_dict=False)[0]
    save("decode", name, {"in.latents": latents, **out, **inner_out, "out.sample": sample}, seed, vae)


def encode(name, height, width, seed):
    vae = load(name)
    sample = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    inner = ["conv_in", *(f"down_blocks.{i}" for i in range(4)), "mid_block", "conv_norm_out"]
    out = record(vae.encoder, inner)
    posterior = vae.encode(sample).latent_dist
    result = {"moments": posterior.parameters, "mean": posterior.mean, "logvar": posterior.logvar, "std": posterior.std}
    result["mode"] = posterior.mode()
    save("encode", name, {"in.sample": sample, **out, **{f"out.{k}": v for k, v in result.items()}}, seed, vae)


def tiled(name, height, width, seed):
    """Decodes latents larger than a tile both ways, and encodes a picture larger than a tile in tiles."""
    vae = load(name)
    generator = torch.Generator().manual_seed(seed)
    latents = torch.randn(1, vae.config.latent_channels, height, width, generator=generator)
    whole = vae.decode(latents, return_dict=False)[0]
    vae.enable_tiling()
    sample = vae.decode(latents, return_dict=False)[0]
    assert not torch.allclose(whole, sample, atol=1e-2), "the latents fit one tile"
    picture = sample.clamp(-1, 1)[:, :, : height * 8 - 16]
    moments = vae.encode(picture).latent_dist.parameters
    tensors = {"in.latents": latents, "out.sample": sample, "out.encoded_moments": moments}
    save("tiled", name, tensors, seed, vae, tile_sample_min_size=vae.tile_sample_min_size,
         tile_latent_min_size=vae.tile_latent_min_size, tile_overlap_factor=vae.tile_overlap_factor,
         encoded=f"the first {height * 8 - 16} rows of out.sample, clamped to [-1, 1], in tiles")


def save(kind, name, tensors, seed, vae, **more):
    case.save("make_vae.py", "vae", f"{name}-{kind}", tensors, "diffusers AutoencoderKL", 1e-4,
              folder=f"golden/folders/{name}", seed=seed, scaling_factor=vae.config.scaling_factor,
              shift_factor=vae.config.shift_factor, **more)


def main():
    case.prepare()
    decode("tiny-a", 3, 5, 201)
    decode("tiny-b", 5, 3, 202)
    encode("tiny-a", 32, 48, 203)
    encode("tiny-b", 48, 32, 204)
    tiled("tiny-a", 10, 17, 205)  # tiles of 8 cells
    tiled("tiny-b", 9, 6, 206)  # tiles of 4 cells


if __name__ == "__main__":
    main()
