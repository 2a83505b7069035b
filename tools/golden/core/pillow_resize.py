"""Writes core/src/test/resources/golden/resize-<w>x<h>-to-<w>x<h>.bin: what Pillow makes of float images.

Each file holds little-endian float32 values in row-major order: an input [C, H, W], then the output [C, H', W'] of each
filter in the order of FILTERS. nearest-picks.bin holds, for every length from 1 to 24 and every other such length, the
input index that each output cell takes: where a centre falls between two cells, rounding decides. A JSON file of the
same name says where each came from.

Run from the repository's root: python tools/golden/core/pillow_resize.py
Needs pillow and numpy.
"""
import json
import pathlib

import numpy as np
import PIL
from PIL import Image

OUT = pathlib.Path("core/src/test/resources/golden")
FILTERS = {"lanczos": Image.LANCZOS, "bicubic": Image.BICUBIC, "bilinear": Image.BILINEAR, "nearest": Image.NEAREST}
CHANNELS = 2
LENGTHS = range(1, 25)
# (width, height) before and after: halves and doubles, odd sizes, one axis only, one axis each way, extremes.
SIZES = [
    ((16, 16), (8, 8)), ((8, 8), (16, 16)), ((16, 12), (9, 7)), ((13, 9), (29, 17)), ((13, 9), (6, 7)),
    ((11, 8), (11, 5)), ((11, 8), (11, 19)), ((9, 10), (4, 10)), ((9, 10), (23, 10)), ((7, 20), (15, 6)),
    ((40, 3), (3, 40)), ((1, 1), (5, 4)), ((5, 4), (1, 1)), ((2, 3), (3, 2)), ((32, 18), (24, 14)),
    ((31, 17), (30, 18)), ((64, 5), (3, 2)),
]


def resize(image, size, filter):
    return np.asarray(Image.fromarray(image, mode="F").resize(size, filter))


def write(name, parts, **about):
    (OUT / (name + ".bin")).write_bytes(b"".join(p.astype("<f4").tobytes() for p in parts))
    origin = {
        "generator": "tools/golden/core/pillow_resize.py",
        "versions": {"pillow": PIL.__version__, "numpy": np.__version__},
        "dtype": "float32, little-endian",
    }
    (OUT / (name + ".json")).write_text(json.dumps(origin | about, indent=2) + "\n")


def write_resizes():
    for i, (before, after) in enumerate(SIZES):
        rng = np.random.default_rng(i)
        image = rng.standard_normal((CHANNELS, before[1], before[0])).astype(np.float32)
        parts = [image] + [np.stack([resize(c, after, f) for c in image]) for f in FILTERS.values()]
        write(
            "resize-%dx%d-to-%dx%d" % (*before, *after),
            parts,
            source="Pillow, Image.resize of mode F; input is numpy default_rng(%d).standard_normal" % i,
            holds=["input [%d, %d, %d]" % image.shape] + ["%s [%d, %d, %d]" % (n, *parts[1].shape) for n in FILTERS],
            tolerance={"nearest": 0, "others": 1e-6},
        )


def write_picks():
    parts = []
    for before in LENGTHS:
        for after in LENGTHS:
            if before != after:
                parts.append(resize(np.arange(before, dtype=np.float32)[None], (after, 1), Image.NEAREST))
    write(
        "nearest-picks",
        parts,
        source="Pillow, Image.resize of mode F with NEAREST; inputs are 0, 1, 2, ...",
        holds="for each length before, for each other length after: [after] indices",
        tolerance=0,
    )


if __name__ == "__main__":
    write_resizes()
    write_picks()
