"""The detector that judges the prompt suite: which concepts a picture shows, and where.

A heatmap for each concept, as in CenterNet (arXiv 1904.07850), at an eighth of 128 px, and the side of what lies there. It learns from
the same art as the model but other renderings: any number of things of any size anywhere, turned, tinted, blurred, noisy, other seeds.
"""
import json
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from .budget import warm_then_linear
from .classifier import Residual, disturb, roughened, turned, uniform, vary
from .optimizers import Average, Mixed
from .paint import Painter
from .scenes import Item, SceneMaker

SIDE, CELLS = 128, 16
WIDTHS = (40, 80, 112, 128, 160)
BATCH = 32
KINDS, SHARES = ("one", "count", "pair", "scattered"), (.2, .2, .3, .3)
SCORE = .3
"""A place counts as an object from this value of the heatmap on."""
APART = .5
"""Two objects lie at least this part of the larger one's side apart; of nearer ones only the likelier counts."""


@dataclass(frozen=True)
class Found:
    """An object: its concept, how sure, its centre and side as parts of the canvas's side."""

    label: str
    score: float
    x: float
    y: float
    side: float


class Detector(nn.Module):
    """Pictures [B, 3, 128, 128] in -1 to 1 to maps [B, K + 1, 16, 16]: a logit for each concept, and the side as part of the canvas's."""

    def __init__(self, labels, widths=WIDTHS):
        super().__init__()
        self.labels, self.widths = list(labels), tuple(widths)
        a, b, c, d, e = widths
        self.stem = nn.Conv2d(3, a, 8, 4, 2)
        self.down = nn.ModuleList([Residual(a, b, 2), Residual(b, c, 1)])
        self.context = nn.ModuleList([Residual(c, d, 2), Residual(d, e, 2)])
        self.wide, self.middle = nn.Conv2d(e, d, 1), nn.Conv2d(d, c, 1)
        self.merge = Residual(c, c, 1)
        self.norm = nn.GroupNorm(8, c)
        self.head = nn.Conv2d(c, len(self.labels) + 1, 1)
        with torch.no_grad():  # nearly nothing is an object at first
            self.head.bias[:-1].fill_(-4.0)

    def forward(self, x):
        x = self.stem(x)
        for block in self.down:
            x = block(x)
        middle = self.context[0](x)
        middle = middle + F.interpolate(self.wide(self.context[1](middle)), scale_factor=2.0, mode="nearest")
        x = self.merge(x + F.interpolate(self.middle(middle), scale_factor=2.0, mode="nearest"))
        return self.head(F.silu(self.norm(x)))

    def save(self, path):
        weights = {name: value.to(torch.bfloat16).contiguous() for name, value in self.state_dict().items()}
        save_file(weights, path, {"labels": json.dumps(self.labels), "widths": json.dumps(self.widths)})

    @staticmethod
    def load(path):
        with safe_open(path, "pt") as file:
            meta = file.metadata()
        model = Detector(json.loads(meta["labels"]), json.loads(meta["widths"]))
        model.load_state_dict({name: value.float() for name, value in load_file(path).items()})
        return model.eval()


def objects(maps, labels):
    """Lists what one picture's maps [K + 1, 16, 16] show, the likeliest first."""
    heat = maps[:-1].sigmoid()
    top = F.max_pool2d(heat[None], 3, 1, 1)[0]
    places = ((heat == top) & (heat >= SCORE)).nonzero().tolist()
    found = sorted((Found(labels[k], float(heat[k, i, j]), (j + .5) / CELLS, (i + .5) / CELLS, float(maps[-1, i, j]))
                    for k, i, j in places), key=lambda one: -one.score)
    kept = []
    for one in found:
        if all(((one.x - o.x) ** 2 + (one.y - o.y) ** 2) ** .5 >= APART * max(one.side, o.side) for o in kept):
            kept.append(one)
    return kept


def scattered(maker, rng):
    """A scene of one to six things, alike or not, of any size and anywhere, none on another; its caption is empty."""
    base = maker.draw(rng, "one")
    rows = maker.rows(base.style)
    count, same = int(rng.integers(1, 7)), rng.random() < .4
    labels, items = [], []
    largest = min(.95, 1.1 / count ** .5)
    for _ in range(40):
        side = rng.uniform(.2, largest)
        x, y = rng.uniform(side * .45, 1 - side * .45, 2)
        if len(items) == count or any(max(abs(x - i.x), abs(y - i.y)) < .5 * (side + i.side) for i in items):
            continue
        labels.append(labels[0] if same and labels else str(rng.choice(maker.labels)))
        items.append(Item(rows[labels[-1]], x, y, side))
    return replace(base, caption="", kind="scattered", items=tuple(items), labels=tuple(labels), count=len(items))


