"""Writes core/src/test/resources/golden/schedules.txt: noise levels as numpy and diffusers make them.

One schedule a line: shift, its number, steps, strength, rounding, then the levels, in repr digits. The shift is
"constant" with its factor, or "exponential" or "linear" with a number of tokens from which mu follows as in FLUX.

Run from the repository's root: python tools/golden/core/schedules.py
Needs diffusers, torch and numpy.
"""
import json
import pathlib

import diffusers
import numpy as np
from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.flux.pipeline_flux import calculate_shift

OUT = pathlib.Path("core/src/test/resources/golden/schedules.txt")
CONSTANT = [
    (6, 1.0, 9.0), (20, 0.8, 6.0), (8, 0.6, 9.0), (8, 1.0, 9.0), (32, 0.8, 6.0), (17, 0.6, 9.0), (10, 0.6, 9.0),
    (4, 1.0, 7.0), (24, 0.8, 9.0), (16, 0.7, 9.0), (20, 0.8, 9.0), (23, 0.7, 9.0), (9, 0.7, 9.0), (50, 1.0, 3.0),
    (50, 1.0, 7.0), (7, 0.3, 2.5), (10, 0.7, 1.0), (100, 0.29, 0.5), (1, 1.0, 3.0), (3, 0.9999, 1.7),
]
TOKENS = [256, 1024, 4096, 9216]


def start(steps, strength, rounding):
    if rounding == "img2img":
        return int(max(steps - min(steps * strength, steps), 0))
    return steps - int(np.floor(steps * strength + 1e-9))


def constant(steps, strength, shift, rounding):
    raw = np.linspace(1.0, 1.0 / steps, steps)
    return np.append(shift * raw / (1 + (shift - 1) * raw), 0.0)[start(steps, strength, rounding):]


def dynamic(kind, tokens, steps):
    scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, time_shift_type=kind)
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1.0 / steps, steps), mu=calculate_shift(tokens))
    return scheduler.sigmas.numpy()


def main():
    lines = []
    for steps, strength, shift in CONSTANT:
        for rounding in ("img2img", "floor"):
            lines.append(("constant", shift, steps, strength, rounding, *constant(steps, strength, shift, rounding)))
    for kind in ("exponential", "linear"):
        for tokens in TOKENS:
            lines.append((kind, tokens, 12, 1.0, "img2img", *dynamic(kind, tokens, 12)))
    OUT.write_text("".join(" ".join(str(value) for value in line) + "\n" for line in lines))
    about = {
        "generator": "tools/golden/core/schedules.py",
        "versions": {"diffusers": diffusers.__version__, "numpy": np.__version__},
        "source": "constant: arXiv 2503.18940, Eq. 9, on numpy.linspace; "
        "others: FlowMatchEulerDiscreteScheduler and calculate_shift of diffusers",
        "dtype": {"constant": "float64", "exponential": "float32", "linear": "float32"},
        "tolerance": {"constant": 1e-15, "exponential": 2e-7, "linear": 2e-7},
    }
    OUT.with_suffix(".json").write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    main()
