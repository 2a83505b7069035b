"""The small CLIP that measures how well pictures and prompts agree, a CLIPModel of transformers.

Contrastive on scenes and their captions, in other renderings than the model saw; to every batch come captions of which one word is wrong.
"""
import json
import re
import shutil
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from transformers import CLIPConfig, CLIPModel

from .budget import warm_then_linear
from .captions import COLOURS, NUMBERS, RELATIONS, STYLE_WORDS, plural, with_article
from .classifier import disturb, vary
from .models import CLIP_LENGTH
from .optimizers import Average, Mixed
from .paint import Painter
from .scenes import SceneMaker

SIDE, PATCH = 128, 16
BATCH = 64
KINDS, SHARES = ("one", "count", "pair"), (.4, .2, .4)
COUNTS, OPPOSITES = list(NUMBERS.values())[:3], dict(list(RELATIONS.values())[:2])


def new(vocabulary, width=128):
    """Returns a CLIPModel of 128 px pictures, four layers of pictures and two of text."""
    tower = {"hidden_size": width, "intermediate_size": 4 * width, "num_attention_heads": 4, "projection_dim": width,
             "hidden_act": "quick_gelu"}
    return CLIPModel(CLIPConfig(
        text_config={**tower, "vocab_size": vocabulary, "num_hidden_layers": 2, "max_position_embeddings": CLIP_LENGTH,
                     "eos_token_id": 2, "bos_token_id": 0, "pad_token_id": 1},
        vision_config={**tower, "num_hidden_layers": 4, "image_size": SIDE, "patch_size": PATCH},
        projection_dim=width))


def spoiled(scene, labels, rng, first=()):
    """The scene's caption with one word wrong, and what kind of word: concept, count, relation, background or style; if possible of `first`."""
    ways = {"concept": _concept, "count": _count, "relation": _relation, "background": _background, "style": _style}
    for kind in (*first, *rng.permutation(list(ways))):
        words = ways[str(kind)](scene, labels, rng)
        if words is not None and words != scene.caption:
            return words, str(kind)
    raise ValueError(f"nothing to spoil in {scene.caption!r}")


def _other(values, but, rng):
    return str(rng.choice([value for value in values if value not in but]))


def _concept(scene, labels, rng):
    wrong, old = _other(labels, scene.labels, rng), str(rng.choice(scene.labels))
    if scene.kind == "count":
        return scene.caption.replace(plural(old), plural(wrong))
    return re.sub(rf"\b{with_article(old)}\b", with_article(wrong), scene.caption)


def _count(scene, labels, rng):
    if scene.kind != "count":
        return None
    word = NUMBERS[scene.count]
    return scene.caption.replace(word, _other(COUNTS, (word,), rng), 1)


def _relation(scene, labels, rng):
    if scene.kind != "pair" or scene.labels[0] == scene.labels[1]:
        return None
    for one, two in OPPOSITES.items():
        for old, wrong in ((one, two), (two, one)):
            if f" {old} " in scene.caption:
                return scene.caption.replace(f" {old} ", f" {wrong} ", 1)
    return None


def _background(scene, labels, rng):
    told = with_article(scene.colours[0]) + " background"
    if told not in scene.caption:
        return None
    return scene.caption.replace(told, with_article(_other(COLOURS, scene.colours, rng)) + " background")


def _style(scene, labels, rng):
    told = STYLE_WORDS[scene.style]
    wrong = _other(("noto", "flat", "3d"), (scene.style,), rng)
    return scene.caption.replace(told, STYLE_WORDS[wrong]) if told in scene.caption else None


def loss_of(logits, captions):
    """`logits` [B, B + N] of pictures to captions, the last N of which are wrong for their pictures; the usual loss both ways."""
    b = logits.shape[0]
    alike = torch.tensor([[i != j and captions[i] == captions[j] for j in range(len(captions))] for i in range(b)])
    logits = logits.masked_fill(alike.to(logits.device), -1e4)
    right = torch.arange(b, device=logits.device)
    return (F.cross_entropy(logits, right) + F.cross_entropy(logits[:, :b].T, right)) / 2


