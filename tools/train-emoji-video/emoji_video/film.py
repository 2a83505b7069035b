"""Paints clips as tensors."""
import math

import torch
from emoji_flux.paint import Painter

from .clips import FRAMES


class Film(Painter):
    """A painter whose objects may be turned and faint."""

    def _theta(self, items):
        theta = super()._theta(items)
        turn = torch.tensor([math.radians(i.angle) for i in items], dtype=self._dtype, device=self._device)
        rotation = torch.stack([torch.stack([turn.cos(), turn.sin()], 1), torch.stack([-turn.sin(), turn.cos()], 1)], 1)
        return rotation @ theta

    def _layer(self, items, level, side):
        opacity = torch.tensor([i.opacity for i in items], dtype=self._dtype, device=self._device)
        return super()._layer(items, level, side) * opacity[:, None, None, None]

    def film(self, clips, resolution):
        """Returns clips [B, 3, 17, resolution, resolution], -1 to 1."""
        frames = self.paint([frame for clip in clips for frame in clip.frames], resolution)
        return frames.unflatten(0, (len(clips), FRAMES)).transpose(1, 2).contiguous()
