"""Trains the autoencoder: L1, edges, squared error and a little KL, on crops that grow."""
import json
import math

import numpy as np
import torch

from . import models
from .budget import warm_then_linear
from .concepts import held_out
from .optimizers import Average, Mixed

CROPS = ((0.0, 64, 16), (.6, 128, 8))  # from this part of the budget: pixels, batch
KL_WEIGHT = 2e-4


def edges(x):
    return x[..., 1:, :] - x[..., :-1, :], x[..., :, 1:] - x[..., :, :-1]


def losses(vae, x, noise):
    """Returns what to minimise, and the squared error, both as tensors."""
    with models.autocast(x.device.type):
        mean, log_variance = vae.encoder(x).chunk(2, 1)
        log_variance = log_variance.clamp(-30, 20)
        y = vae.decoder(mean + torch.exp(.5 * log_variance) * noise)
    y, mean, log_variance = y.float(), mean.float(), log_variance.float()
    kl = .5 * (mean ** 2 + log_variance.exp() - 1 - log_variance).mean()
    squared = ((y - x) ** 2).mean()
    edge = sum((a - b).abs().mean() for a, b in zip(edges(y), edges(x)))
    return (y - x).abs().mean() + edge + squared + KL_WEIGHT * kl, squared.detach()


class Crops:
    """Random crops of scenes painted beforehand at 256 px and at the half of it, so that details come in both sizes."""

    def __init__(self, maker, painter, count, rng):
        scenes = [self._draw(maker, rng) for _ in range(count)]
        self._pools = [torch.cat([painter.paint(scenes[i:i + 16], side) for i in range(0, count, 16)]) for side in (256, 128)]
        self._rng = rng

    @staticmethod
    def _draw(maker, rng):
        while True:  # held-out concepts are for the measure
            scene = maker.draw(rng)
            if not any(held_out(label) for label in scene.labels):
                return scene

    def batch(self, side, size):
        out = []
        while len(out) < size:
            pool = self._pools[self._rng.random() < .6]
            x, y = self._rng.integers(0, pool.shape[-1] - side + 1, 2)
            crop = pool[int(self._rng.integers(len(pool))), :, y:y + side, x:x + side]
            if side == 64 and crop.std() < .1 and self._rng.random() < .8:
                continue  # mostly background
            out.append(crop.flip(-1) if self._rng.random() < .5 else crop)
        return torch.stack(out)


def train(folder, size, maker, painter, pool, budget, device, seed, compiled, log=print):
    """Trains, finds scaling and shift of the latents, writes `folder`."""
    torch.manual_seed(seed)
    vae = models.vae(size).to(device, memory_format=torch.channels_last).train()
    crops = Crops(maker, painter, pool, np.random.default_rng(seed + 3000))
    optimizer = Mixed(vae.named_parameters(), lambda name, p: p.ndim >= 2 and p.shape[0] >= 8, 1e-2, adam_part=.2)
    average = Average(vae.named_parameters(), .995)
    step_losses = torch.compile(losses, dynamic=False) if compiled else losses
    step, squares = 0, []
    while not budget.spent:
        side, count = [(pixels, batch) for start, pixels, batch in CROPS if budget.progress >= start][-1]
        x = crops.batch(side, count).contiguous(memory_format=torch.channels_last)
        noise = torch.randn(count, 16, side // 8, side // 8, device=device)
        loss, squared = step_losses(vae, x, noise)
        loss.backward()
        optimizer.step(warm_then_linear(step, budget.progress), clip=0)
        average.update()
        squares.append(squared)
        step += 1
        if step % 100 == 0:
            psnr = 10 * math.log10(4 / torch.stack(squares).mean().item())
            log(f"step {step}, {side} px, {budget.used:.1f} min, {psnr:.2f} dB")
            squares = []
    average.swap()
    vae.eval()
    standardise(vae, crops)
    vae.save_pretrained(folder)
    log(json.dumps({"steps": step, "shift_factor": vae.config.shift_factor, "scaling_factor": vae.config.scaling_factor}))


@torch.no_grad()
def standardise(vae, crops):
    """Sets scaling and shift so that latents have mean 0 and deviation 1."""
    means = torch.cat([vae.encode(crops.batch(128, 16)).latent_dist.mean for _ in range(8)])
    vae.register_to_config(shift_factor=round(means.mean().item(), 5), scaling_factor=round(1 / means.std().item(), 5))
