"""Trains the transformer and the T5 encoder, and where asked CLIP, on latents, by flow matching."""
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F

from . import checkpoint, models
from .budget import warm_then_linear
from .optimizers import Average, Mixed

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden"))
from flux_reference import image_ids, pack, shift_sigma  # noqa: E402


@dataclass(frozen=True)
class Settings:
    """What a run does; see the command line's help for each."""

    resolutions: dict  # pixels: (share of the steps, batch size)
    rate: float = 2e-3
    caption_dropout: float = .1
    pooled_dropout: float = 0.0
    average_decay: float = .998
    guidance: float = 1.0
    guided_from: float = .4
    hold: float = .3
    clip: bool = False
    float32: bool = False
    save_minutes: float = 3.0
    seed: int = 0


def training_shift(resolution):
    """Larger pictures are trained at noisier levels: 1 at 128 px, 1.8 at 256, 3.2 at 512."""
    return 1.8 ** torch.log2(torch.tensor(resolution / 128.0)).item()


def is_matrix(name, p):
    """Muon's: the matrices of both models' blocks, but no modulation, embedding or output."""
    return p.ndim == 2 and ("transformer_blocks" in name and "norm" not in name or
                            "text_encoder_2.encoder.block" in name and "relative" not in name)


class Trainer:
    """Holds the models and all of the state that a checkpoint keeps."""

    def __init__(self, parts, tokenizers, settings, device):
        self.transformer, self.clip, self.t5 = parts
        self._tokenizers, self._settings, self._device = tokenizers, settings, device
        learning = {"transformer": self.transformer, "text_encoder_2": self.t5}
        if settings.clip:
            learning["text_encoder"] = self.clip
        else:
            self.clip.requires_grad_(False).eval()
        self._begin([(f"{part}.{name}", p) for part, model in learning.items() for name, p in model.named_parameters()],
                    is_matrix)
        self._empty = tokenizers.ids([""])

    def _begin(self, named, muons):
        """Makes what trains the parameters `named`, those by Muon that `muons` tells, and counts from 0."""
        s = self._settings
        self._named = dict(named)
        self.optimizer = Mixed(named, muons, s.rate)
        self.average = Average(named, s.average_decay)
        self._generator = torch.Generator().manual_seed(s.seed)
        self._noise = torch.Generator(self._device).manual_seed(s.seed)
        self.step, self.seen = 0, 0
        self._velocity = self.transformer

    def _pick(self):
        """Returns the resolution of the next batch, drawn by the shares, and its size."""
        s = self._settings
        shares = torch.tensor([float(share) for share, _ in s.resolutions.values()])
        resolution = list(s.resolutions)[int(torch.multinomial(shares, 1, generator=self._generator))]
        return resolution, s.resolutions[resolution][1]

    def _learn(self, v, target, progress):
        """Moves the parameters toward `target` [B, ...] and the averages toward them; returns the loss."""
        loss = F.mse_loss(v, target)
        loss.backward()
        self.optimizer.step(warm_then_linear(self.step, progress, hold=self._settings.hold))
        self.average.update()
        self.step, self.seen = self.step + 1, self.seen + len(v)
        return loss.detach()

    def compile(self):
        self._velocity = torch.compile(self.transformer, dynamic=False)

    def state(self):
        weights = {f"weights.{name}": p.detach() for name, p in self._named.items()}
        average = {f"average.{name}": value for name, value in self.average.values.items()}
        return weights | average | {f"optimizer.{name}": value for name, value in self.optimizer.state().items()}

    def carried(self):
        """The averages alone in bfloat16: what fits where the whole state does not."""
        return {f"average.{name}": value.bfloat16() for name, value in self.average.values.items()}

    @torch.no_grad()
    def restore(self, tensors, progress):
        average = checkpoint.under(tensors, "average.")
        weights = checkpoint.under(tensors, "weights.") or average
        for name, p in self._named.items():
            p.copy_(weights[name])
            self.average.values[name].copy_(average[name])
        self.optimizer.restore(checkpoint.under(tensors, "optimizer."))
        self.step, self.seen, self.average.steps = progress["step"], progress["seen"], progress["step"]
        self._generator.manual_seed(self._settings.seed + self.step)
        self._noise.manual_seed(self._settings.seed + self.step)

    def _texts(self, captions, dropped, unpooled):
        """Token ids of both encoders; `dropped` captions are empty to both, `unpooled` ones to CLIP."""
        clip_ids, t5_ids = self._tokenizers.ids(captions)
        clip_ids[dropped | unpooled], t5_ids[dropped] = self._empty[0], self._empty[1]
        return clip_ids.to(self._device), t5_ids.to(self._device)

    def _forward(self, transformer, ids, noisy, levels, grid):
        pooled = self.clip(input_ids=ids[0]).pooler_output
        sequence = self.t5(input_ids=ids[1]).last_hidden_state
        return transformer(
            hidden_states=noisy, timestep=levels, guidance=None, pooled_projections=pooled, encoder_hidden_states=sequence,
            txt_ids=torch.zeros(sequence.shape[1], 3, device=self._device), img_ids=grid, return_dict=False)[0]

    def guidance_part(self, progress):
        """w of the guided target, 1 - 1/scale, growing from 0 over a tenth of the budget."""
        s = self._settings
        return (1 - 1 / s.guidance) * min(1.0, max(0.0, (progress - s.guided_from) / .1))

    def train_step(self, source, progress):
        """One step on a batch of one resolution; returns the loss.

        With `guidance` above 1 the target becomes v + w (v(caption) - v(no caption)), both by the model itself: its plain
        forward then learns what true guidance of that scale gives, for one forward's price. Source: arXiv 2502.12154.
        """
        s, g, device = self._settings, self._generator, self._device
        resolution, size = self._pick()
        latents, captions = source.batch(resolution, size, g)
        grid = image_ids(*latents.shape[-2:]).to(device)
        clean = pack(latents.to(device))
        noise = torch.randn(clean.shape, generator=self._noise, device=device)
        levels = shift_sigma(torch.sigmoid(.4 + 1.1 * torch.randn(size, generator=g)), training_shift(resolution)).to(device)
        dropped = torch.rand(size, generator=g) < s.caption_dropout
        unpooled = torch.rand(size, generator=g) < s.pooled_dropout
        noisy = torch.lerp(clean, noise, levels[:, None, None])
        target = noise - clean
        with models.autocast(device, not s.float32):
            v = self._forward(self._velocity, self._texts(captions, dropped, unpooled), noisy, levels, grid).float()
            part = self.guidance_part(progress)
            if part > 0:
                with torch.no_grad():  # not compiled: the number of captioned pictures changes
                    told = (~dropped).nonzero()[:, 0].to(device)
                    empty = tuple(ids.expand(len(told), -1).to(device) for ids in self._empty)
                    without = self._forward(self.transformer, empty, noisy[told], levels[told], grid).float()
                    target = target.index_add(0, told, part * (v.detach()[told] - without))
        return resolution, self._learn(v, target, progress)

    def save_models(self, folder):
        """Writes what was trained, averaged, as diffusers parts."""
        self.average.swap()
        self.transformer.save_pretrained(f"{folder}/transformer")
        self.t5.save_pretrained(f"{folder}/text_encoder_2")
        self.clip.save_pretrained(f"{folder}/text_encoder")
        self.average.swap()


def train(trainer, source, budget, state_folder, log=print):
    """Trains until the budget is spent or the process is asked to end (SIGTERM); keeps the state in `state_folder`."""
    losses, reported, saved, asked = {}, trainer.step, budget.used, []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(True))

    def keep():
        checkpoint.save(state_folder, trainer.state(), {"step": trainer.step, "seen": trainer.seen, "minutes": budget.used})

    while not budget.spent and not asked:
        resolution, loss = trainer.train_step(source, budget.progress)
        losses.setdefault(resolution, []).append(loss)
        if trainer.step - reported >= 25:
            means = ", ".join(f"{r} px {torch.stack(v).mean():.4f}" for r, v in sorted(losses.items()))
            log(f"step {trainer.step}, {trainer.seen} scenes, {budget.used:.1f} min, loss {means}")
            losses, reported = {}, trainer.step
        if budget.used - saved >= trainer._settings.save_minutes:
            keep()
            saved = budget.used
    keep()
