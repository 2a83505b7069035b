"""Encodes clips beforehand, in the file format of emoji_flux.latents.Cached."""
import json

import numpy as np
import torch
from emoji_flux import models
from safetensors.torch import save_file


@torch.no_grad()
def encode(vae, x):
    """Encodes clips [B, 3, 17, H, W] to latents [B, 16, 5, H / 8, W / 8] as the transformer sees them, float32.

    Seventeen frames are encoded in one piece: what diffusers' two overlapping pieces give is the same.
    """
    with models.autocast(x.device.type):
        mean = vae.quant_conv(vae.encoder(x)).chunk(2, 1)[0]
    return mean.float() * vae.config.scaling_factor


def cache(vae, maker, film, resolution, count, seed, path, batch=2, log=print):
    """Encodes `count` clips drawn with `seed` into the file `path`."""
    rng, latents, captions = np.random.default_rng(seed), [], []
    for start in range(0, count, batch):
        clips = [maker.draw(rng) for _ in range(min(batch, count - start))]
        latents.append(encode(vae, film.film(clips, resolution)).bfloat16())
        captions += [clip.caption for clip in clips]
        if start % (batch * 100) == 0:
            log(f"encoded {start} of {count}")
    save_file({"latents": torch.cat(latents).contiguous()}, path,
              {"captions": json.dumps(captions), "kinds": json.dumps(["one"] * count), "resolution": str(resolution)})
