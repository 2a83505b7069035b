"""The autoencoders of Wan 2.1, Wan 2.2 and Qwen-Image: golden/vae/wan-*.safetensors.

`wan-<shape>` holds the weights and the configuration (in its JSON), `wan-<shape>-<case>` what diffusers makes of them.
"""
import json

import torch
from diffusers import AutoencoderKLQwenImage, AutoencoderKLWan

import case
import make_video_vae
import tiny_flux

TOLERANCE = 1e-4


def statistics(channels, seed):
    """Returns means and deviations of latents."""
    numbers = torch.Generator().manual_seed(seed)
    mean = [round(x, 4) for x in torch.randn(channels, generator=numbers).tolist()]
    return {"latents_mean": mean, "latents_std": [round(1 + x, 4) for x in torch.rand(channels, generator=numbers).tolist()]}


SHAPES = {
    # Wan 2.1: cells of 8 pixels; another number of channels in every block.
    "a": (AutoencoderKLWan, {
        "base_dim": 2, "z_dim": 4, "dim_mult": [1, 2, 2, 3], "num_res_blocks": 1, **statistics(4, 401),
    }),
    # Wan 2.2: shortcuts, patches, another decoder than the encoder; fewer blocks, cells of 8 pixels with the patch.
    "b": (AutoencoderKLWan, {
        "base_dim": 2, "decoder_base_dim": 4, "z_dim": 3, "dim_mult": [1, 2, 2], "num_res_blocks": 2,
        "temperal_downsample": [True, True], "is_residual": True, "in_channels": 12, "out_channels": 12,
        "patch_size": 2, "scale_factor_spatial": 8, **statistics(3, 402),
    }),
    # Wan 2.2 as published: the first block leaves time as it is.
    "c": (AutoencoderKLWan, {
        "base_dim": 2, "decoder_base_dim": 3, "z_dim": 3, "dim_mult": [1, 1, 2, 2], "num_res_blocks": 1,
        "is_residual": True, "in_channels": 12, "out_channels": 12, "patch_size": 2, "scale_factor_spatial": 16,
        **statistics(3, 403),
    }),
    # Qwen-Image: its own keys; time halved in the first block and the last but one.
    "q": (AutoencoderKLQwenImage, {
        "base_dim": 2, "z_dim": 4, "dim_mult": [1, 2, 1, 2], "num_res_blocks": 1,
        "temperal_downsample": [True, False, True], **statistics(4, 404),
    }),
}


def build(shape):
    """Returns the autoencoder of a shape, seeded."""
    torch.manual_seed(400 + ord(shape))
    made, settings = SHAPES[shape]
    vae = made(**settings).eval()
    tiny_flux.randomise(vae)
    for name, parameter in vae.named_parameters():
        if name.endswith("gamma"):
            parameter.normal_(std=0.2).add_(1)
    return vae


def weights(shape):
    vae = build(shape)
    config = {key: value for key, value in vae.config.items() if key != "_use_default_values"}
    config["_class_name"] = type(vae).__name__
    save(shape, "", dict(vae.state_dict()), config=json.loads(json.dumps(config)))


def record(coder, blocks):
    """Hooks the parts of a coder; what they make of each chunk is put together along time."""
    chunks = {}
    parts = ["conv_in", "mid_block", *(f"{blocks}.{i}" for i in range(len(coder.get_submodule(blocks))))]
    for name in parts:
        coder.get_submodule(name).register_forward_hook(
            lambda _m, _i, result, name=name: chunks.setdefault(f"out.{name}", []).append(result)
        )
    return chunks


def joined(chunks):
    return {name: torch.cat(made, 2) for name, made in chunks.items()}


def decode(shape, frames, height, width, seed):
    vae = build(shape)
    latents = make_video_vae.noise(1, vae.config.z_dim, frames, height, width, seed=seed)
    chunks = record(vae.decoder, "up_blocks")
    start = make_video_vae.noise(1, vae.config.z_dim, 1, height, width, seed=seed + 1)
    sample = vae.decode(latents, return_dict=False)[0]
    parts = joined(chunks)
    first = vae.decode(start, return_dict=False)[0]
    save(shape, "-decode", {"in.latents": latents, **parts, "out.sample": sample, "in.first": start, "out.first": first},
         seed=seed, chunks=frames)


def encode(shape, frames, height, width, seed):
    vae = build(shape)
    sample = make_video_vae.video(frames, height, width, seed)
    chunks = record(vae.encoder, "down_blocks")
    posterior = vae.encode(sample).latent_dist
    parts = joined(chunks)
    picture = vae.encode(sample[:, :, :1]).latent_dist.parameters
    save(shape, "-encode", {"in.sample": sample, **parts, "out.moments": posterior.parameters, "out.picture": picture},
         seed=seed, chunks=(frames - 1) // 4 + 1)


def tiled(shape, tile, frames, height, width, seed, encoded):
    """Decodes latents larger than a tile, and encodes the video in tiles again."""
    vae = build(shape)
    latents = make_video_vae.noise(1, vae.config.z_dim, (frames - 1) // 4 + 1, height, width, seed=seed)
    whole = vae.decode(latents, return_dict=False)[0]
    vae.enable_tiling(tile, tile, tile // 4 * 3, tile // 4 * 3)
    sample = vae.decode(latents, return_dict=False)[0]
    assert sample.shape == whole.shape and sample.shape[2] == frames, (sample.shape, whole.shape)
    assert not torch.allclose(whole, sample, atol=1e-3), "the latents fit one tile"
    tensors = {"in.latents": latents, "out.sample": sample}
    if encoded:
        tensors["out.encoded_moments"] = vae.encode(sample).latent_dist.parameters
    save(shape, "-tiled", tensors, seed=seed, tile=tile, encoded="out.sample, in tiles")


def save(shape, name, tensors, **settings):
    source = f"diffusers {SHAPES[shape][0].__name__}"
    case.save("make_wan_vae.py", "vae", f"wan-{shape}{name}", tensors, source, TOLERANCE, **settings)


def main():
    case.prepare()
    for shape in SHAPES:
        weights(shape)
    decode("a", 4, 2, 3, 411)
    decode("b", 3, 3, 2, 412)
    decode("c", 3, 1, 2, 413)
    decode("q", 3, 2, 3, 414)
    encode("a", 13, 16, 16, 421)
    encode("b", 9, 24, 16, 422)
    encode("c", 9, 16, 32, 423)
    encode("q", 9, 16, 24, 424)
    tiled("a", 32, 5, 5, 6, 431, True)
    # In patches diffusers' encoder counts a tile's pixels as patches, which makes other tiles than the decoder's.
    tiled("b", 32, 5, 7, 5, 432, False)
    tiled("q", 32, 1, 9, 7, 433, True)


if __name__ == "__main__":
    main()
