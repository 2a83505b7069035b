"""Trains the video transformer on latents by flow matching, with frozen text encoders."""
import torch
import torch.nn.functional as F
from emoji_flux import flux, models
from emoji_flux.flux import shift_sigma

from .transformer import is_matrix

TEXT_TOKENS = 24  # captions are padded to this, with a mask
SHIFTS = {64: 1.5, 128: 2.5}


class Trainer(flux.Trainer):
    """Holds the transformer and all of the state that a checkpoint keeps. Text states are computed once a caption."""

    def __init__(self, transformer, texts, settings, device):
        self.transformer, self._texts_of, self._settings, self._device = transformer, texts, settings, device
        self._begin([(f"transformer.{name}", p) for name, p in transformer.named_parameters()], is_matrix)
        self._states = {}

    @torch.no_grad()
    def _text(self, captions):
        """Returns states [B, 24, D], mask [B, 24], pooled states [B, D]."""
        for caption in set(captions) - self._states.keys():
            states, mask, pooled = self._texts_of.states([caption])
            room = TEXT_TOKENS - mask.shape[1]
            if room < 0:
                raise SystemExit(f"{caption!r} has {mask.shape[1]} tokens, more than {TEXT_TOKENS}; raise TEXT_TOKENS")
            self._states[caption] = (F.pad(states[0], (0, 0, 0, room)), F.pad(mask[0], (0, room)), pooled[0])
        return [torch.stack(part).to(self._device) for part in zip(*(self._states[c] for c in captions))]

    def _forward(self, text, noisy, levels):
        states, mask, pooled = text
        return self._velocity(
            hidden_states=noisy, timestep=levels * 1000, encoder_hidden_states=states, encoder_attention_mask=mask,
            pooled_projections=pooled, return_dict=False)[0]

    def train_step(self, source, progress):
        """One step on a batch of one resolution; returns the loss. The guided target is that of emoji_flux.flux."""
        s, g, device = self._settings, self._generator, self._device
        resolution, size = self._pick()
        latents, captions = source.batch(resolution, size, g)
        clean = latents.to(device)
        noise = torch.randn(clean.shape, generator=self._noise, device=device)
        levels = shift_sigma(torch.sigmoid(.4 + 1.1 * torch.randn(size, generator=g)), SHIFTS[resolution]).to(device)
        dropped = torch.rand(size, generator=g) < s.caption_dropout
        noisy = torch.lerp(clean, noise, levels[:, None, None, None, None])
        target = noise - clean
        text = self._text(["" if gone else caption for caption, gone in zip(captions, dropped)])
        with models.autocast(device):
            v = self._forward(text, noisy, levels).float()
            part = self.guidance_part(progress)
            if part > 0:
                with torch.no_grad():
                    without = self._forward(self._text([""] * size), noisy, levels).float()
                told = (~dropped).float().to(device)[:, None, None, None, None]
                target = target + part * told * (v.detach() - without)
        return resolution, self._learn(v, target, progress)

    def save_models(self, folder):
        """Writes the averaged transformer."""
        self.average.swap()
        self.transformer.save_pretrained(f"{folder}/transformer")
        self.average.swap()
