"""The prompts to measure by, with what each picture must show."""
import json

import numpy as np

from .captions import COLOURS, NUMBERS, RELATIONS, plural, with_article, with_background, with_style


def make(archive, rounds, compositions, seed, among=None):
    """Returns a list of {prompt, seed, kind, labels, style, background, count, relation}, in `rounds`.

    A round shows every concept once and has its part of the counts and pairs; its number is the seed of its pictures, since
    `bottleneck4j generate --prompt-file` gives all prompts of a file one seed. Styles are dealt out evenly.
    Counts and pairs are of the concepts `among`, or of all.
    """
    rows = archive.by_style()
    labels, styles, colours = sorted({s.label for s in archive.sprites}), sorted(rows), list(COLOURS)
    rng = np.random.default_rng(seed)
    composed = labels if among is None else sorted(among)
    unknown = set(composed) - set(labels)
    if unknown or len(composed) < 2:
        raise SystemExit(f"among: {sorted(unknown) or composed}: two or more of the archive's concepts are needed")
    order = [str(label) for label in rng.permutation(composed)]
    out = []

    def add(round_, words, kind, shown, count=1, relation=None):
        able = [s for s in styles if all(label in rows[s] for label in shown)] or styles
        style, colour = able[len(out) % len(able)], colours[int(rng.integers(len(colours)))]
        prompt = with_style(with_background(words, (colour,), "plain"), style)
        out.append({"prompt": prompt, "seed": seed + round_, "kind": kind, "labels": list(shown), "style": style,
                    "background": colour, "count": count, "relation": relation})

    for round_ in range(rounds):
        for label in labels:
            add(round_, with_article(label), "one", [label])
        for i in range(round_ * compositions // rounds, (round_ + 1) * compositions // rounds):
            label, number = order[i % len(order)], 2 + i % 3
            add(round_, f"{NUMBERS[number]} {plural(label)}", "count", [label], number)
        for i in range(round_ * compositions // rounds, (round_ + 1) * compositions // rounds):
            one, two = (str(x) for x in rng.choice(composed, 2, replace=False))
            relation = ("left", "above")[i % 2]
            forward, reverse = RELATIONS[relation]
            words = (f"{with_article(one)} {forward} {with_article(two)}" if i % 4 < 2
                     else f"{with_article(two)} {reverse} {with_article(one)}")
            add(round_, words, "pair", [one, two], 2, relation)
    return out


def write(archive, folder, rounds, compositions, seed, among):
    """Writes prompts.json, and round-SEED.txt, one prompt a line, for `bottleneck4j generate --prompt-file`."""
    prompts = make(archive, rounds, compositions, seed, among)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prompts.json").write_text(json.dumps(prompts, indent=1) + "\n")
    for number in sorted({p["seed"] for p in prompts}):
        lines = [p["prompt"] + "\n" for p in prompts if p["seed"] == number]
        (folder / f"round-{number:02d}.txt").write_text("".join(lines))
    print(f"{folder}: {len(prompts)} prompts in {rounds} rounds")
