"""The causal 3-D autoencoder: made of emoji-flux's 2-D one, then trained on clips."""
import math
import signal

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLHunyuanVideo
from emoji_flux import checkpoint, models
from emoji_flux.budget import warm_then_linear
from emoji_flux.optimizers import Average, Mixed

from .clips import FRAMES

CHANNELS = 16
CROP = 64
KL_WEIGHT = 2e-4
TIE_WEIGHT = .3


def inflate(flat):
    """Makes an AutoencoderKLHunyuanVideo that does frame by frame what the AutoencoderKL `flat` does to pictures.

    Kernels go to the last of the three taps in time, so that a frame sees only itself: latent k is the picture latent of
    frame 4k, and is shown for the frames 4k - 3 to 4k. Where the 2-D class pads below and to the right before it halves, the
    3-D one pads all around, which moves its kernels by a pixel: their last row and column join the one before. The shift of
    the latents, which HunyuanVideo has no field for, goes into the two 1x1x1 convolutions.
    """
    c = flat.config
    video = AutoencoderKLHunyuanVideo(
        latent_channels=c.latent_channels, block_out_channels=tuple(c.block_out_channels), layers_per_block=c.layers_per_block,
        norm_num_groups=c.norm_num_groups, scaling_factor=c.scaling_factor, mid_block_add_attention=c.mid_block_add_attention)
    given = flat.state_dict()
    state = {}
    for name, value in video.state_dict().items():
        if name.startswith(("quant_conv", "post_quant_conv")):
            continue
        source = name.replace(".conv.weight", ".weight").replace(".conv.bias", ".bias")
        weight = given[source]
        if weight.ndim == 4:
            weight = three_taps(moved(weight) if "downsamplers" in name else weight, value.shape[2])
        state[name] = weight
    eye = torch.eye(2 * CHANNELS)[:, :, None, None, None]
    shift = torch.full((CHANNELS,), c.shift_factor)
    state |= {"quant_conv.weight": eye, "quant_conv.bias": torch.cat([-shift, torch.zeros(CHANNELS)]),
              "post_quant_conv.weight": eye[:CHANNELS, :CHANNELS].clone(), "post_quant_conv.bias": shift}
    video.load_state_dict(state)
    return video


def three_taps(kernel, taps):
    """A 2-D kernel [O, I, h, w] as the last tap in time of a 3-D one."""
    out = kernel.new_zeros(*kernel.shape[:2], taps, *kernel.shape[2:])
    out[:, :, -1] = kernel
    return out


def moved(kernel):
    """A kernel for the pixels 0, 1, 2 as one for -1, 0, 1; what it wants of pixel 2 it takes from 1."""
    for axis in (2, 3):
        first, second, third = kernel.unbind(axis)
        kernel = torch.stack([torch.zeros_like(first), first, second + third], axis)
    return kernel


def differences(x):
    """Differences between neighbours in time, height and width of [B, 3, F, H, W]."""
    return x[:, :, 1:] - x[:, :, :-1], x[..., 1:, :] - x[..., :-1, :], x[..., 1:] - x[..., :-1]


def distance(y, x):
    """L1, L1 of all differences, and squared error."""
    steps = sum((a - b).abs().mean() for a, b in zip(differences(y), differences(x)))
    return (y - x).abs().mean() + steps + ((y - x) ** 2).mean()


def losses(vae, x, noise, wanted, tail):
    """Returns what to minimise and the squared error. `wanted` are picture latents [B, C, f, h, w] of the frames 4k, to stay near.

    `tail` is how many of the last latents are decoded once more as a clip of their own, or 0: diffusers decodes 17 frames in
    two overlapping pieces, the second of which begins in the middle.
    """
    with models.autocast(x.device.type):
        mean, log_variance = vae.quant_conv(vae.encoder(x)).chunk(2, 1)
        z = vae.post_quant_conv(mean + torch.exp(.5 * log_variance.clamp(-30, 20)) * noise)
        y = vae.decoder(z).float()
        end = vae.decoder(z[:, :, -tail:]).float()[:, :, 1:] if tail else None
    mean, log_variance = mean.float(), log_variance.float().clamp(-30, 20)
    kl = .5 * (mean ** 2 + log_variance.exp() - 1 - log_variance).mean()
    tie = ((mean - wanted) ** 2).mean()
    loss = distance(y, x) + KL_WEIGHT * kl + TIE_WEIGHT * tie
    if tail:
        loss = loss + distance(end, x[:, :, -end.shape[2]:])
    return loss, ((y - x) ** 2).mean().detach()


