"""Bottleneck sampling on a diffusers FLUX folder: the oracle the Java program is checked against.

The algorithm is arXiv 2503.18940. State is float32; noise is one torch CPU generator drawn once per stage, at the
stage's unpacked latent shape. Every stage runs down to sigma 0 and hands over clean, unpacked latents.

`python flux_reference.py FOLDER PROMPT SEED OUT.png '[[1024, 1024, 6, 1, 9], ...]' [MAX_SEQUENCE_LENGTH]`, each stage
being width, height, steps, strength, shift.
"""
import json
import sys
from typing import NamedTuple

import numpy as np
import torch
from diffusers import FluxPipeline
from PIL import Image

FILTERS = {"lanczos": Image.LANCZOS, "bicubic": Image.BICUBIC, "bilinear": Image.BILINEAR, "nearest": Image.NEAREST}


class Stage(NamedTuple):
    """One size of a plan: pixels, steps N, strength w in (0, 1], shift s."""

    width: int
    height: int
    steps: int
    strength: float
    shift: float


class Result(NamedTuple):
    """Clean latents [1, C, h, w], picture [H, W, 3] uint8, noise and clean latents of each stage, its sigmas."""

    latents: torch.Tensor
    picture: np.ndarray
    forwards: int
    noise: list
    clean: list
    sigmas: list


def shift_sigma(t, s):
    """Paper Eq. 9."""
    return s * t / (1 + (s - 1) * t)


def start_index(steps, strength, rounding="img2img"):
    """Returns the first executed step: as diffusers' flow img2img pipelines do, or with N times w rounded down."""
    if rounding == "img2img":
        return int(max(steps - min(steps * strength, steps), 0))
    return steps - int(np.floor(steps * strength + 1e-9))


def schedule(steps, strength, shift, rounding="img2img"):
    """Returns the executed sigmas, the last of them 0."""
    raw = np.linspace(1.0, 1.0 / steps, steps)
    return np.append(shift_sigma(raw, shift), 0.0)[start_index(steps, strength, rounding):]


def resize(latents, height, width, name):
    """Resizes [1, C, h, w] float32, one channel at a time, with Pillow's float filters."""
    planes = [Image.fromarray(plane.numpy()).resize((width, height), FILTERS[name]) for plane in latents[0]]
    return torch.from_numpy(np.stack([np.asarray(plane) for plane in planes]))[None]


def pack(x):
    """[B, C, h, w] to [B, h/2 w/2, 4 C]."""
    b, c, h, w = x.shape
    return x.view(b, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(b, (h // 2) * (w // 2), c * 4)


def unpack(x, h, w):
    """[B, h/2 w/2, 4 C] to [B, C, h, w]."""
    b, _, d = x.shape
    return x.view(b, h // 2, w // 2, d // 4, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(b, d // 4, h, w)


def image_ids(h, w):
    """Returns the position ids [h/2 w/2, 3] of packed latents: 0, row, column."""
    ids = torch.zeros(h // 2, w // 2, 3)
    ids[..., 1] += torch.arange(h // 2)[:, None]
    ids[..., 2] += torch.arange(w // 2)[None]
    return ids.reshape(-1, 3)


def to_picture(pipe, latents):
    """Decodes clean latents to uint8 [H, W, 3], rounding half to even."""
    z = latents / pipe.vae.config.scaling_factor + pipe.vae.config.shift_factor
    image = pipe.vae.decode(z.to(pipe.vae.dtype), return_dict=False)[0].float()
    return ((image / 2 + 0.5).clamp(0, 1) * 255).round().byte()[0].permute(1, 2, 0).numpy()


def velocity_model(pipe, prompt, guidance, max_length, negative, true_cfg):
    """Returns f(packed, sigma, ids) -> velocity, and a function that counts the forwards so far."""
    transformer, calls = pipe.transformer, []
    scale = torch.tensor([guidance]) if transformer.config.guidance_embeds else None

    def forward(text, x, sigma, ids):
        calls.append(sigma)
        embeds, pooled, text_ids = text
        return transformer(
            hidden_states=x.to(transformer.dtype),
            timestep=torch.tensor([sigma], dtype=transformer.dtype),
            guidance=scale,
            pooled_projections=pooled,
            encoder_hidden_states=embeds,
            txt_ids=text_ids,
            img_ids=ids,
            return_dict=False,
        )[0].float()

    positive_text = pipe.encode_prompt(prompt=prompt, prompt_2=None, max_sequence_length=max_length)
    if negative is None or true_cfg <= 1:
        return lambda x, sigma, ids: forward(positive_text, x, sigma, ids), lambda: len(calls)
    negative_text = pipe.encode_prompt(prompt=negative, prompt_2=None, max_sequence_length=max_length)

    def guided(x, sigma, ids):
        positive, unwanted = forward(positive_text, x, sigma, ids), forward(negative_text, x, sigma, ids)
        return unwanted + true_cfg * (positive - unwanted)

    return guided, lambda: len(calls)


@torch.no_grad()
def run(pipe, prompt, stages, seed, guidance=3.5, resampler="lanczos", max_length=512, rounding="img2img", renoise=True,
        negative=None, true_cfg=1.0):
    """Samples `stages` (Stage or tuples) and returns a Result. True guidance needs `negative` and `true_cfg` > 1."""
    model, forwards = velocity_model(pipe, prompt, guidance, max_length, negative, true_cfg)
    generator = torch.Generator("cpu").manual_seed(seed)
    latents, noise, clean, sigmas = None, [], [], []
    for stage in (Stage(*stage) for stage in stages):
        h, w = stage.height // 8, stage.width // 8
        eps = torch.randn((1, pipe.transformer.config.in_channels // 4, h, w), generator=generator)
        levels = schedule(stage.steps, stage.strength, stage.shift, rounding)
        if latents is None:
            x = eps * levels[0]
        else:
            resized = resize(latents, h, w, resampler)
            x = (1 - levels[0]) * resized + levels[0] * eps if renoise else resized
        x, ids = pack(x.float()), image_ids(h, w)
        for sigma, following in zip(levels[:-1], levels[1:]):
            x = x + float(following - sigma) * model(x, sigma, ids)
        latents = unpack(x, h, w)
        noise.append(eps)
        clean.append(latents)
        sigmas.append(levels.tolist())
    return Result(latents, to_picture(pipe, latents), forwards(), noise, clean, sigmas)


if __name__ == "__main__":
    folder, text, seed, out, plan = sys.argv[1:6]
    flux = FluxPipeline.from_pretrained(folder, torch_dtype=torch.float32)
    result = run(flux, text, json.loads(plan), int(seed), max_length=int(sys.argv[6]) if len(sys.argv) > 6 else 512)
    Image.fromarray(result.picture).save(out)
    print(out, result.forwards, "forwards")
