"""Clips from a HunyuanVideo folder, several prompts at once: the algorithm of tools/golden/flux_reference.py on latent video.

State is float32; every clip has a generator of its own, so a clip depends on its seed and not on the batch.
"""
import json
import sys
from pathlib import Path

import torch
from diffusers import HunyuanVideoPipeline
from PIL import Image

from .clips import FRAMES

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden"))
from flux_reference import Stage, resize, schedule  # noqa: E402

TEXT_TOKENS = 256


@torch.no_grad()
def clips(pipe, prompts, seeds, stages):
    """Samples `stages` (Stage) for each prompt with its seed; returns uint8 [B, F, H, W, 3]."""
    transformer, vae = pipe.transformer, pipe.vae
    states, pooled, mask = pipe.encode_prompt(prompt=list(prompts), max_sequence_length=TEXT_TOKENS)
    longest = int(mask.sum(1).max())  # what is masked changes nothing
    states, mask = states[:, :longest], mask[:, :longest]
    generators = [torch.Generator("cpu").manual_seed(int(seed)) for seed in seeds]
    clean = None
    for stage in stages:
        h, w = stage.height // 8, stage.width // 8
        shape = (transformer.config.in_channels, (FRAMES - 1) // 4 + 1, h, w)
        noise = torch.stack([torch.randn((1, *shape), generator=g)[0] for g in generators])
        levels = schedule(stage.steps, stage.strength, stage.shift)
        start = float(levels[0])
        x = noise * start if clean is None else (1 - start) * resized(clean, h, w) + start * noise
        for sigma, following in zip(levels[:-1], levels[1:]):
            v = transformer(
                hidden_states=x.to(transformer.dtype), timestep=torch.full((len(x),), float(sigma) * 1000),
                encoder_hidden_states=states, encoder_attention_mask=mask, pooled_projections=pooled, return_dict=False)[0]
            x = x + float(following - sigma) * v.float()
        clean = x
    frames = [vae.decode((one[None] / vae.config.scaling_factor).to(vae.dtype), return_dict=False)[0].float() for one in clean]
    return ((torch.cat(frames) / 2 + .5).clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 4, 1).numpy()


def resized(latents, h, w):
    """Resizes [B, C, f, h, w] frame by frame."""
    return torch.stack([torch.stack([resize(frame[None], h, w, "lanczos")[0] for frame in one.unbind(1)], 1) for one in latents])


def make(model, prompts, plan, out, batch=8):
    """Makes the clips of the JSON file `prompts` as folders of PNGs, OUT/0000/00.png, ..."""
    prompts = json.loads(prompts.read_text())
    pipe = HunyuanVideoPipeline.from_pretrained(model, dtype=torch.bfloat16)
    stages = [Stage(*stage) for stage in json.loads(plan)]
    for start in range(0, len(prompts), batch):
        part = prompts[start:start + batch]
        for number, clip in enumerate(clips(pipe, [p["prompt"] for p in part], [p["seed"] for p in part], stages), start):
            save(clip, out / f"{number:04d}")
    print(f"{out}: {len(prompts)} clips")


def save(clip, folder):
    """Writes the frames of a clip, uint8 [F, H, W, 3], as numbered PNGs."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(clip):
        Image.fromarray(frame).save(folder / f"{number:02d}.png")


def sheet(clips, path, scale=1, every=4):
    """Writes one picture: a clip a row, every fourth frame."""
    rows = torch.from_numpy(clips)[:, ::every].permute(0, 2, 1, 3, 4).flatten(0, 1).flatten(1, 2).numpy()
    image = Image.fromarray(rows)
    image.resize((int(image.width * scale), int(image.height * scale)), Image.LANCZOS).save(path)
