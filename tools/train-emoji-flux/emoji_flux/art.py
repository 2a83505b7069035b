"""Fetches the art with the npm client, renders it and packs it into one archive (see archive.py)."""
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import resvg_py
from PIL import Image

from . import archive, concepts

RECIPE = Path(__file__).resolve().parents[1]
ICONIFY = {  # style: package below @iconify-json
    "noto": "noto",
    "flat": "fluent-emoji-flat",
    "blob": "noto-v1",
    "gradient": "fluent-emoji",
    "fx": "fxemoji",
    "twemoji": "twemoji",
}
STYLES = ("noto", "flat", "3d", "blob", "gradient", "fx", "twemoji")
LICENCES = {"Apache-2.0", "MIT", "CC-BY-4.0"}


def fetch(folder):
    """Installs the packages of package.json into `folder`/node_modules and checks the licence each one states."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    manifest = RECIPE / "package.json"
    shutil.copy(manifest, folder / "package.json")
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is missing: install Node.js, or give --node-modules a folder that npm filled elsewhere")
    subprocess.run([npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"], cwd=folder, check=True)
    for name, version in json.loads(manifest.read_text())["dependencies"].items():
        stated = json.loads((folder / "node_modules" / name / "package.json").read_text())
        if stated["version"] != version or stated["license"] not in LICENCES:
            raise SystemExit(f"{name}: wanted {version} under one of {sorted(LICENCES)}, "
                             f"found {stated['version']} under {stated['license']}")
    return folder / "node_modules"


class IconifySet:
    """The SVGs of one @iconify-json package.

    Some packages list their code points. Where one does not, an icon is found by the name that the package noto gives its
    code point, or by the emoji's own name, with hyphens or written as one word.
    """

    def __init__(self, node_modules, package):
        folder = Path(node_modules, "@iconify-json")
        self._icons = json.loads((folder / package / "icons.json").read_text(encoding="utf-8"))
        self._names = self._by_code(folder / package) or self._by_code(folder / "noto")

    @staticmethod
    def _by_code(folder):
        codes = json.loads((folder / "chars.json").read_text(encoding="utf-8"))
        return {concepts.plain_code(code): name for code, name in codes.items()}

    def svg(self, concept):
        """Returns the SVG text of `concept`, or None where the set lacks it."""
        slug = "-".join(re.findall(r"[a-z0-9]+", concept.label))
        for name in (self._names.get(concept.code), slug, slug.replace("-", "")):
            name = self._icons.get("aliases", {}).get(name, {}).get("parent", name)
            if name in self._icons["icons"]:
                return self._text(self._icons["icons"][name])
        return None

    def _text(self, icon):
        width = icon.get("width", self._icons.get("width", 16))
        height = icon.get("height", self._icons.get("height", 16))
        box = f'{icon.get("left", 0)} {icon.get("top", 0)} {width} {height}'
        return (f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
                f'width="{width}" height="{height}" viewBox="{box}">{icon["body"]}</svg>')


def square(image, size):
    """Fits an RGBA image into a transparent square of `size` pixels."""
    image = image.convert("RGBA")
    scale = size / max(image.size)
    image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.LANCZOS)
    out = Image.new("RGBA", (size, size))
    out.paste(image, ((size - image.width) // 2, (size - image.height) // 2))
    return out


def render(svg, size):
    """Draws SVG text as an RGBA square."""
    return square(Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size)))), size)


def iconify_sprites(node_modules, package, chosen, size):
    icons = IconifySet(node_modules, package)
    for concept in chosen:
        svg = icons.svg(concept)
        if svg is not None:
            yield concept, render(svg, size)


def lobehub_sprites(node_modules, chosen, size):
    assets = Path(node_modules, "@lobehub/fluent-emoji-3d/assets")
    files = {concepts.plain_code(path.stem): path for path in assets.glob("*.webp")}
    for concept in chosen:
        if concept.code in files:
            yield concept, square(Image.open(files[concept.code]), size)


def pack(node_modules, which, styles, size, quality, out):
    """Renders every chosen concept in every style and writes the archive. Returns the number of sprites."""
    chosen = concepts.read(node_modules, which)
    with archive.Writer(out, size, quality) as writer:
        for style in styles:
            found = (lobehub_sprites(node_modules, chosen, size) if style == "3d"
                     else iconify_sprites(node_modules, ICONIFY[style], chosen, size))
            for concept, image in found:
                writer.add(concept, style, image)
        return writer.count
