"""Writes core/src/test/resources/golden/unipc.txt: what diffusers' UniPCMultistepScheduler does with flows.

Lines of words: `levels` with shift, steps, then the levels, a bar, and the timesteps; `stretched` the same that end at 0.1; `weights` with shift, steps, order,
type, step and predict or correct, then how much of the latents, of the guess at the end, and of those before, the newest first, a step is
made; `run` with shift, steps, order, type, the uncorrected steps, then the latents that the last forward saw, a bar, and its guess.

Run from the repository's root: python tools/golden/core/unipc.py
Needs diffusers, torch and numpy.
"""
import json
import pathlib

import diffusers
import torch
from diffusers import UniPCMultistepScheduler

OUT = pathlib.Path("core/src/test/resources/golden/unipc.txt")
STEPS, SHIFTS, ORDERS, TYPES = (1, 2, 3, 5, 20), (1.0, 3.0, 5.0), (1, 2, 3), ("bh1", "bh2")
START = [-1.5, -0.7, -0.1, 0.4, 1.1, 2.0]


def scheduler(shift, steps, **settings):
    """As published for Wan, but for the settings."""
    made = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift, **settings)
    made.set_timesteps(steps)
    made.set_begin_index(0)
    return made


def weights(shift, steps, order, kind):
    """Asks the scheduler's own two updates in float64, with latents and guesses that are unit vectors."""
    unipc = scheduler(shift, steps, solver_order=order, solver_type=kind)
    unipc.sigmas = unipc.sigmas.double()
    start, end, *guesses = torch.eye(2 + order, dtype=torch.float64).unsqueeze(1)  # a batch of one, as latents have
    lines = []
    for step in range(steps - 1):  # the last, to 0, is the guess itself
        used = min(order, step + 1, steps - step)
        unipc.model_outputs = guesses[::-1]
        unipc._step_index = step
        predicted = unipc.multistep_uni_p_bh_update(end, sample=start, order=used)
        unipc._step_index = step + 1
        corrected = unipc.multistep_uni_c_bh_update(end, last_sample=start, this_sample=start, order=used)
        for word, result in (("predict", predicted), ("correct", corrected)):
            lines.append(("weights", shift, steps, order, kind, step, word, *result[0, :2 + used].tolist()))
    return lines


def velocity(x, t):
    return (torch.sin(3 * x.double()) * (0.5 + t / 1000) - 0.3 * x.double()).float()


def run(shift, steps, order, kind, uncorrected):
    unipc = scheduler(shift, steps, solver_order=order, solver_type=kind, disable_corrector=uncorrected)
    x = torch.tensor([START])
    for t in unipc.timesteps.tolist():
        seen, v = x, velocity(x, t)
        x = unipc.step(v, t, x, return_dict=False)[0]
    guess = seen - unipc.sigmas[-2] * v
    assert kind == "bh1" or torch.equal(x, guess)  # bh1 makes infinity times nothing of it
    words = ".".join(str(step) for step in uncorrected) or "-"
    return ("run", shift, steps, order, kind, words, *seen[0].tolist(), "|", *guess[0].tolist())


def main():
    torch.set_num_threads(1)
    lines = []
    for shift in SHIFTS:
        for steps in STEPS:
            made = scheduler(shift, steps)
            lines.append(("levels", shift, steps, *made.sigmas.tolist(), "|", *made.timesteps.tolist()))
    made = scheduler(3.0, 6, shift_terminal=0.1)
    lines.append(("stretched", 3.0, 6, *made.sigmas.tolist(), "|", *made.timesteps.tolist()))
    for order in ORDERS:
        for kind in TYPES:
            for shift in SHIFTS:
                lines += [line for steps in STEPS if steps < 20 or shift == 3 for line in weights(shift, steps, order, kind)]
                lines += [run(shift, steps, order, kind, []) for steps in STEPS]
        lines += [run(3.0, 5, order, "bh2", uncorrected) for uncorrected in ([0], [1, 2], [0, 1, 2, 3, 4])]
    OUT.write_text("".join(" ".join(str(value) for value in line) + "\n" for line in lines))
    about = {
        "generator": "tools/golden/core/unipc.py",
        "versions": {"diffusers": diffusers.__version__, "torch": torch.__version__},
        "source": "UniPCMultistepScheduler of diffusers; weights by its two updates with levels in float64",
        "dtype": {"levels": "float32", "weights": "float64", "run": "float32"},
        "tolerance": {"levels": 0, "weights": 1e-9, "run": 5e-6},
    }
    OUT.with_suffix(".json").write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    main()
