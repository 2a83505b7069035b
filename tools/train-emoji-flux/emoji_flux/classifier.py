"""The classifier that measures pictures: what is shown, in which style, how often, and where.

It learns from the same art as the model but other renderings: other sizes and places, any background colour, turned,
blurred, noisy, with shifted colours, from other seeds.
"""
import json
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from . import models
from .budget import warm_then_linear
from .optimizers import Mixed
from .paint import Painter
from .scenes import Item, SceneMaker

SIDE = 96
LAYOUTS = ("one", "row", "column", "other")
MOST = 5
KINDS, SHARES = ("one", "count", "pair"), (.5, .2, .3)
BATCH = 48


class Residual(nn.Module):
    def __init__(self, channels, out, stride):
        super().__init__()
        self.first = nn.Conv2d(channels, out, 3, stride, 1)
        self.second = nn.Conv2d(out, out, 3, 1, 1)
        self.skip = nn.Conv2d(channels, out, 1, stride)
        self.norms = nn.ModuleList([nn.GroupNorm(8, channels), nn.GroupNorm(8, out)])

    def forward(self, x):
        h = self.first(F.silu(self.norms[0](x)))
        return self.skip(x) + self.second(F.silu(self.norms[1](h)))


class Classifier(nn.Module):
    """Pictures [B, 3, 96, 96] in -1 to 1 to logits: first and second object, style, count, layout."""

    def __init__(self, labels, styles):
        super().__init__()
        self.labels, self.styles = list(labels), list(styles)
        widths = (32, 64, 96, 160)
        self.stem = nn.Conv2d(3, widths[0], 4, 2, 1)
        self.blocks = nn.ModuleList([Residual(a, b, 2) for a, b in zip(widths, widths[1:] + (256,))])
        self.norm = nn.GroupNorm(8, 256)
        self.hidden = nn.Linear(256 * 4, 256)
        sizes = {"first": len(self.labels), "second": len(self.labels) + 1, "style": len(self.styles), "count": MOST,
                 "layout": len(LAYOUTS)}
        self.heads = nn.ModuleDict({name: nn.Linear(256, size) for name, size in sizes.items()})

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        x = F.adaptive_avg_pool2d(F.silu(self.norm(x)), 2).flatten(1)
        x = F.silu(self.hidden(x))
        return {name: head(x) for name, head in self.heads.items()}

    def answers(self, scenes):
        """Returns the right classes [B] of each head."""
        number = {label: i for i, label in enumerate(self.labels)}
        layout = {None: 0, "left": 1, "above": 2}
        rows = [(number[s.labels[0]], number[s.labels[1]] if s.kind == "pair" else len(self.labels),
                 self.styles.index(s.style), s.count - 1, 3 if s.kind == "count" else layout[s.relation]) for s in scenes]
        return dict(zip(self.heads, torch.tensor(rows).unbind(1)))

    def save(self, path):
        weights = {name: value.contiguous() for name, value in self.state_dict().items()}
        save_file(weights, path, {"labels": json.dumps(self.labels), "styles": json.dumps(self.styles)})

    @staticmethod
    def load(path):
        with safe_open(path, "pt") as file:
            meta = file.metadata()
        model = Classifier(json.loads(meta["labels"]), json.loads(meta["styles"]))
        model.load_state_dict(load_file(path))
        return model.eval()


def vary(scene, rng):
    """The same scene at other sizes and places than the model was trained on."""
    scale = rng.uniform(.75, 1.12)
    moved = rng.uniform(-.05, .05, 2)
    return replace(scene, items=tuple(
        Item(i.sprite, (i.x - .5) * scale + .5 + moved[0], (i.y - .5) * scale + .5 + moved[1], i.side * scale, i.tint)
        for i in scene.items))


def turned(pictures, angle):
    """Pictures [B, 3, H, W] turned by the angles [B], in radians: what lies at R p comes to p, seen from the middle."""
    theta = torch.zeros(len(pictures), 2, 3, device=pictures.device)
    theta[:, 0, 0] = theta[:, 1, 1] = angle.cos()
    theta[:, 0, 1], theta[:, 1, 0] = -angle.sin(), angle.sin()
    return F.grid_sample(pictures, F.affine_grid(theta, pictures.shape, align_corners=False), padding_mode="border",
                         align_corners=False)


def uniform(generator, low, high, *shape):
    return low + (high - low) * torch.rand(*shape, generator=generator)


def roughened(x, generator):
    """Tints, blurs and roughens pictures [B, 3, H, W]."""
    b, device = len(x), x.device
    x = x * uniform(generator, .85, 1.15, b, 3, 1, 1).to(device) + uniform(generator, -.12, .12, b, 3, 1, 1).to(device)
    blurred = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    x = torch.lerp(x, blurred, uniform(generator, 0, 1, b, 1, 1, 1).to(device))
    return x + uniform(generator, 0, .12, b, 1, 1, 1).to(device) * torch.randn(x.shape, generator=generator).to(device)


def disturb(pictures, generator):
    """Turns, tints, blurs and roughens pictures [B, 3, H, W]."""
    return roughened(turned(pictures, uniform(generator, -.2, .2, len(pictures)).to(pictures.device)), generator)


def train(path, archive, budget, device, seed, log=print):
    """Trains and writes the file `path`; logs its accuracy on clean scenes of seeds kept apart."""
    torch.manual_seed(seed)
    maker, painter = SceneMaker(archive, "basic", generalise=False), Painter(archive, device)
    model = Classifier(maker.labels, maker.styles).to(device, memory_format=torch.channels_last)
    optimizer = Mixed(model.named_parameters(), lambda name, p: p.ndim >= 2 and "heads" not in name and "stem" not in name, 4e-3)
    rng, generator, step = np.random.default_rng(seed + 9000), torch.Generator().manual_seed(seed), 0
    while not budget.spent:
        scenes = [vary(maker.draw(rng, str(rng.choice(KINDS, p=SHARES))), rng) for _ in range(BATCH)]
        x = disturb(painter.paint(scenes, SIDE), generator).contiguous(memory_format=torch.channels_last)
        with models.autocast(device):
            out = model(x)
        losses = {name: F.cross_entropy(out[name].float(), right.to(device), label_smoothing=.05)
                  for name, right in model.answers(scenes).items()}
        sum(losses.values()).backward()
        optimizer.step(warm_then_linear(step, budget.progress))
        step += 1
        if step % 50 == 0:
            log(f"step {step}, {budget.used:.1f} min, " + ", ".join(f"{k} {v.item():.3f}" for k, v in losses.items()))
    model.eval().cpu().save(path)
    log(json.dumps(accuracy(model, maker, Painter(archive))))


@torch.no_grad()
def accuracy(model, maker, painter, count=200, seed=77):
    """Part of right answers on undisturbed scenes of 256 px, of each head: the most that pictures could reach."""
    rng, right = np.random.default_rng(seed), {}
    for kind in KINDS:
        scenes = [maker.draw(rng, kind) for _ in range(count)]
        out = model(shrink(painter.paint(scenes, 256)))
        for name, answer in model.answers(scenes).items():
            right[f"{kind}.{name}"] = round((out[name].argmax(1) == answer).float().mean().item(), 3)
    return right


def shrink(pictures):
    """Pictures [B, 3, H, W] to the classifier's size."""
    return F.interpolate(pictures, (SIDE, SIDE), mode="bicubic", antialias=True, align_corners=False)