def train(folder, archive, tokenizer, tokenizers, budget, device, seed, resume, log=print):
    """Trains and writes the folder of a CLIPModel; `tokenizers` is the folder whose tokenizer/ it gets. Logs its accuracy.

    With `resume` it goes on from the weights in `folder`, with twice as many wrong captions: half of them of counts and relations,
    which are learned last.
    """
    torch.manual_seed(seed)
    maker, painter = SceneMaker(archive, "basic", generalise=False), Painter(archive, device)
    model = (CLIPModel.from_pretrained(folder, dtype=torch.float32) if resume else new(len(tokenizer))).to(device).train()
    average = Average(model.named_parameters(), .995)
    optimizer = Mixed(model.named_parameters(), lambda name, p: p.ndim >= 2 and "embedding" not in name, 2e-3 if resume else 4e-3)
    rng, generator, step = np.random.default_rng(seed + 29000), torch.Generator().manual_seed(seed), 0
    while not budget.spent:
        scenes = [vary(maker.draw(rng, str(rng.choice(KINDS, p=SHARES))), rng) for _ in range(BATCH)]
        captions = [s.caption for s in scenes] + [spoiled(s, maker.labels, rng)[0] for s in scenes]
        if resume:
            captions += [spoiled(s, maker.labels, rng, ("relation", "count"))[0] for s in scenes]
        x = disturb(painter.paint(scenes, SIDE), generator)
        logits = model(pixel_values=x, **tokens(tokenizer, captions, device)).logits_per_image
        loss = loss_of(logits, captions)
        loss.backward()
        optimizer.step(warm_then_linear(step, budget.progress))
        average.update()
        step += 1
        if step % 50 == 0:
            log(f"step {step}, {budget.used:.1f} min, loss {loss.item():.3f}, scale {model.logit_scale.exp().item():.1f}")
    average.swap()
    save(model.eval().cpu(), Path(folder), Path(tokenizers, "tokenizer"))
    report(CLIPModel.from_pretrained(folder, dtype=torch.float32).eval(), tokenizer, maker, Painter(archive), log)


def tokens(tokenizer, captions, device):
    return tokenizer(captions, padding=True, return_tensors="pt").to(device)


def save(model, folder, tokenizer):
    """Writes a folder that transformers' CLIPModel and CLIPProcessor read, in bfloat16."""
    model.to(torch.bfloat16).save_pretrained(folder)
    for file in tokenizer.iterdir():
        shutil.copy(file, folder / file.name)
    half = [.5] * 3
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "image_processor_type": "CLIPImageProcessor", "do_resize": True, "size": {"shortest_edge": SIDE}, "resample": 3,
        "do_center_crop": True, "crop_size": {"height": SIDE, "width": SIDE}, "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": half, "image_std": half}, indent=2) + "\n")


def report(model, tokenizer, maker, painter, log):
    """Logs how often a picture of 256 px is nearer to its caption than to others, of seeds kept apart."""
    log(json.dumps({"clean": accuracy(model, tokenizer, maker, painter)}))
    generator = torch.Generator().manual_seed(80)
    log(json.dumps({"disturbed": accuracy(model, tokenizer, maker, painter, 82, lambda x: disturb(x, generator))}))


@torch.no_grad()
def accuracy(model, tokenizer, maker, painter, seed=81, change=lambda pictures: pictures, count=600, among=100):
    """Part of pictures that are nearer to their caption than to it with one word wrong, by kind of word; and than to all of `among`."""
    rng, tally, found = np.random.default_rng(seed), {}, 0
    for _ in range(count // among):
        scenes = [maker.draw(rng, str(rng.choice(KINDS))) for _ in range(among)]
        wrong, kinds = zip(*(spoiled(s, maker.labels, rng) for s in scenes))
        pictures = change(painter.paint(scenes, 256)).clamp(-1, 1)
        x = F.interpolate(pictures, (SIDE, SIDE), mode="bicubic", antialias=True, align_corners=False)
        captions = [s.caption for s in scenes]
        logits = model(pixel_values=x, **tokens(tokenizer, captions + list(wrong), "cpu")).logits_per_image
        own = logits.diagonal()
        for i, kind in enumerate(kinds):
            tally.setdefault(kind, []).append(bool(own[i] > logits[i, among + i]))
        found += sum(captions[int(logits[i, :among].argmax())] == captions[i] for i in range(among))
    out = {kind: round(float(np.mean(values)), 3) for kind, values in sorted(tally.items())}
    return {**out, f"of_{among}": round(found / count, 3)}
