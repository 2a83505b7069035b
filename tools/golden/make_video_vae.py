"""HunyuanVideo's autoencoder: golden/vae/video-*.safetensors.

`video-<shape>` holds the weights and the configuration (in its JSON), `video-<shape>-<case>` what diffusers makes of them.
"""
import json

import torch
from diffusers import AutoencoderKLHunyuanVideo

import case
import make_vae
import tiny_flux

TOLERANCE = 1e-4
SHAPES = {
    # Two layers a block; the number of channels changes in every block but one.
    "a": {"block_out_channels": (2, 4, 4, 6), "layers_per_block": 2, "norm_num_groups": 2, "latent_channels": 4},
    # One layer, fewer blocks and a smaller cell, other groups, and no attention.
    "b": {
        "block_out_channels": (3, 6, 3), "layers_per_block": 1, "norm_num_groups": 3, "latent_channels": 3,
        "spatial_compression_ratio": 4, "mid_block_add_attention": False,
    },
}


def tiles(height, width, frames):
    """Returns the arguments of enable_tiling for (tile, stride) of each dimension."""
    sides = {"height": height, "width": width, "num_frames": frames}
    return {f"tile_sample_{word}_{side}": size[i] for side, size in sides.items() for i, word in enumerate(("min", "stride"))}


def build(shape):
    """Returns the autoencoder of a shape, seeded."""
    torch.manual_seed(300 + ord(shape))
    count = len(SHAPES[shape]["block_out_channels"])
    vae = AutoencoderKLHunyuanVideo(
        down_block_types=("HunyuanVideoDownBlock3D",) * count, up_block_types=("HunyuanVideoUpBlock3D",) * count,
        **SHAPES[shape],
    ).eval()
    tiny_flux.randomise(vae)
    return vae


def weights(shape):
    vae = build(shape)
    config = {key: value for key, value in vae.config.items() if not key.startswith("_")}
    save(f"video-{shape}", dict(vae.state_dict()), config=json.loads(json.dumps(config)))


def noise(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def video(frames, height, width, seed):
    return torch.rand(1, 3, frames, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def whole(vae):
    vae.use_framewise_decoding = vae.use_framewise_encoding = False


def decode(shape, frames, height, width, seed):
    """Part by part."""
    vae = build(shape)
    whole(vae)
    latents = noise(1, vae.config.latent_channels, frames, height, width, seed=seed)
    blocks = [f"up_blocks.{i}" for i in range(len(vae.config.block_out_channels))]
    out = make_vae.record(vae, ["post_quant_conv"])
    out_inner = make_vae.record(vae.decoder, ["conv_in", "mid_block", *blocks, "conv_norm_out"])
    sample = vae.decode(latents, return_dict=False)[0]
    save(f"video-{shape}-decode", {"in.latents": latents, **out, **out_inner, "out.sample": sample}, seed=seed)


def encode(shape, frames, height, width, seed):
    """Part by part."""
    vae = build(shape)
    whole(vae)
    sample = video(frames, height, width, seed)
    blocks = [f"down_blocks.{i}" for i in range(len(vae.config.block_out_channels))]
    out = make_vae.record(vae.encoder, ["conv_in", *blocks, "mid_block", "conv_norm_out"])
    posterior = vae.encode(sample).latent_dist
    result = {"out.moments": posterior.parameters, "out.mean": posterior.mean, "out.logvar": posterior.logvar}
    save(f"video-{shape}-encode", {"in.sample": sample, **out, **result}, seed=seed)


def lengths(shape, height, width, seed):
    """Videos of 1, 5, 9 and 17 frames, and back, whole."""
    vae = build(shape)
    whole(vae)
    cell = vae.config.spatial_compression_ratio
    tensors = {}
    for frames in (1, 5, 9, 17):
        latents = noise(1, vae.config.latent_channels, (frames - 1) // 4 + 1, height, width, seed=seed + frames)
        sample = video(frames, height * cell, width * cell, seed + frames)
        tensors |= {f"{frames}.latents": latents, f"{frames}.decoded": vae.decode(latents, return_dict=False)[0]}
        tensors |= {f"{frames}.sample": sample, f"{frames}.encoded": vae.encode(sample).latent_dist.parameters}
    save(f"video-{shape}-lengths", tensors, seed=seed, frames=[1, 5, 9, 17])


def tiled(shape, name, settings, frames, height, width, seed):
    """Decodes latents larger than a tile, and encodes the video in tiles again."""
    vae = build(shape)
    latents = noise(1, vae.config.latent_channels, (frames - 1) // 4 + 1, height, width, seed=seed)
    whole(vae)
    untiled = vae.decode(latents, return_dict=False)[0]
    vae.use_framewise_decoding = vae.use_framewise_encoding = True
    vae.enable_tiling(**settings)
    sample = vae.decode(latents, return_dict=False)[0]
    assert sample.shape == untiled.shape and sample.shape[2] == frames, (sample.shape, untiled.shape)
    assert not torch.allclose(untiled, sample, atol=1e-2), "the latents fit one tile"
    moments = vae.encode(sample.clamp(-1, 1)).latent_dist.parameters
    tensors = {"in.latents": latents, "out.sample": sample, "out.encoded_moments": moments}
    save(f"video-{shape}-{name}", tensors, seed=seed, tiles=settings, encoded="out.sample, clamped to [-1, 1], in tiles")


def save(name, tensors, **settings):
    case.save("make_video_vae.py", "vae", name, tensors, "diffusers AutoencoderKLHunyuanVideo", TOLERANCE, **settings)


def main():
    case.prepare()
    for shape in SHAPES:
        weights(shape)
    decode("a", 3, 2, 3, 311)
    decode("b", 2, 5, 3, 312)
    encode("a", 9, 16, 24, 313)
    encode("b", 5, 20, 12, 314)
    lengths("a", 2, 1, 320)
    lengths("b", 2, 3, 321)
    tiled("a", "tiled", tiles((16, 8), (16, 8), (8, 4)), 25, 3, 3, 330)
    # Strides of less than half a tile: more than two tiles lie over each other.
    tiled("b", "dense", tiles((16, 12), (20, 8), (12, 4)), 17, 7, 8, 331)
    # In time only, as diffusers does without enable_tiling, then in space only.
    tiled("a", "framewise", tiles((4096, 4096), (4096, 4096), (16, 12)), 33, 2, 3, 332)
    tiled("b", "space", tiles((16, 8), (20, 12), (16, 12)), 9, 11, 9, 333)


if __name__ == "__main__":
    main()
