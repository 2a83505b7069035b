"""Measures pictures against their prompts, and the autoencoder against its input."""
import json

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from .captions import COLOURS
from .classifier import Classifier, shrink
from .paint import Painter
from .scenes import Item, Scene

RESAMPLES = 2000


def background(picture):
    """Names the palette colour nearest to the median of the border, a twenty-fifth of the side wide; uint8 [H, W, 3]."""
    edge = max(1, picture.shape[0] // 25)
    border = np.concatenate([part.reshape(-1, 3) for part in
                             (picture[:edge], picture[-edge:], picture[:, :edge], picture[:, -edge:])])
    median = np.median(border, axis=0)
    return min(COLOURS, key=lambda name: float(((median - COLOURS[name]) ** 2).sum()))


def interval(values, seed=0):
    """Returns mean, the 95 % bootstrap interval over pictures, and their number."""
    values = np.asarray(values, float)
    means = np.random.default_rng(seed).choice(values, (RESAMPLES, len(values))).mean(1)
    low, high = np.percentile(means, (2.5, 97.5))
    return {"mean": round(values.mean().item(), 4), "low": round(low.item(), 4), "high": round(high.item(), 4), "n": len(values)}


class Likeness:
    """How near a picture of one object comes to the art itself, wherever it lies: 1 is equal, 0 no nearer than nothing.

    1 - |picture - art|² / |background - art|², the best over 225 places and sizes of the art on the prompt's background, at 64 px.
    """

    SIDE = 64

    def __init__(self, archive):
        self._rows, self._painter = archive.by_style(), Painter(archive)

    @torch.no_grad()
    def of(self, picture, prompt):
        """Returns the likeness of a picture [1, 3, H, W], -1 to 1."""
        sprite = self._rows[prompt["style"]][prompt["labels"][0]]
        small = F.interpolate(picture, (self.SIDE, self.SIDE), mode="area")

        def art(x, y, side):
            items = () if side == 0 else (Item(sprite, x, y, side),)
            return Scene("", "one", prompt["style"], (prompt["background"],), "plain", items, ())

        moves = np.linspace(.46, .54, 5)
        scenes = [art(x, y, side) for side in np.linspace(.70, .96, 9) for x in moves for y in moves]
        drawn = self._painter.paint(scenes, self.SIDE)
        bare = self._painter.paint([art(0, 0, 0)], self.SIDE)
        far = ((bare - drawn) ** 2).sum((1, 2, 3))
        return float((1 - ((small - drawn) ** 2).sum((1, 2, 3)) / far).max())


@torch.no_grad()
def judge(model, likeness, pictures, prompts):
    """Returns {measure: [value of a picture]} for uint8 pictures [H, W, 3]; all but the likeness are 0 or 1."""
    rows = {}
    for picture, prompt in zip(pictures, prompts):
        x = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
        out = {name: logits[0] for name, logits in model(shrink(x)).items()}
        seen = {name: int(logits.argmax()) for name, logits in out.items()}
        labels = [model.labels.index(label) for label in prompt["labels"]]
        rows.setdefault("background", []).append(background(picture) == prompt["background"])
        if prompt["kind"] == "one":
            rows.setdefault("concept", []).append(seen["first"] == labels[0])
            rows.setdefault("likeness", []).append(likeness.of(x, prompt))
            rows.setdefault("style", []).append(model.styles[seen["style"]] == prompt["style"])
        elif prompt["kind"] == "count":
            rows.setdefault("count", []).append(seen["count"] + 1 == prompt["count"])
            rows.setdefault("count_concept", []).append(seen["first"] == labels[0])
        else:
            layout = seen["layout"] == (1 if prompt["relation"] == "left" else 2)
            first, second = out["first"].log_softmax(0), out["second"].log_softmax(0)
            ahead = first[labels[0]] + second[labels[1]] > first[labels[1]] + second[labels[0]]
            rows.setdefault("relation", []).append(bool(layout and ahead))
            rows.setdefault("pair_concepts", []).append(bool(layout) and [seen["first"], seen["second"]] == labels)
    return rows


def measure(classifier, archive, folder, prompts):
    """Measures a folder of PNGs; they belong to `prompts`, a JSON file, in order of name."""
    prompts = json.loads(prompts.read_text())
    files = sorted(folder.glob("*.png"))
    if len(files) != len(prompts):
        raise SystemExit(f"{folder}: {len(files)} PNGs for {len(prompts)} prompts; give a folder of just these pictures")
    pictures = [np.asarray(Image.open(file).convert("RGB")) for file in files]
    rows = judge(Classifier.load(classifier), Likeness(archive), pictures, prompts)
    sizes = sorted({f"{p.shape[1]}x{p.shape[0]}" for p in pictures})
    return {"pictures": str(folder), "sizes": sizes, **{name: interval(values) for name, values in sorted(rows.items())}}


@torch.no_grad()
def reconstruction(vae, maker, painter, resolution, count, seed):
    """Returns the mean PSNR in dB, and its interval, of decoding the encoding of `count` scenes."""
    rng, values = np.random.default_rng(seed + 5000), []
    for start in range(0, count, 8):
        x = painter.paint([maker.draw(rng) for _ in range(min(8, count - start))], resolution)
        y = vae.decode(vae.encode(x).latent_dist.mean).sample.clamp(-1, 1)
        values += (10 * torch.log10(4 / ((x - y) ** 2).mean((1, 2, 3)))).tolist()
    return {"resolution": resolution, "styles": maker.styles, "psnr_db": interval(values)}
