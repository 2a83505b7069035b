"""Teaches the CLIP text encoder what captions say, before the transformer sees it.

At random start the pooled states of all captions are nearly equal, and a transformer then learns background, count and layout
but not the concept. Here the pooled state must name both objects, style, background, count and relation.
"""
import numpy as np
import torch
import torch.nn.functional as F

from . import models
from .budget import warm_then_linear
from .captions import COLOURS, RELATIONS

RATE = 2e-3
BATCH = 128


class Heads(torch.nn.Module):
    """Linear heads on the pooled state, and the right answers of scenes."""

    def __init__(self, width, maker):
        super().__init__()
        self._labels = {label: i for i, label in enumerate(maker.labels)}
        self._styles = {style: i for i, style in enumerate(maker.styles)}
        self._colours = {colour: i for i, colour in enumerate(COLOURS)}
        self._relations = {relation: i for i, relation in enumerate([None, *RELATIONS])}
        sizes = (len(self._labels), len(self._labels) + 1, len(self._styles) + 1, len(COLOURS) + 1, 5, len(self._relations))
        self._heads = torch.nn.ModuleList([torch.nn.Linear(width, size) for size in sizes])

    def answers(self, scenes):
        """Returns [B, 6]; what a caption does not tell counts as a class of its own."""
        nothing = len(self._labels)
        rows = []
        for s in scenes:
            styled = s.caption.endswith(" style")
            coloured = s.caption.split(",")[-2 if styled else -1].endswith(" background")
            rows.append((
                self._labels[s.labels[0]], self._labels[s.labels[1]] if len(s.labels) > 1 else nothing,
                self._styles[s.style] if styled else len(self._styles),
                self._colours[s.colours[0]] if coloured else len(COLOURS), s.count - 1, self._relations[s.relation]))
        return torch.tensor(rows)

    def losses(self, pooled, answers):
        return [F.cross_entropy(head(pooled), answers[:, i]) for i, head in enumerate(self._heads)]


def train(folder, size, maker, tokens, budget, device, seed, log=print):
    """Trains and writes `folder`."""
    torch.manual_seed(seed)
    clip = models.clip(size, len(tokens.clip)).to(device).train()
    heads = Heads(size.text_width, maker).to(device)
    parameters = [*clip.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, betas=(.9, .98))
    rng, step = np.random.default_rng(seed + 7000), 0
    while not budget.spent:
        scenes = [maker.draw(rng) for _ in range(BATCH)]
        ids, _ = tokens.ids([s.caption for s in scenes])
        ids = ids[:, :40].to(device)  # captions are shorter; attention is causal, so what follows changes nothing
        losses = heads.losses(clip(input_ids=ids).pooler_output, heads.answers(scenes).to(device))
        for group in optimizer.param_groups:
            group["lr"] = RATE * warm_then_linear(step, budget.progress, hold=0.0)
        optimizer.zero_grad()
        sum(losses).backward()
        torch.nn.utils.clip_grad_norm_(clip.parameters(), 1.0)
        optimizer.step()
        step += 1
        if step % 50 == 0:
            log(f"step {step}, {budget.used:.1f} min, losses {[round(v.item(), 3) for v in losses]}")
    clip.save_pretrained(folder)
    log(f"{folder}: {step} steps")
