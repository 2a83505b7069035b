"""Pictures of every kind that people have, golden/pictures/*, and how diffusers' load_image reads them with Pillow."""
import os
import struct
import zlib

import numpy as np
import torch
from diffusers.utils import load_image
from PIL import Image

import case

FOLDER = f"{case.GOLDEN}/pictures"
ORIENTATION = 0x0112


def pixels(channels, seed=0, width=21, height=14):
    """Returns [H, W, channels] of slow waves with some noise, uint8."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = np.stack([128 + 110 * np.sin(x / 5 + c) * np.cos(y / 4 - c) for c in range(channels)], axis=-1)
    return (waves + random.normal(0, 6, waves.shape)).clip(0, 255).astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, values, colour):
    """Writes a PNG of 16 bits, which Pillow writes of grey alone."""
    height, width = values.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    with open(f"{FOLDER}/{name}", "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def exif(orientation):
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags


def write():
    """Writes the files and returns their names."""
    rgb, rgba = Image.fromarray(pixels(3)), Image.fromarray(pixels(4, 1))
    grey = Image.fromarray(pixels(1, 2)[..., 0])
    cmyk = Image.fromarray(pixels(4, 3), mode="CMYK")
    palette = rgb.quantize(11)
    saved = {
        "rgb.png": (rgb, {}),
        "rgba.png": (rgba, {}),
        "rgb-transparent.png": (rgb, {"transparency": rgb.getpixel((3, 4))}),
        "palette.png": (palette, {}),
        "palette-transparent.png": (palette, {"transparency": 3}),
        "palette-alpha.png": (palette, {"transparency": bytes(range(0, 242, 22))}),
        "grey.png": (grey, {}),
        "grey-alpha.png": (rgba.convert("LA"), {}),
        "grey-1.png": (grey.convert("1"), {}),
        "rgb.jpg": (rgb, {"quality": 90}),
        "rgb-444.jpg": (rgb, {"quality": 95, "subsampling": 0}),
        "rgb-progressive.jpg": (rgb, {"quality": 80, "progressive": True}),
        "rgb-plain.jpg": (rgb, {"quality": 95, "keep_rgb": True}),
        "grey.jpg": (grey, {"quality": 90}),
        "cmyk.jpg": (cmyk, {"quality": 95}),
        "turned.jpg": (rgb, {"quality": 95, "exif": exif(6)}),
        "lossless.webp": (rgb, {"lossless": True}),
        "alpha.webp": (rgba, {"lossless": True, "exact": True}),
        "lossy.webp": (rgb, {"quality": 90}),
        "turned.webp": (rgb, {"lossless": True, "exif": exif(8)}),
    } | {f"turned-{n}.png": (rgb, {"exif": exif(n)}) for n in range(1, 9)}
    for name, (image, options) in saved.items():
        image.save(f"{FOLDER}/{name}", **options)
    wide = (pixels(4, 4).astype(np.uint16) << 8) + pixels(4, 5)
    png("grey-16.png", wide[..., :1], 0)
    png("rgb-16.png", wide[..., :3], 2)
    png("rgba-16.png", wide, 6)
    with open(f"{FOLDER}/cmyk.jpg", "rb") as file:
        data = file.read()
    mark = data.index(b"Adobe")
    assert data[mark + 11] == 0, "the last byte of Adobe's mark says how colours are coded: 2 is YCCK"
    with open(f"{FOLDER}/ycck.jpg", "wb") as file:
        file.write(data[:mark + 11] + b"\2" + data[mark + 12:])
    return [*saved, "grey-16.png", "rgb-16.png", "rgba-16.png", "ycck.jpg"], wide


def main():
    case.prepare()
    os.makedirs(FOLDER, exist_ok=True)
    names, wide = write()
    read = {name: torch.from_numpy(np.asarray(load_image(f"{FOLDER}/{name}")).copy()) for name in names}
    high = torch.from_numpy((wide[..., :1] >> 8).astype(np.uint8)).repeat(1, 1, 3)
    assert (read["grey-16.png"] == 255).float().mean() > 0.9, "Pillow cuts grey of 16 bits no longer: compare with it"
    read["grey-16.png"] = high
    large = Image.fromarray(pixels(3, 6, 64, 48))
    read["large"] = torch.from_numpy(np.asarray(large).copy())
    for width, height in [(32, 23), (96, 70), (20, 47), (64, 13), (7, 5), (133, 48), (80, 30), (60, 30), (128, 96)]:
        read[f"lanczos-{width}x{height}"] = torch.from_numpy(np.asarray(large.resize((width, height), Image.LANCZOS)).copy())
    case.save("make_pictures.py", "pictures", "values", read, "diffusers load_image on Pillow, Image.resize", 0,
              files=names)


if __name__ == "__main__":
    main()
