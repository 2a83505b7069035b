"""The prompts to measure by, with what each clip must show."""
import json

import numpy as np
from emoji_flux.captions import COLOURS

from .clips import SPEEDS, sentence
from .sampling import save

MOTIONS = ("right", "left", "up", "down", "grows", "left", "up", "right", "shrinks", "down", "turns", "right", "up", "bounces", "down",
           "left", "appears")
"""Dealt out in turn: twelve in seventeen move in a direction, which is what is asked for above all."""


def make(labels, rounds, seed):
    """Returns a list of {prompt, seed, label, motion, speed, background}; a round shows every concept once and has one seed."""
    rng, colours, out = np.random.default_rng(seed), list(COLOURS), []
    for round_ in range(rounds):
        for label in labels:
            motion, speed = MOTIONS[len(out) % len(MOTIONS)], SPEEDS[int(rng.choice(3, p=(.2, .6, .2)))]
            colour = colours[int(rng.integers(len(colours)))]
            out.append({"prompt": sentence([label], motion, speed, colour), "seed": seed + round_, "label": label,
                        "motion": motion, "speed": speed, "background": colour})
    return out


def write(maker, folder, rounds, most, seed):
    """Writes prompts.json, and round-SEED.txt, one prompt a line, for `bottleneck4j generate --prompt-file`."""
    prompts = make(maker.labels, rounds, seed)[:most]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prompts.json").write_text(json.dumps(prompts, indent=1) + "\n")
    for number in sorted({p["seed"] for p in prompts}):
        (folder / f"round-{number}.txt").write_text("".join(p["prompt"] + "\n" for p in prompts if p["seed"] == number))
    print(f"{folder}: {len(prompts)} prompts in {rounds} rounds")


def films(maker, film, prompts, resolution, out):
    """Paints what the prompts ask for, OUT/0000/00.png, ...: the measures' own limits, and the flicker of the training data."""
    rng = np.random.default_rng(1)
    for number, p in enumerate(json.loads(prompts.read_text())):
        clip = maker.draw(rng, p["label"], p["motion"], p["speed"], p["background"])
        frames = ((film.film([clip], resolution)[0] + 1) * 127.5).round().byte().permute(1, 2, 3, 0).numpy()
        save(frames, out / f"{number:04d}")
    print(f"{out}: {number + 1} clips")
