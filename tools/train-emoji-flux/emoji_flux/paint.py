"""Paints scenes as tensors, on whatever device the sprites are."""
import torch
import torch.nn.functional as F

from .captions import COLOURS


class Painter:
    """Holds an archive's sprites as premultiplied RGBA in halving sizes, and pastes them by bilinear sampling.

    With `oversampling` 2 scenes are painted at twice their size and averaged down: smoother edges, four times the work.
    """

    SMALLEST = 32

    def __init__(self, archive, device="cpu", dtype=torch.float32, oversampling=1):
        straight = torch.from_numpy(archive.pixels).permute(0, 3, 1, 2)
        self._levels, self._device, self._dtype, self._oversampling = [], device, dtype, oversampling
        level = straight.to(device).to(torch.float16 if device != "cpu" else torch.float32) / 255
        level = torch.cat([level[:, :3] * level[:, 3:], level[:, 3:]], 1)
        while level.shape[-1] >= self.SMALLEST:
            self._levels.append(level)
            level = F.avg_pool2d(level, 2)

    def _level(self, pixels):
        """Numbers the smallest stored size that is not much below `pixels`; the largest where none is."""
        fits = [number for number, level in enumerate(self._levels) if level.shape[-1] >= pixels * .9]
        return fits[-1] if fits else 0

    def _canvas(self, scenes, side):
        colours = torch.tensor([[COLOURS[s.colours[0]], COLOURS[s.colours[-1]]] for s in scenes], dtype=self._dtype,
                               device=self._device) / 255
        canvas = colours[:, 0, :, None, None].repeat(1, 1, side, side)
        for index, scene in enumerate(scenes):
            half = colours[index, 1, :, None, None]
            if scene.split == "columns":
                canvas[index, :, :, side // 2:] = half
            elif scene.split == "rows":
                canvas[index, :, side // 2:] = half
        return canvas

    @torch.no_grad()
    def paint(self, scenes, resolution):
        """Returns the pictures [B, 3, resolution, resolution] of `scenes`, -1 to 1."""
        side = self._oversampling * resolution
        canvas = self._canvas(scenes, side)
        for slot in range(max(len(scene.items) for scene in scenes)):
            groups = {}  # scenes whose object needs the same stored size
            for index, scene in enumerate(scenes):
                if slot < len(scene.items):
                    groups.setdefault(self._level(scene.items[slot].side * side), []).append(index)
            for level, members in groups.items():
                self._paste(canvas, members, [scenes[m].items[slot] for m in members], self._levels[level])
        return F.avg_pool2d(canvas, self._oversampling).mul_(2).sub_(1)

    def _theta(self, items):
        """The affine maps [N, 2, 3] from the canvas to the sprites."""
        place = torch.tensor([[i.x, i.y, i.side] for i in items], dtype=self._dtype, device=self._device)
        x, y, size = place.unbind(1)
        theta = torch.zeros(len(items), 2, 3, dtype=self._dtype, device=self._device)
        theta[:, 0, 0] = theta[:, 1, 1] = 1 / size
        theta[:, 0, 2], theta[:, 1, 2] = (1 - 2 * x) / size, (1 - 2 * y) / size
        return theta

    def _layer(self, items, level, side):
        """The items alone, premultiplied RGBA [N, 4, side, side]."""
        grid = F.affine_grid(self._theta(items), (len(items), 4, side, side), align_corners=False)
        sprites = level[torch.tensor([i.sprite for i in items], device=self._device)].to(self._dtype)
        return F.grid_sample(sprites, grid, mode="bilinear", padding_mode="zeros", align_corners=False)

    def _paste(self, canvas, members, items, level):
        layer = self._layer(items, level, canvas.shape[-1])
        colour, alpha = layer[:, :3], layer[:, 3:]
        if any(i.tint is not None for i in items):
            tints = torch.tensor([i.tint or (0, 0, 0) for i in items], dtype=self._dtype, device=self._device) / 255
            tinted = torch.tensor([i.tint is not None for i in items], device=self._device)[:, None, None, None]
            colour = torch.where(tinted, tints[:, :, None, None] * alpha, colour)
        where = torch.tensor(members, device=self._device)
        canvas[where] = canvas[where] * (1 - alpha) + colour
