"""Which things emoji-flux knows, and how they are called."""
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

SMALL = """automobile balloon banana butterfly cactus carrot cat dog doughnut fox frog guitar hamburger house mushroom owl
panda penguin pizza rocket snowman star strawberry sunflower turtle umbrella watermelon whale""".split()
"""The 28 concepts of versions 0 to 2: single words, and distinct as shapes."""

MEDIUM = SMALL + "airplane alien bone brain crown ear elephant fairy ghost rabbit robot skull".split()
"""SMALL and twelve more. No version to 2 had seen alien, bone, brain, ear, fairy, ghost, robot and skull, not even alone;
bone, ear, fairy and skull are held out of compositions."""

SETS = {"small": SMALL, "medium": MEDIUM, "all": None}

# emojibase's groups: smileys, people, nature, food, travel, activities, objects. Left out: components, symbols, flags.
GROUPS = (0, 1, 3, 4, 5, 6, 7)
HELD_OUT_PART = 10


@dataclass(frozen=True)
class Concept:
    """One emoji: its name, other words for it, and its code points as `1f98a` or `1f468-200d-1f373`."""

    label: str
    tags: tuple
    code: str


def held_out(label):
    """Tells whether `label` is one of the tenth of the concepts that never appear in counts or beside others."""
    return hashlib.sha256(label.encode()).digest()[0] % HELD_OUT_PART == 0


def plain_code(code):
    """`1F3DD-FE0F` to `1f3dd`: the sets disagree about variation selectors."""
    return "-".join(part for part in code.lower().split("-") if part != "fe0f")


def read(node_modules, which):
    """Reads the concepts from emojibase-data; `which` is a key of SETS. Skin-tone variants are never listed."""
    entries = json.loads(Path(node_modules, "emojibase-data/en/data.json").read_text(encoding="utf-8"))
    concepts = [
        Concept(entry["label"].lower().replace(":", ","), tuple(entry.get("tags", ())), plain_code(entry["hexcode"]))
        for entry in entries
        if entry.get("group") in GROUPS
    ]
    wanted = SETS[which]
    if wanted is None:
        return concepts
    chosen = [concept for concept in concepts if concept.label in wanted]
    if len(chosen) != len(wanted):
        raise ValueError(f"emojibase-data: {sorted(set(wanted) - {c.label for c in chosen})} not found; use the pinned version")
    return chosen
