"""Draws the figures of README and docs/method.md from a run of README's first command: docs/gallery/strip.png, stages.gif,
and docs/plots/bottleneck.png.

    python tools/docs/figures.py        # from the repository's root; needs Pillow and a built bin/bottleneck4j
"""

import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

PROMPT = "a rocket on a blue background, 3d style"
STAGES = [("high", 256, 5), ("low", 128, 13), ("high", 256, 5)]
INK, GREY, PAPER = "#1c2733", "#6b7885", "#ffffff"
ROOT = Path(__file__).resolve().parents[2]


def main():
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        program = str(ROOT / "bin/bottleneck4j")
        subprocess.run(
            [program, "generate", PROMPT, "--seed", "4", "--preview-every", "1", "--preview-dir", scratch]
            + ["--dtype", "float32", "-o", str(folder / "out.png")],
            check=True,
        )
        steps = [Image.open(p).convert("RGB") for p in sorted(folder.glob("*step-*.png"))]
        assert [s.width for s in steps] == [size for _, size, count in STAGES for _ in range(count)]
        strip(steps, Image.open(folder / "out.png").convert("RGB"))
        animation(steps)
    plots = ROOT / "docs/plots"
    subprocess.run([program, "plan", "--plan", "bottleneck", "--plot", str(plots / "bottleneck.png")], check=True)


def strip(steps, result):
    """Prompt, end of the high stage, end of the low one, first step of the second high one, result."""
    font, small = ImageFont.load_default(17), ImageFont.load_default(14)
    gap, top, side = 44, 46, 200
    first, low = STAGES[0][2], STAGES[0][2] + STAGES[1][2]
    cells = [
        (steps[first - 1], side, "high: 5 steps", "256 px, the layout"),
        (steps[low - 1], side // 2, "low: 13 steps", "128 px, most of the work"),
        (steps[low], side, "high again: step 1", "256 px, new noise"),
        (result, side, "result: step 5", "256 px, detail"),
    ]
    box = 150
    width = box + sum(side + gap for _ in cells) + 12
    image = Image.new("RGB", (width, top + side + 12), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((12, 4), "prompt", INK, font)
    lines = ["“a rocket on a", "blue background,", "3d style”"]
    for i, line in enumerate(lines):
        draw.text((12, top + side // 2 - 32 + 22 * i), line, INK, font)
    x = box
    for picture, shown, title, note in cells:
        y = top + side // 2
        draw.line((x + 4, y, x + gap - 14, y), GREY, 2)
        draw.polygon([(x + gap - 14, y - 6), (x + gap - 14, y + 6), (x + gap - 4, y)], GREY)
        x += gap
        draw.text((x, 4), title, INK, font)
        draw.text((x, 25), note, GREY, small)
        at = x + (side - shown) // 2, top + (side - shown) // 2
        image.paste(picture.resize((shown, shown), Image.Resampling.LANCZOS), at)
        x += side
    image.save(ROOT / "docs/gallery/strip.png", optimize=True)


def animation(steps):
    """One frame a step; the low stage's pictures are shown large, with their true pixels."""
    font = ImageFont.load_default(16)
    frames = []
    done = iter(steps)
    for number, (name, size, count) in enumerate(STAGES, 1):
        for step in range(1, count + 1):
            frame = Image.new("RGB", (256, 286), PAPER)
            frame.paste(next(done).resize((256, 256), Image.Resampling.NEAREST), (0, 30))
            label = f"{number}. {name}, {size} px: step {step} of {count}"
            ImageDraw.Draw(frame).text((6, 5), label, INK, font)
            frames.append(frame.quantize(160, dither=Image.Dither.NONE))
    durations = [260] * (len(frames) - 1) + [2500]
    target = ROOT / "docs/gallery/stages.gif"
    frames[0].save(target, save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True)


if __name__ == "__main__":
    main()
