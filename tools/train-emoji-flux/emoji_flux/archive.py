"""One file of sprites: a zip of WebP pictures and an index, small enough to be carried to a machine without internet."""
import io
import json
import zipfile
from dataclasses import asdict, dataclass

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Sprite:
    """What a picture of the archive shows."""

    label: str
    tags: tuple
    code: str
    style: str


class Writer:
    """Writes sprites; `quality` 100 stores them without loss."""

    def __init__(self, path, size, quality):
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)
        self._size, self._quality, self._sprites = size, quality, []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._put("index.json", json.dumps({"size": self._size, "sprites": self._sprites}).encode())
        self._zip.close()

    @property
    def count(self):
        return len(self._sprites)

    def add(self, concept, style, image):
        data = io.BytesIO()
        image.save(data, "WEBP", quality=self._quality, alpha_quality=self._quality, lossless=self._quality == 100, method=6)
        self._put(f"{self.count:05d}.webp", data.getvalue())
        self._sprites.append(asdict(Sprite(concept.label, concept.tags, concept.code, style)))

    def _put(self, name, data):  # a fixed date, so that equal sprites make equal files
        self._zip.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data)


@dataclass(frozen=True)
class Archive:
    """Sprites [N] and their straight-alpha pixels, uint8 [N, size, size, 4]."""

    sprites: tuple
    pixels: np.ndarray

    @staticmethod
    def read(path, labels=None, styles=None):
        """Reads the sprites of `labels` and `styles`, or all."""
        with zipfile.ZipFile(path) as file:
            index = json.loads(file.read("index.json"))
            chosen = [
                (number, Sprite(**{**sprite, "tags": tuple(sprite["tags"])}))
                for number, sprite in enumerate(index["sprites"])
                if (labels is None or sprite["label"] in labels) and (styles is None or sprite["style"] in styles)
            ]
            if not chosen:
                raise ValueError(f"{path}: no sprite of these concepts and styles; pack them with `art`")
            pixels = np.empty((len(chosen), index["size"], index["size"], 4), np.uint8)
            for row, (number, _) in enumerate(chosen):
                pixels[row] = np.asarray(Image.open(io.BytesIO(file.read(f"{number:05d}.webp"))).convert("RGBA"))
        return Archive(tuple(sprite for _, sprite in chosen), pixels)

    def by_style(self):
        """Returns {style: {label: row}}."""
        out = {}
        for row, sprite in enumerate(self.sprites):
            out.setdefault(sprite.style, {})[sprite.label] = row
        return out