def draw(maker, rng, kind):
    return scattered(maker, rng) if kind == "scattered" else vary(maker.draw(rng, kind), rng)


def things(scene):
    """The label of each item."""
    return scene.labels * scene.count if scene.kind == "count" else scene.labels


def targets(scenes, angle, labels):
    """Returns heatmaps [B, K, 16, 16], sides [B, 16, 16] and where there is an object [B, 16, 16], of scenes turned by angles [B]."""
    heat = torch.zeros(len(scenes), len(labels), CELLS, CELLS)
    side, there = torch.zeros(len(scenes), CELLS, CELLS), torch.zeros(len(scenes), CELLS, CELLS, dtype=torch.bool)
    across = (torch.arange(CELLS) + .5) / CELLS
    number = {label: i for i, label in enumerate(labels)}
    for b, scene in enumerate(scenes):
        cos, sin = float(angle[b].cos()), float(angle[b].sin())
        for label, item in zip(things(scene), scene.items):
            dx, dy = item.x - .5, item.y - .5
            x, y = cos * dx + sin * dy + .5, cos * dy - sin * dx + .5
            if not (0 <= x < 1 and 0 <= y < 1):
                continue
            i, j = int(y * CELLS), int(x * CELLS)
            spread = max(.04, item.side / 8)
            far = (across[:, None] - across[i]) ** 2 + (across[None] - across[j]) ** 2
            heat[b, number[label]] = torch.maximum(heat[b, number[label]], torch.exp(-far / (2 * spread ** 2)))
            side[b, i, j], there[b, i, j] = item.side, True
    return heat, side, there


def loss_of(maps, heat, side, there):
    """CenterNet's focal loss and the mean absolute error of sides."""
    logits = maps[:, :-1].float()
    p, objects_ = logits.sigmoid(), there.sum().clamp(min=1)
    right = ((1 - p) ** 2 * F.logsigmoid(logits))[heat == 1].sum()
    wrong = ((1 - heat) ** 4 * p ** 2 * F.logsigmoid(-logits)).sum()
    size = (maps[:, -1].float() - side)[there].abs().sum()
    return -(right + wrong) / objects_, size / objects_


def train(path, archive, budget, device, seed, log=print):
    """Trains and writes the file `path`; logs its accuracy on scenes of seeds kept apart."""
    torch.manual_seed(seed)
    maker, painter = SceneMaker(archive, "basic", generalise=False), Painter(archive, device)
    model = Detector(maker.labels).to(device, memory_format=torch.channels_last)
    average = Average(model.named_parameters(), .995)
    optimizer = Mixed(model.named_parameters(), lambda name, p: p.ndim >= 2 and "head" not in name and "stem" not in name, 4e-3)
    rng, generator, step = np.random.default_rng(seed + 19000), torch.Generator().manual_seed(seed), 0
    while not budget.spent:
        scenes = [draw(maker, rng, str(rng.choice(KINDS, p=SHARES))) for _ in range(BATCH)]
        angle = uniform(generator, -.2, .2, BATCH)
        x = roughened(turned(painter.paint(scenes, SIDE), angle.to(device)), generator)
        with torch.autocast(device, torch.bfloat16, enabled=device != "cpu"):  # slower than float32 on a CPU at this size
            maps = model(x.contiguous(memory_format=torch.channels_last))
        heat, size = loss_of(maps, *(t.to(device) for t in targets(scenes, angle, model.labels)))
        (heat + size).backward()
        optimizer.step(warm_then_linear(step, budget.progress))
        average.update()
        step += 1
        if step % 50 == 0:
            log(f"step {step}, {budget.used:.1f} min, heat {heat.item():.3f}, side {size.item():.3f}")
    average.swap()
    model.eval().cpu().save(path)
    report(Detector.load(path), maker, Painter(archive), log)


def report(model, maker, painter, log):
    """Logs how often the suite's rules judge scenes of 256 px rightly, clean and disturbed, of seeds kept apart."""
    from .judging import accuracy
    log(json.dumps({"clean": accuracy(model, maker, painter)}))
    generator = torch.Generator().manual_seed(79)
    log(json.dumps({"disturbed": accuracy(model, maker, painter, seed=79, change=lambda x: disturb(x, generator))}))
