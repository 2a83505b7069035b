"""Invents clips: what is where in each frame, and the caption. No pixels here; film.py draws them."""
import math
from dataclasses import dataclass

from emoji_flux.captions import COLOURS, with_article, with_background

FRAMES = 17
SPEEDS = ("slowly", "", "quickly")
WORDS = {  # motion: (of one object, of several, where the adverb stands)
    "right": ("moves {}from left to right", "move {}from left to right"),
    "left": ("moves {}from right to left", "move {}from right to left"),
    "up": ("moves {}up", "move {}up"),
    "down": ("moves {}down", "move {}down"),
    "grows": ("grows {}", "grow {}"),
    "shrinks": ("shrinks {}", "shrink {}"),
    "turns": ("turns {}", "turn {}"),
    "bounces": ("bounces {}", "bounce {}"),
    "appears": ("appears {}", "appear {}"),
}
PATHS = {"right": (1, 0), "left": (-1, 0), "up": (0, -1), "down": (0, 1)}
DISTANCES = {"slowly": (.13, .15), "": (.19, .23), "quickly": (.27, .31)}  # of the canvas, over the clip
GROWTHS = {"slowly": (.43, .56), "": (.36, .62), "quickly": (.28, .68)}    # smaller and larger side
ANGLES = {"slowly": 30, "": 50, "quickly": 80}                             # degrees, clockwise
BOUNCES = {"slowly": (1, .15), "": (1, .24), "quickly": (2, .15)}          # how often, how high
FADES = {"slowly": (.0, 1.), "": (.25, .65), "quickly": (.45, .55)}        # parts of the clip: still invisible, wholly visible
NATURAL = {  # the colours that a caption may name: those the things have anyway
    "automobile": "red", "balloon": "red", "banana": "yellow", "butterfly": "blue", "cactus": "green", "carrot": "orange",
    "fox": "orange", "frog": "green", "mushroom": "red", "star": "yellow", "strawberry": "red", "turtle": "green",
    "umbrella": "blue",
}
PAIRS = .08


@dataclass(frozen=True)
class Pose:
    """One sprite in one frame: centre and side as parts of the canvas's side, turned clockwise, seen through."""

    sprite: int
    x: float
    y: float
    side: float
    angle: float = 0.0
    opacity: float = 1.0
    tint: None = None


@dataclass(frozen=True)
class Frame:
    """What emoji_flux.paint needs to know of a picture: its background, and what lies on it from back to front."""

    colours: tuple
    items: tuple
    split: str = "plain"


@dataclass(frozen=True)
class Clip:
    """`labels` names one or two objects, the left or upper one first; `still` is the caption that emoji-flux would have."""

    caption: str
    still: str
    motion: str
    speed: str
    colour: str
    labels: tuple
    frames: tuple


def pose(motion, speed, sprite, spot, side, distance, t):
    """The sprite at `t` from 0 to 1 of the clip; `spot` is where the middle of its way lies."""
    x, y = spot
    if motion in PATHS:
        dx, dy = PATHS[motion]
        return Pose(sprite, x + dx * distance * (t - .5), y + dy * distance * (t - .5), side)
    if motion in ("grows", "shrinks"):
        small, large = (part * side / .5 for part in GROWTHS[speed])
        return Pose(sprite, x, y, small + (large - small) * (t if motion == "grows" else 1 - t))
    if motion == "turns":
        return Pose(sprite, x, y, side, angle=ANGLES[speed] * t)
    if motion == "bounces":
        often, high = BOUNCES[speed]
        return Pose(sprite, x, y + high / 2 - high * abs(math.sin(math.pi * often * t)), side)
    start, end = FADES[speed]
    return Pose(sprite, x, y, side, opacity=min(1.0, max(0.0, (t - start) / (end - start))))


class ClipMaker:
    """Draws clips from an archive of one style. A `rng` (numpy Generator) decides everything."""

    def __init__(self, archive):
        (self.style, self._rows), = archive.by_style().items()
        self.labels = sorted(self._rows)

    def draw(self, rng, label=None, motion=None, speed=None, colour=None):
        """Returns a Clip; what is not given is drawn."""
        pick = lambda values: values[int(rng.integers(len(values)))]  # noqa: E731
        motion = motion or pick(list(WORDS))
        speed = pick(SPEEDS) if speed is None else speed
        colour = colour or (pick(list(COLOURS)) if rng.random() < .85 else "white")
        alone = label is not None or rng.random() >= PAIRS
        labels = (label or pick(self.labels),) if alone else (pick(self.labels), pick(self.labels))
        distance = rng.uniform(*DISTANCES[speed])
        jitter = rng.uniform(-.03, .03, 4)
        if alone:
            spots, sides = ((.5, .5),), (rng.uniform(.46, .56) if motion in PATHS else rng.uniform(.50, .62),)
            if motion in ("grows", "shrinks", "bounces"):
                sides = (rng.uniform(.46, .54),)
        else:
            across = motion in ("right", "left")
            spots = ((.5, .27), (.5, .73)) if across else ((.27, .5), (.73, .5))
            sides = (rng.uniform(.36, .42),) * 2
        ways = [(self._rows[name], (spot[0] + jitter[2 * i], spot[1] + jitter[2 * i + 1]), side)
                for i, (name, spot, side) in enumerate(zip(labels, spots, sides))]
        times = [i / (FRAMES - 1) for i in range(FRAMES)]
        frames = tuple(Frame((colour,), tuple(pose(motion, speed, *way, distance, t) for way in ways)) for t in times)
        shown = colour != "white" or rng.random() < .5
        named = [f"{NATURAL[x]} {x}" if x in NATURAL and rng.random() < .2 else x for x in labels]
        caption = sentence(named, motion, speed, colour if shown else None)
        still = " and ".join(with_article(x) for x in labels)
        return Clip(caption, with_background(still, (colour,), "plain") if shown else still, motion, speed, colour, labels, frames)


def sentence(names, motion, speed, colour):
    """`a fox moves slowly up on a blue background`; without the background where `colour` is None."""
    verb = WORDS[motion][len(names) - 1].format(speed + " " if speed else "").strip()
    words = f"{' and '.join(with_article(name) for name in names)} {verb}"
    return words if colour is None else with_background(words, (colour,), "plain")
