"""Measures clips against their prompts, by rules on pixels and by emoji-flux's classifier."""
import json

import numpy as np
import torch
from emoji_flux.classifier import Classifier, shrink
from emoji_flux.measure import Likeness, background, interval
from PIL import Image

from .clips import FRAMES

INK = 40.0        # how far from the background, in RGB units, a pixel must be to count as the object's
MOVED = .10       # of the side: less is standing still
GROWN = 1.6       # ratio of the areas at the end and at the beginning
FAINT = .25       # ratio of the ink at the beginning and at the end, below which the object appears
DIRECTIONS = ("right", "left", "up", "down")
ANGLES = range(-180, 180, 15)
VIDEOS = (".mp4", ".webm", ".gif")


class Track:
    """Where the object is in each frame of a clip, uint8 [F, H, W, 3]; everything unlike the background is the object."""

    def __init__(self, clip):
        clip = clip.astype(np.float32)
        border = np.concatenate([part.reshape(-1, 3) for part in (clip[:, :3], clip[:, -3:], clip[:, :, :3], clip[:, :, -3:])])
        self.background = np.median(border, 0)
        far = np.sqrt(((clip - self.background) ** 2).sum(-1))
        self.masks = far > INK
        self.ink = far.sum((1, 2))
        self.areas = self.masks.mean((1, 2))
        y, x = np.mgrid[:clip.shape[1], :clip.shape[2]] / clip.shape[1]
        weights = np.maximum(self.masks.sum((1, 2)), 1)
        self.centres = np.stack([(self.masks * x).sum((1, 2)) / weights, (self.masks * y).sum((1, 2)) / weights], 1)

    def square(self, frame):
        """The square (left, top, side) in pixels of the object in a frame, a tenth larger on each side; None if it is empty."""
        rows, columns = (np.flatnonzero(self.masks[frame].any(axis)) for axis in (1, 0))
        if not len(rows):
            return None
        side = max(rows[-1] - rows[0], columns[-1] - columns[0]) * 1.2 + 1
        return (columns[0] + columns[-1] + 1 - side) / 2, (rows[0] + rows[-1] + 1 - side) / 2, side


def cut(clip, track, frame, pixels=96):
    """The object of one frame in the middle of a picture [1, 3, pixels, pixels], -1 to 1, on its background."""
    left, top, side = track.square(frame)
    canvas = Image.new("RGB", (round(side), round(side)), tuple(int(v) for v in track.background))
    canvas.paste(Image.fromarray(clip[frame]), (round(-left), round(-top)))
    picture = np.asarray(canvas.resize((pixels, pixels), Image.BICUBIC), np.float32)
    return torch.from_numpy(picture).permute(2, 0, 1)[None] / 127.5 - 1


def turned(clip, track):
    """The clockwise angle in degrees, of ANGLES, by which the first frame's object comes nearest to the last's."""
    first, last = (Image.fromarray(((cut(clip, track, f, 64)[0].permute(1, 2, 0).numpy() + 1) * 127.5).astype(np.uint8))
                   for f in (0, -1))
    fill, wanted = tuple(int(v) for v in track.background), np.asarray(last, np.float32)

    def far(angle):
        moved = np.asarray(first.rotate(-angle, Image.BILINEAR, fillcolor=fill), np.float32)
        return min(float(((np.roll(moved, (dy, dx), (0, 1)) - wanted) ** 2).mean()) for dy in (-4, 0, 4) for dx in (-4, 0, 4))

    return min(ANGLES, key=far)


def motion(clip, track):
    """Names what the object does: a key of clips.WORDS, or `still`. Of several things the first that holds."""
    full = track.ink.max()
    if full < 1 or track.square(-1) is None:
        return "still"
    if track.ink[0] < FAINT * track.ink[-1] and track.areas[-1] < 1.3 * track.areas[FRAMES * 3 // 4]:
        return "appears"
    ratio = track.areas[-1] / max(track.areas[0], 1e-6)
    if not 1 / GROWN < ratio < GROWN:
        return "grows" if ratio > 1 else "shrinks"
    dx, dy = track.centres[-1] - track.centres[0]
    if max(abs(dx), abs(dy)) > MOVED:
        return ("right" if dx > 0 else "left") if abs(dx) > abs(dy) else ("down" if dy > 0 else "up")
    if np.ptp(track.centres[:, 1]) > MOVED and np.ptp(track.centres[:, 1]) > np.ptp(track.centres[:, 0]):
        return "bounces"
    return "turns" if turned(clip, track) > 0 else "still"


def flicker(clip):
    """The mean second difference in time of the pixels, 0 to 255: even motion has little, flicker much."""
    x = clip.astype(np.float32)
    return float(np.abs(x[2:] - 2 * x[1:-1] + x[:-2]).mean())


@torch.no_grad()
def judge(model, likeness, style, clip, prompt):
    """Returns {measure: value} of one clip; all but likeness and flicker are 0 or 1."""
    track = Track(clip)
    seen = motion(clip, track)
    out = {"background": background(np.concatenate(list(clip[::4]), 0)) == prompt["background"],
           "motion": seen == prompt["motion"], "flicker": flicker(clip)}
    if prompt["motion"] in DIRECTIONS:
        out["direction"] = seen == prompt["motion"]
    frame = 0 if prompt["motion"] == "turns" else int(np.argmax(track.areas >= .9 * track.areas.max()))
    if track.square(frame) is None:
        return out | {"concept": False, "likeness": 0.0}
    picture = cut(clip, track, frame, 128)
    out["concept"] = int(model(shrink(picture))["first"][0].argmax()) == model.labels.index(prompt["label"])
    asked = {"style": style, "labels": [prompt["label"]], "background": prompt["background"]}
    return out | {"likeness": likeness.of(picture, asked)}


def clips_in(folder):
    """The clips of a folder: folders of PNGs, videos, and NAME for frames NAME-0000.png that bottleneck4j wrote beside NAME.json."""
    found = [path for path in folder.iterdir() if path.is_dir() or path.suffix in VIDEOS]
    found += [path.with_suffix("") for path in folder.glob("*.json") if path.with_name(path.stem + "-0000.png").exists()]
    return sorted(found)


def read(path):
    """Reads a clip, uint8 [F, H, W, 3]."""
    if path.suffix not in VIDEOS:
        files = path.glob("*.png") if path.is_dir() else path.parent.glob(path.name + "-*.png")
        return np.stack([np.asarray(Image.open(file).convert("RGB")) for file in sorted(files)])
    import av
    with av.open(str(path)) as video:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)])


def measure(classifier, archive, folder, prompts, values=None):
    """Measures the clips in `folder`; they belong to `prompts`, a JSON file, in order of name. Each clip's go to file `values`."""
    prompts, model = json.loads(prompts.read_text()), Classifier.load(classifier)
    paths = clips_in(folder)
    if len(paths) != len(prompts):
        raise SystemExit(f"{folder}: {len(paths)} clips for {len(prompts)} prompts; give a folder of just these clips")
    (style,), likeness, rows, shapes, each = archive.by_style(), Likeness(archive), {}, set(), {}
    for path, prompt in zip(paths, prompts):
        clip = read(path)
        shapes.add("x".join(str(n) for n in (clip.shape[2], clip.shape[1], clip.shape[0])))
        each[path.name] = {name: float(value) for name, value in judge(model, likeness, style, clip, prompt).items()}
        for name, value in each[path.name].items():
            rows.setdefault(name, []).append(value)
    if values:
        values.write_text(json.dumps(each, indent=1))
    return {"clips": str(folder), "sizes": sorted(shapes), **{name: interval(values) for name, values in sorted(rows.items())}}
