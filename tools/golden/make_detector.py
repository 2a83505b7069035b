"""The detector of the prompt suite with few channels and random weights: golden/vision/{detector,detector-maps}.safetensors."""
import os
import sys

import numpy as np
import torch
from PIL import Image

import case

sys.path.insert(0, f"{os.path.dirname(case.HERE)}/train-emoji-flux")
from emoji_flux.detector import SIDE, Detector, objects

LABELS = ("cat", "owl", "star")


def shown(seed, side):
    """A random square picture, smooth with noise."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)).resize((side, side), Image.BICUBIC)
    return np.clip(np.asarray(coarse) + rng.normal(0, 20, (side, side, 3)), 0, 255).round().astype(np.uint8)


def main():
    case.prepare(40)
    path = f"{case.GOLDEN}/vision/detector.safetensors"
    model = Detector(LABELS, (16, 8, 24, 16, 8))
    model.head.bias[:-1].fill_(-1.0)
    model.head.bias[-1].fill_(0.3)
    model.head.weight.mul_(3)
    model.save(path)
    model = Detector.load(path)
    pictures = [shown(41, SIDE), shown(42, 90), shown(43, 170)]
    resized = [np.asarray(Image.fromarray(p).resize((SIDE, SIDE), Image.BICUBIC)) for p in pictures]
    x = torch.from_numpy(np.stack(resized)).permute(0, 3, 1, 2).float() / 127.5 - 1
    maps = model(x)
    tensors = {f"{i}.picture": torch.from_numpy(p) for i, p in enumerate(pictures)} | {"maps": maps}
    for i, one in enumerate(maps):
        found = [[LABELS.index(o.label), o.score, o.x, o.y, o.side] for o in objects(one, LABELS)]
        print(f"picture {i}: {len(found)} things")
        tensors[f"{i}.found"] = torch.tensor(found)
    case.save("make_detector.py", "vision", "detector-maps", tensors, "tools/train-emoji-flux, emoji_flux.detector", 1e-4,
              pictures=len(pictures), labels=LABELS)


if __name__ == "__main__":
    main()