class Pool:
    """Clips painted beforehand at 128 and 64 px, as bytes; batches are crops of the first or the second whole."""

    def __init__(self, maker, film, count, rng):
        self._rng = rng
        clips = [maker.draw(rng) for _ in range(count)]
        self._whole = [torch.cat([bytes_of(film.film(clips[i:i + 8], side)) for i in range(0, count, 8)]) for side in (128, 64)]

    def batch(self, size):
        out = []
        while len(out) < size:
            pool = self._whole[self._rng.random() < .35]
            x, y = self._rng.integers(0, pool.shape[-1] - CROP + 1, 2)
            crop = pool[int(self._rng.integers(len(pool))), ..., y:y + CROP, x:x + CROP]
            if crop.float().std((1, 2, 3)).max() < 12 and self._rng.random() < .8:
                continue  # mostly background
            out.append(crop.flip(-1) if self._rng.random() < .5 else crop)
        return torch.stack(out).float() / 127.5 - 1


def bytes_of(pictures):
    return ((pictures + 1) * 127.5).round().to(torch.uint8)


@torch.no_grad()
def still_latents(flat, x):
    """The picture latents of every fourth frame, [B, C, f, h, w], without the shift."""
    frames = x[:, :, ::4].transpose(1, 2).flatten(0, 1)
    with models.autocast(x.device.type):
        mean = flat.encode(frames).latent_dist.mean.float() - flat.config.shift_factor
    return mean.unflatten(0, (len(x), -1)).transpose(1, 2)


class Trainer:
    """The autoencoder in training and all of the state that a checkpoint keeps."""

    def __init__(self, flat, rate, seed, device):
        torch.manual_seed(seed)
        self.vae, self._flat, self._device, self.step = inflate(flat).to(device).train(), flat, device, 0
        named = [(name, p) for name, p in self.vae.named_parameters() if "quant_conv" not in name]
        self._named = dict(named)
        self._optimizer = Mixed(named, lambda name, p: p.ndim >= 2 and p.shape[0] >= 8, rate, adam_part=.2)
        self.average = Average(named, .99)
        self._losses = losses

    def keep_latents(self):
        """Trains the decoder alone from here on, so that clips encoded already stay valid."""
        self.vae.encoder.requires_grad_(False)

    def compile(self):
        self._losses = torch.compile(losses, dynamic=False)

    def save(self, folder, budget):
        weights = {f"weights.{name}": p.detach() for name, p in self._named.items()}
        average = {f"average.{name}": value for name, value in self.average.values.items()}
        optimizer = {f"optimizer.{name}": value for name, value in self._optimizer.state().items()}
        checkpoint.save(folder, weights | average | optimizer, {"step": self.step, "minutes": budget.used})

    @torch.no_grad()
    def restore(self, tensors, progress):
        for kind, values in (("weights.", self._named), ("average.", self.average.values)):
            for name, value in checkpoint.under(tensors, kind).items():
                values[name].copy_(value)
        self._optimizer.restore(checkpoint.under(tensors, "optimizer."))
        self.step = self.average.steps = progress["step"]

    def train_step(self, x, progress):
        """One step on clips [B, 3, 17, s, s]; returns the loss and the squared error."""
        side, latent_frames = x.shape[-1] // 8, (FRAMES - 1) // 4 + 1
        noise = torch.randn(len(x), CHANNELS, latent_frames, side, side, device=self._device)
        loss, squared = self._losses(self.vae, x, noise, still_latents(self._flat, x), 2 if self.step % 3 == 0 else 0)
        loss.backward()
        self._optimizer.step(warm_then_linear(self.step, progress, warm=20), clip=0)
        self.average.update()
        self.step += 1
        return loss.detach(), squared


def train(trainer, pool, batch, budget, state_folder, device, log=print):
    """Trains until the budget is spent or the process is asked to end (SIGTERM); keeps the state in `state_folder`."""
    squares, asked, saved = [], [], budget.used
    signal.signal(signal.SIGTERM, lambda *_: asked.append(True))
    while not budget.spent and not asked:
        loss, squared = trainer.train_step(pool.batch(batch).to(device), budget.progress)
        squares.append(squared)
        if trainer.step % 20 == 0:
            psnr = 10 * math.log10(4 / torch.stack(squares).mean().item())
            log(f"step {trainer.step}, {budget.used:.1f} min, {psnr:.2f} dB, loss {loss.item():.4f}")
            squares = []
        if budget.used - saved >= 3:
            trainer.save(state_folder, budget)
            saved = budget.used
    trainer.save(state_folder, budget)


def write(trainer, folder):
    """Writes the averaged weights; the scale of the latents stays that of emoji-flux's, which they are tied to."""
    trainer.average.swap()
    trainer.vae.save_pretrained(folder)
    trainer.average.swap()


@torch.no_grad()
def reconstruction(vae, maker, film, resolution, count, seed):
    """Returns PSNR in dB [count] of decoding the encoding of clips, decoded as diffusers does, in two pieces."""
    rng, values = np.random.default_rng(seed + 5000), []
    for _ in range(count):
        x = film.film([maker.draw(rng)], resolution)
        with models.autocast(x.device.type):
            y = vae.decode(vae.encode(x).latent_dist.mean).sample.float().clamp(-1, 1)
        values.append(10 * math.log10(4 / F.mse_loss(y, x).item()))
    return values
