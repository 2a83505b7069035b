"""The prompt suite by which a plan's pictures are judged, with what each picture must show."""
import json

import numpy as np

from . import prompts
from .captions import COLOURS, NUMBERS, RELATIONS, plural, with_article, with_background, with_style
from .concepts import SMALL
from .judging import CATEGORIES, REVERSE

STYLES = ("noto", "flat", "3d")
EACH = 16


def make(seed, taken=()):
    """Returns 16 lines a category, none of the prompts `taken`. Concepts, styles, colours, counts and relations are dealt out evenly."""
    rng = np.random.default_rng(seed)
    words, styles, colours = Deck(rng, SMALL), Deck(rng, STYLES), Deck(rng, COLOURS)
    return [line for category in CATEGORIES for line in _category(category, rng, words, styles, colours, taken)]


class Deck:
    """Deals values out in random order, each once before any comes again."""

    def __init__(self, rng, values):
        self._rng, self._values, self._left = rng, list(values), []

    def deal(self, but=()):
        """Returns the next value that is none of `but`."""
        while True:
            for place, value in enumerate(self._left):
                if value not in but:
                    return self._left.pop(place)
            self._left += [str(value) for value in self._rng.permutation(self._values)]


def _category(category, rng, words, styles, colours, taken):
    numbers, relations, out = Deck(rng, (2, 3, 4)), Deck(rng, REVERSE), []
    for _ in range(EACH):
        while True:
            line = _line(category, words, styles.deal(), colours.deal(), numbers, relations)
            if line["prompt"] not in taken:
                break
        out.append(line)
    return out


def _line(category, words, style, colour, numbers, relations):
    one = words.deal()
    include, relation = [{"label": one, "count": 1}], None
    if category in ("single_object", "colours"):
        text = with_article(one)
    elif category == "counting":
        include[0]["count"] = int(numbers.deal())
        text = f"{NUMBERS[include[0]['count']]} {plural(one)}"
    else:
        include.append({"label": words.deal(but=(one,)), "count": 1})
        relation = relations.deal()
        text = f"{with_article(one)} {_told(relation)} {with_article(include[1]['label'])}"
    line = {"prompt": "", "category": category, "include": include, "style": style}
    if category == "position":
        line["relation"] = relation
    if category != "single_object":
        text, line["background"] = with_background(text, (colour,), "plain"), colour
    line["prompt"] = with_style(text, style)
    return line


def _told(relation):
    forward = {"left": RELATIONS["left"][0], "right": RELATIONS["left"][1], "above": RELATIONS["above"][0],
               "below": RELATIONS["above"][1]}
    return forward[relation]


def write(archive, path, seed):
    """Writes the suite to `path`; none of its prompts is one of those that emoji-flux was measured by while it was made."""
    taken = {line["prompt"] for line in prompts.make(archive, 4, 48, 1000)}
    lines = make(seed, taken)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    print(f"{path}: {len(lines)} prompts")
