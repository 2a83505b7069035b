"""The words: how a scene is told."""
COLOURS = {
    "white": (255, 255, 255), "black": (24, 24, 24), "gray": (150, 150, 150), "red": (214, 58, 58), "orange": (240, 150, 50),
    "yellow": (248, 220, 90), "green": (90, 180, 100), "blue": (80, 140, 225), "purple": (150, 100, 200), "pink": (246, 170, 200),
}
STYLE_WORDS = {
    "noto": "noto style", "flat": "flat style", "3d": "3d style", "blob": "blob style", "gradient": "gradient style",
    "fx": "firefox style", "twemoji": "twemoji style",
}
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}
RELATIONS = {  # of the first object to the second, and the words for the reverse
    "left": ("to the left of", "to the right of"),
    "above": ("above", "below"),
    "on": ("on", "under"),
    "behind": ("behind", "in front of"),
}


def with_article(words):
    """`fox` to `a fox`."""
    return ("an " if words[0] in "aeiou" and not words.startswith(("uni", "uk", "eu", "one")) else "a ") + words


def plural(words):
    """`fox` to `foxes`; `glass of milk` to `glasses of milk`."""
    head, of, rest = words.partition(" of ")
    if head.endswith("s"):
        many = head
    elif head.endswith(("x", "sh", "ch")):
        many = head + "es"
    elif head.endswith("y") and head[-2:-1] not in "aeiou":
        many = head[:-1] + "ies"
    else:
        many = head + "s"
    return many + of + rest


def with_background(words, colours, split):
    """Adds the background; `split` is plain, columns (left, right) or rows (top, bottom)."""
    if split == "plain":
        return f"{words} on {with_article(colours[0])} background"
    beside = "beside" if split == "columns" else "over"
    return f"{words} on {with_article(colours[0])} {beside} {colours[1]} background"


def with_style(words, style):
    return f"{words}, {STYLE_WORDS[style]}"
