"""Invents scenes: what is where, and the caption. No pixels here; paint.py draws them."""
from dataclasses import dataclass

from .captions import COLOURS, NUMBERS, RELATIONS, plural, with_article, with_background, with_style
from .concepts import held_out

NONE = -1
COUNT_SPOTS = {  # centres of several equal objects, as parts of the canvas
    2: ((.25, .5), (.75, .5)),
    3: ((.25, .27), (.75, .27), (.5, .75)),
    4: ((.25, .27), (.75, .27), (.25, .75), (.75, .75)),
    5: ((.22, .24), (.78, .24), (.5, .5), (.22, .77), (.78, .77)),
}
SIZES = {"small": (.28, .40), "": (.74, .92), "large": (.94, 1.05)}
MIXES = {  # how often each kind of scene comes
    "basic": {"one": .70, "count": .15, "pair": .15},
    "composed": {"one": .25, "count": .10, "pair": .65},
    "full": {"one": .52, "sized": .06, "silhouette": .06, "count": .13, "pair": .16, "trio": .07},
}


@dataclass(frozen=True)
class Item:
    """One sprite on the canvas: centre and side as parts of the canvas's side; `tint` [3] paints it in one colour."""

    sprite: int
    x: float
    y: float
    side: float
    tint: tuple | None = None


@dataclass(frozen=True)
class Scene:
    """`kind` is a key of a mix; `labels` the objects' names, first the left, upper or front one; `relation` NONE or a key."""

    caption: str
    kind: str
    style: str
    colours: tuple
    split: str
    items: tuple
    labels: tuple
    count: int = 1
    relation: str | None = None


class SceneMaker:
    """Draws scenes from an archive. A `rng` (numpy Generator) decides everything, so a seed gives the same scenes."""

    def __init__(self, archive, mix="basic", generalise=True):
        self._rows = archive.by_style()
        self._tags = {sprite.label: sprite.tags for sprite in archive.sprites}
        self._mix, self._kinds = mix, MIXES[mix]
        labels = {style: sorted(rows) for style, rows in self._rows.items()}
        self._labels = labels
        # Concepts that are held out of compositions are only ever shown alone.
        self._composed = {s: [x for x in names if not (generalise and held_out(x))] or names for s, names in labels.items()}
        self.styles = sorted(self._rows)
        self.labels = sorted(self._tags)

    def rows(self, style):
        """Returns {label: sprite} of a style."""
        return self._rows[style]

    def draw(self, rng, kind=None):
        """Returns a Scene of `kind`, or of a kind drawn from the mix."""
        kind = kind or str(rng.choice(list(self._kinds), p=list(self._kinds.values())))
        style = self._pick(rng, self.styles)
        make = {"one": self._one, "sized": self._sized, "silhouette": self._silhouette, "count": self._count,
                "pair": self._pair, "trio": self._trio}[kind]
        words, items, labels, extra = make(rng, style)
        colours, split = self._background(rng, items)
        told = split != "plain" or colours[0] != "white" or rng.random() < .5
        caption = with_background(words, colours, split) if told else words
        if rng.random() < .9:
            caption = with_style(caption, style)
        return Scene(caption, kind, style, colours, split, tuple(items), tuple(labels), **extra)

    @staticmethod
    def _pick(rng, values):
        return values[int(rng.integers(len(values)))]

    def _background(self, rng, items):
        names = [name for name in COLOURS if all(item.tint != COLOURS[name] for item in items)]
        first = self._pick(rng, names) if rng.random() < .75 or "white" not in names else "white"
        if self._mix == "full" and rng.random() < .1:
            second = self._pick(rng, [name for name in names if name != first])
            return (first, second), self._pick(rng, ("columns", "rows"))
        return (first,), "plain"

    def _name(self, rng, label):
        """The label, or in the full mix now and then one of its other words beside it."""
        tags = self._tags[label]
        if self._mix == "full" and tags and rng.random() < .1:
            return f"{label} ({self._pick(rng, tags)})"
        return label

    def _alone(self, rng, style, size, tint=None):
        label = self._pick(rng, self._labels[style])
        side = rng.uniform(*SIZES[size])
        room = max(.03, (1 - side) / 2 * .8) if size == "small" else .03
        x, y = .5 + rng.uniform(-room, room, 2)
        return label, [Item(self._rows[style][label], x, y, side, tint)]

    def _one(self, rng, style):
        label, items = self._alone(rng, style, "")
        return with_article(self._name(rng, label)), items, [label], {}

    def _sized(self, rng, style):
        size = self._pick(rng, ("small", "large"))
        label, items = self._alone(rng, style, size)
        return f"a {size} {label}", items, [label], {}

    def _silhouette(self, rng, style):
        colour = self._pick(rng, list(COLOURS))
        label, items = self._alone(rng, style, "", COLOURS[colour])
        return f"{with_article(colour)} silhouette of {with_article(label)}", items, [label], {}

    def _count(self, rng, style):
        number = int(rng.integers(2, 6 if self._mix == "full" else 5))
        label = self._pick(rng, self._composed[style])
        side = rng.uniform(.39, .47) if number < 5 else rng.uniform(.32, .38)
        row = self._rows[style][label]
        items = [Item(row, *(spot + rng.uniform(-.025, .025, 2)), side) for spot in COUNT_SPOTS[number]]
        return f"{NUMBERS[number]} {plural(label)}", items, [label], {"count": number}

    def _pair(self, rng, style):
        relations = tuple(RELATIONS) if self._mix == "full" else ("left", "above")
        relation = self._pick(rng, relations)
        one, two = (self._pick(rng, self._composed[style]) for _ in range(2))
        side, jitter = rng.uniform(.42, .48), rng.uniform(-.03, .03, 4)
        across = ((.25, .5), (.75, .5)) if relation == "left" else ((.5, .25), (.5, .75))
        sides = (side, side)
        if relation == "on":
            across, sides = ((.5, .30), (.5, .70)), (side * .9, side * 1.15)
        if relation == "behind":
            across, sides = ((.42, .38), (.60, .64)), (side * 1.3, side * 1.2)
        rows = self._rows[style]
        items = [Item(rows[label], x + jitter[2 * i], y + jitter[2 * i + 1], sides[i])
                 for i, (label, (x, y)) in enumerate(zip((one, two), across))]
        forward, reverse = RELATIONS[relation]
        first, second = with_article(self._name(rng, one)), with_article(self._name(rng, two))
        words = f"{first} {forward} {second}" if rng.random() < .5 else f"{second} {reverse} {first}"
        return words, items, [one, two], {"count": 2, "relation": relation}

    def _trio(self, rng, style):
        across = rng.random() < .5
        labels = [self._pick(rng, self._composed[style]) for _ in range(3)]
        side, rows = rng.uniform(.28, .32), self._rows[style]
        spots = [(.18, .5), (.5, .5), (.82, .5)] if across else [(.5, .18), (.5, .5), (.5, .82)]
        items = [Item(rows[label], *(spot + rng.uniform(-.02, .02, 2)), side) for label, spot in zip(labels, spots)]
        names = [with_article(label) for label in labels]
        where = "from left to right" if across else "from top to bottom"
        return f"{names[0]}, {names[1]} and {names[2]} {where}", items, labels, {"count": 3}
