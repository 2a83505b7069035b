"""Writes core/src/test/resources/golden/bottleneck-run.bin: three stages of bottleneck sampling of a toy model.

The model's velocity is sigma * x - 0.5. The file holds little-endian float32 values in row-major order: the noise of
each stage, the velocity's input at each stage's first step, then the clean latents, all [2, H, W].

Run from the repository's root: python tools/golden/core/bottleneck_run.py
Needs torch, pillow and numpy.
"""
import json
import pathlib

import numpy as np
import PIL
import torch
from PIL import Image

OUT = pathlib.Path("core/src/test/resources/golden/bottleneck-run.bin")
# (height, width, steps, strength, shift)
STAGES = [(8, 10, 6, 1.0, 9.0), (5, 6, 20, 0.8, 6.0), (8, 10, 8, 0.6, 9.0)]


def schedule(steps, strength, shift):
    raw = np.linspace(1.0, 1.0 / steps, steps)
    sigmas = np.append(shift * raw / (1 + (shift - 1) * raw), 0.0)
    return sigmas[int(max(steps - min(steps * strength, steps), 0)):]


def resize(latents, height, width):
    planes = [Image.fromarray(c.numpy(), mode="F").resize((width, height), Image.LANCZOS) for c in latents]
    return torch.from_numpy(np.stack([np.asarray(p) for p in planes]))


def main():
    generator = torch.Generator("cpu").manual_seed(7)
    noises, starts, clean = [], [], None
    for height, width, steps, strength, shift in STAGES:
        sigmas = schedule(steps, strength, shift)
        noise = torch.randn((2, height, width), generator=generator)
        x = noise
        if clean is not None:
            x = (1 - sigmas[0]) * resize(clean, height, width) + sigmas[0] * noise
        noises.append(noise)
        starts.append(x)
        for sigma, following in zip(sigmas[:-1], sigmas[1:]):
            velocity = float(sigma) * x - 0.5
            x = x + float(following - sigma) * velocity
        clean = x
    OUT.write_bytes(b"".join(t.numpy().astype("<f4").tobytes() for t in [*noises, *starts, clean]))
    about = {
        "generator": "tools/golden/core/bottleneck_run.py",
        "versions": {"torch": torch.__version__, "pillow": PIL.__version__, "numpy": np.__version__},
        "source": "arXiv 2503.18940, Algorithm 1; stages (height, width, steps, strength, shift): %s" % STAGES,
        "dtype": "float32, little-endian",
        "holds": ["noise x3", "first model input x3", "clean"],
        "tolerance": 1e-6,
    }
    OUT.with_suffix(".json").write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    main()
