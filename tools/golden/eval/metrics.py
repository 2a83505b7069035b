"""Writes eval/src/test/resources/golden/metrics-*.bin: distances of pictures as scikit-image, torchmetrics and numpy see them.

Each file holds two pictures [H, W, 3] of unsigned bytes, one after the other. The JSON file of the same name holds their size,
PSNR and SSIM (scikit-image), MS-SSIM (torchmetrics in float64, where both sides have 176 px), the mean absolute difference
(numpy), and of each picture the share of energy above .25 cycles per pixel (numpy.fft) and its colours (numpy; saturation by
scikit-image).

Run from the repository's root: python tools/golden/eval/metrics.py
Needs numpy, pillow, scikit-image, torch and torchmetrics.
"""
import json
import pathlib

import numpy as np
import PIL
import skimage
import torch
import torchmetrics
from PIL import Image, ImageFilter
from skimage.color import rgb2hsv
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

OUT = pathlib.Path("eval/src/test/resources/golden")
GALLERY = pathlib.Path("docs/gallery")
CUTOFF = 0.25


def high_frequency_share(picture):
    y = picture.astype(np.float64) @ [0.299, 0.587, 0.114]
    hann = [0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n) for n in y.shape]
    energy = np.abs(np.fft.fft2((y - y.mean()) * np.outer(*hann))) ** 2
    radius = np.hypot(np.fft.fftfreq(y.shape[0])[:, None], np.fft.fftfreq(y.shape[1])[None, :])
    energy[0, 0] = 0
    return energy[radius > CUTOFF].sum() / energy.sum()


def ms_ssim(a, b):
    if min(a.shape[:2]) < 176:
        return None
    pair = [torch.from_numpy(p.astype(np.float64)).permute(2, 0, 1)[None] for p in (a, b)]
    return multiscale_structural_similarity_index_measure(*pair, data_range=255.0).item()


def colours(picture):
    values = picture.astype(np.float64)
    r, g, b = np.moveaxis(values, 2, 0)
    opponents = np.stack([r - g, (r + g) / 2 - b])
    return {
        "mean": values.mean((0, 1)).tolist(),
        "deviation": values.std((0, 1)).tolist(),
        "saturation": rgb2hsv(picture)[..., 1].mean(),
        "colourfulness": np.linalg.norm(opponents.std((1, 2))) + 0.3 * np.linalg.norm(opponents.mean((1, 2))),
    }


def smooth(rng, height, width):
    """A random picture with structure of every size."""
    levels = [rng.normal(0, 2.0**i, (max(2, height >> i), max(2, width >> i), 3)) for i in range(7)]
    sum_of = 0
    for level in levels:
        channels = [Image.fromarray(level[..., c].astype(np.float32)).resize((width, height), Image.BICUBIC) for c in range(3)]
        sum_of = sum_of + np.stack([np.asarray(c) for c in channels], -1)
    return np.clip(128 + sum_of, 0, 255).round().astype(np.uint8)


def write(name, a, b, source):
    assert a.shape == b.shape and a.dtype == b.dtype == np.uint8
    (OUT / f"metrics-{name}.bin").write_bytes(a.tobytes() + b.tobytes())
    info = {
        "generator": "tools/golden/eval/metrics.py",
        "source": source,
        "versions": {"numpy": np.__version__, "pillow": PIL.__version__, "scikit-image": skimage.__version__,
                     "torchmetrics": torchmetrics.__version__},
        "holds": "two pictures [H, W, 3] of unsigned bytes",
        "tolerance": 1e-9,
        "width": a.shape[1],
        "height": a.shape[0],
        "psnr": peak_signal_noise_ratio(b, a, data_range=255),
        "ssim": structural_similarity(
            b, a, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=2, data_range=255),
        "ms_ssim": ms_ssim(a, b),
        "mean_absolute_difference": np.abs(a.astype(np.float64) - b).mean(),
        "high_frequency_share": [high_frequency_share(a), high_frequency_share(b)],
        "colours": [colours(a), colours(b)],
    }
    (OUT / f"metrics-{name}.json").write_text(json.dumps(info, indent=1) + "\n")


def gallery(name, crop):
    return Image.open(GALLERY / f"{name}.png").convert("RGB").crop(crop)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for i, (height, width) in enumerate([(11, 11), (16, 48), (45, 27), (64, 80)]):
        rng = np.random.default_rng(i)
        a, b = rng.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
        write(f"random-{width}x{height}", a, b, f"numpy default_rng({i}).integers")
    fox = gallery("baseline-0003", (64, 64, 192, 192))
    write("fox", np.asarray(gallery("bottleneck-0003", (64, 64, 192, 192))), np.asarray(fox),
          "docs/gallery/bottleneck-0003.png against baseline-0003.png, the middle 128 x 128")
    write("blurred-fox", np.asarray(fox.filter(ImageFilter.GaussianBlur(1.5))), np.asarray(fox),
          "docs/gallery/baseline-0003.png, the middle 128 x 128, blurred by Pillow's GaussianBlur(1.5), against itself")
    panda = gallery("baseline-0007", (0, 30, 112, 126))
    noise = np.random.default_rng(9).normal(0, 8, (96, 112, 3))
    noisy = np.clip(np.asarray(panda) + noise, 0, 255).round().astype(np.uint8)
    rng = np.random.default_rng(10)
    field = smooth(rng, 176, 176)
    noise = np.random.default_rng(11).normal(0, 20, field.shape)
    write("noisy-field", np.clip(field + noise, 0, 255).round().astype(np.uint8), field,
          "a random picture with structure of every size, with noise of deviation 20, against itself")
    large = (40, 40, 217, 220)
    write("large-fox", np.asarray(gallery("bottleneck-0003", large)), np.asarray(gallery("baseline-0003", large)),
          "docs/gallery/bottleneck-0003.png against baseline-0003.png, 177 x 180 px of them")
    write("noisy-panda", noisy, np.asarray(panda), "docs/gallery/baseline-0007.png, 112 x 96 px of it, with noise of deviation 8")


if __name__ == "__main__":
    main()
