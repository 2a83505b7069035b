"""Where the transformer's training batches come from: latents encoded beforehand (CPU), or scenes painted on the spot (GPU)."""
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from . import models

PLAIN_KINDS = ("one", "sized", "silhouette")


@torch.no_grad()
def encode(vae, pictures):
    """Encodes pictures [B, 3, H, W] to latents as the transformer sees them, float32."""
    with models.autocast(pictures.device.type):
        mean = vae.encode(pictures).latent_dist.mean
    return (mean.float() - vae.config.shift_factor) * vae.config.scaling_factor


def cache(vae, maker, painter, resolution, count, seed, path, batch=16, log=print):
    """Encodes `count` scenes drawn with `seed` into the file `path`."""
    rng, latents, captions, kinds = np.random.default_rng(seed), [], [], []
    for start in range(0, count, batch):
        scenes = [maker.draw(rng) for _ in range(min(batch, count - start))]
        latents.append(encode(vae, painter.paint(scenes, resolution)).bfloat16())
        captions += [scene.caption for scene in scenes]
        kinds += [scene.kind for scene in scenes]
        if start % (batch * 32) == 0:
            log(f"encoded {start} of {count}")
    save_file({"latents": torch.cat(latents).contiguous()}, path,
              {"captions": json.dumps(captions), "kinds": json.dumps(kinds), "resolution": str(resolution)})


class Cached:
    """Batches from files written by `cache`, one file a resolution.

    Scenes of one object come `emphasis` times as often; those of an object in `stressed`, {label: times}, as often again.
    """

    def __init__(self, paths, emphasis, stressed=None):
        self._sets = {}
        for path in paths:
            with safe_open(path, "pt") as file:
                meta = file.metadata()
                kinds = json.loads(meta["kinds"])
                captions = json.loads(meta["captions"])
                weights = self._weights(path, captions, kinds, emphasis, stressed or {})
                self._sets[int(meta["resolution"])] = (file.get_tensor("latents"), captions, weights)

    @staticmethod
    def _weights(path, captions, kinds, emphasis, stressed):
        words = [set(caption.replace(",", " ").split()) for caption in captions]
        missing = set(stressed).difference(*words)
        if missing:
            raise SystemExit(f"--stress: {sorted(missing)}: no caption of {path} has them; give labels of concepts that it shows alone")
        return torch.tensor([
            emphasis * max([stressed[label] for label in stressed if label in shown], default=1.0) if kind in PLAIN_KINDS else 1.0
            for kind, shown in zip(kinds, words)])

    def batch(self, resolution, size, generator):
        """Returns latents [B, 16, h, w] and their captions."""
        latents, captions, weights = self._sets[resolution]
        rows = torch.multinomial(weights, size, True, generator=generator)
        return latents[rows].float(), [captions[row] for row in rows.tolist()]


class Painted:
    """Batches painted and encoded when asked for.

    A thread invents the scenes of the next batch of a resolution meanwhile. Seeds come from the generator.
    """

    def __init__(self, vae, maker, painter):
        self._vae, self._maker, self._painter = vae, maker, painter
        self._thread, self._drafts = ThreadPoolExecutor(1), {}

    def _draft(self, resolution, size, generator):
        seed = int(torch.randint(2**62, (), generator=generator))
        rng = np.random.default_rng(seed)
        self._drafts[resolution] = self._thread.submit(lambda: [self._maker.draw(rng) for _ in range(size)])

    def batch(self, resolution, size, generator):
        if resolution not in self._drafts:
            self._draft(resolution, size, generator)
        scenes = self._drafts[resolution].result()
        self._draft(resolution, size, generator)
        return encode(self._vae, self._painter.paint(scenes, resolution)), [scene.caption for scene in scenes]
