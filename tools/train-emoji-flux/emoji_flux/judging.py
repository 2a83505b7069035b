"""The rules of the prompt suite: what a picture must show to be right. Java's io.bottleneck4j.eval.suite has the same ones.

A truth is a line of the suite: {prompt, category, include: [{label, count}], style, background, relation}; the last two where asked.
`relation` is of the first thing to the second.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F

from .captions import COLOURS
from .classifier import disturb
from .detector import SIDE, Detector, objects
from .measure import background
from .paint import Painter
from .scenes import SceneMaker

CATEGORIES = ("single_object", "two_objects", "counting", "colours", "position")
REVERSE = {"left": "right", "right": "left", "above": "below", "below": "above"}


def relation(one, two):
    """Tells where `one` lies, seen from `two`: along the axis on which they are farther apart."""
    across, down = one.x - two.x, one.y - two.y
    if abs(across) > abs(down):
        return "left" if across < 0 else "right"
    return "above" if down < 0 else "below"


def right(truth, found, colour):
    """Whether a picture is right, by the objects `found` in it and the name of its background's `colour`."""
    labels = [thing["label"] for thing in truth["include"]]
    count = {label: sum(one.label == label for one in found) for label in labels}
    category = truth["category"]
    if category == "counting":
        return count[labels[0]] == truth["include"][0]["count"] == len(found)
    if not all(count.values()):
        return False
    if category == "colours":
        return colour == truth["background"]
    if category == "position":
        first, second = (next(one for one in found if one.label == label) for label in labels)
        return relation(first, second) == truth["relation"]
    return True


def shrink(pictures):
    """Pictures [B, 3, H, W] to the detector's size."""
    return F.interpolate(pictures, (SIDE, SIDE), mode="bicubic", antialias=True, align_corners=False)


def truth_of(category, scene):
    """What a prompt of `category` that asks for `scene` would state."""
    out = {"category": category, "include": [{"label": label, "count": scene.count if category == "counting" else 1}
                                             for label in scene.labels]}
    if category == "colours":
        out["background"] = scene.colours[0]
    if category == "position":
        out["relation"] = scene.relation
    return out


def spoiled(truth, scene, labels, rng):
    """A truth of which one thing is wrong for the scene: a concept, the number, the colour or the relation."""
    def other(values, *but):
        return str(rng.choice([value for value in values if value not in but]))

    include = [dict(thing) for thing in truth["include"]]
    if truth["category"] == "counting":
        include[0]["count"] = int(other((1, 2, 3, 4, 5), str(scene.count), scene.count))
        return {**truth, "include": include}
    if truth["category"] == "colours":
        return {**truth, "background": other(COLOURS, scene.colours[0])}
    if truth["category"] == "position":
        return {**truth, "relation": other(REVERSE, truth["relation"])}
    include[-1]["label"] = other(labels, *scene.labels)
    return {**truth, "include": include}


def scene_of(category, maker, rng):
    kind = {"single_object": "one", "colours": "one", "counting": "count"}.get(category, "pair")
    while True:
        scene = maker.draw(rng, kind)
        if kind != "pair" or scene.labels[0] != scene.labels[1]:
            return scene


@torch.no_grad()
def accuracy(model, maker, painter, count=200, seed=78, change=lambda pictures: pictures):
    """Part of right scenes of 256 px taken for right and of wrong ones taken for wrong, by category; `change` disturbs the pictures."""
    rng, out = np.random.default_rng(seed), {}
    for category in CATEGORIES:
        scenes = [scene_of(category, maker, rng) for _ in range(count)]
        pictures = change(painter.paint(scenes, 256)).clamp(-1, 1)
        taken = refused = 0
        for scene, picture, maps in zip(scenes, pictures, model(shrink(pictures)).float()):
            found = objects(maps, model.labels)
            colour = background(((picture.permute(1, 2, 0) + 1) * 127.5).round().byte().numpy())
            truth = truth_of(category, scene)
            taken += right(truth, found, colour)
            refused += not right(spoiled(truth, scene, maker.labels, rng), found, colour)
        out[category] = {"right_taken": taken / count, "wrong_refused": refused / count}
    return out


def through(vae):
    """What pictures become when they are encoded and decoded: the most that the model could reach."""
    def change(pictures):
        parts = [vae.decode(vae.encode(part).latent_dist.mean).sample for part in pictures.split(20)]
        return torch.cat(parts)

    return change


@torch.no_grad()
def report(work, archive, tokenizer, vae, scenes):
    """Prints how often both judges are right on scenes of 256 px of seeds kept apart, a line of JSON each.

    `scenes` of each category and three times as many for the CLIP; of decoded ones, which take long, a third.
    """
    from transformers import CLIPModel

    from . import clip
    maker, painter = SceneMaker(archive, "basic", generalise=False), Painter(archive)
    detector = Detector.load(work / "detector.safetensors")
    model = CLIPModel.from_pretrained(work / "clip", dtype=torch.float32).eval()
    generator = torch.Generator().manual_seed(79)
    changes = {"clean": lambda x: x, "disturbed": lambda x: disturb(x, generator), "decoded": through(vae)}
    for number, (name, change) in enumerate(changes.items()):
        count = scenes // 3 if name == "decoded" else scenes
        found = accuracy(detector, maker, painter, count, 178 + number, change)
        print(json.dumps({"detector": name, "scenes": count, **found}), flush=True)
        near = clip.accuracy(model, tokenizer, maker, painter, 278 + number, change, 3 * count, min(100, count))
        print(json.dumps({"clip": name, "scenes": 3 * count, **near}), flush=True)
