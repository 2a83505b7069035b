"""Writes eval/src/test/resources/golden/metrics-*.bin: distances of pictures as scikit-image and numpy see them.

Each file holds two pictures [H, W, 3] of unsigned bytes, one after the other. The JSON file of the same name holds their size,
PSNR and SSIM (scikit-image), and the share of energy above .25 cycles per pixel of each (numpy.fft).

Run from the repository's root: python tools/golden/eval/metrics.py
Needs numpy, pillow and scikit-image.
"""
import json
import pathlib

import numpy as np
import PIL
import skimage
from PIL import Image, ImageFilter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

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


def write(name, a, b, source):
    assert a.shape == b.shape and a.dtype == b.dtype == np.uint8
    (OUT / f"metrics-{name}.bin").write_bytes(a.tobytes() + b.tobytes())
    info = {
        "generator": "tools/golden/eval/metrics.py",
        "source": source,
        "versions": {"numpy": np.__version__, "pillow": PIL.__version__, "scikit-image": skimage.__version__},
        "holds": "two pictures [H, W, 3] of unsigned bytes",
        "tolerance": 1e-9,
        "width": a.shape[1],
        "height": a.shape[0],
        "psnr": peak_signal_noise_ratio(b, a, data_range=255),
        "ssim": structural_similarity(
            b, a, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=2, data_range=255),
        "high_frequency_share": [high_frequency_share(a), high_frequency_share(b)],
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
    write("noisy-panda", noisy, np.asarray(panda), "docs/gallery/baseline-0007.png, 112 x 96 px of it, with noise of deviation 8")


if __name__ == "__main__":
    main()
