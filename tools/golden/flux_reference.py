"""Bottleneck sampling on a diffusers FLUX folder: the oracle the Java program is checked against.

The algorithm is arXiv 2503.18940. State is float32; noise is one torch CPU generator drawn once per stage, at the
stage's unpacked latent shape. Every stage runs down to sigma 0 and hands over clean, unpacked latents.

`python flux_reference.py FOLDER PROMPT SEED OUT.png '[[1024, 1024, 6, 1, 9], ...]' [MAX_SEQUENCE_LENGTH]`, each stage
being width, height, steps, strength, shift.
"""
import json
import sys
from typing import NamedTuple

import numpy as np
import torch
from diffusers import FluxPipeline, UniPCMultistepScheduler
from PIL import Image

import caches_reference as caches

FILTERS = {"lanczos": Image.LANCZOS, "bicubic": Image.BICUBIC, "bilinear": Image.BILINEAR, "nearest": Image.NEAREST}


class Stage(NamedTuple):
    """One size of a plan: pixels, steps N, strength w in (0, 1], shift s."""

    width: int
    height: int
    steps: int
    strength: float
    shift: float


class Result(NamedTuple):
    """Clean latents [1, C, h, w], picture [H, W, 3] uint8, and of each stage: noise, the latents it hands over, sigmas, what
    each step cost (full, partial or skipped), how far the decision nearest to another was from it, relatively."""

    latents: torch.Tensor
    picture: np.ndarray
    forwards: int
    noise: list
    clean: list
    sigmas: list
    computed: list = ()
    margins: list = ()


def shift_sigma(t, s):
    """Paper Eq. 9."""
    return s * t / (1 + (s - 1) * t)


def start_index(steps, strength, rounding="img2img"):
    """Returns the first executed step: as diffusers' flow img2img pipelines do, or with N times w rounded down."""
    if rounding == "img2img":
        return int(max(steps - min(steps * strength, steps), 0))
    return steps - int(np.floor(steps * strength + 1e-9))


def schedule(steps, strength, shift, rounding="img2img", terminal=0.0):
    """Returns the executed sigmas, the last of them 0; with a `terminal`, the last but one is that, as diffusers' scheduler does."""
    sigmas = shift_sigma(np.linspace(1.0, 1.0 / steps, steps), shift)
    if terminal:
        sigmas = 1 - (1 - sigmas) * (1 - terminal) / (1 - sigmas[-1])
    return np.append(sigmas, 0.0)[start_index(steps, strength, rounding):]


def ralu_schedule(steps, strength, shift, rounding="img2img"):
    """Returns as many steps as `schedule`, evenly spaced before the shift from the strength itself to 0.

    RALU, arXiv 2507.08422: even between a stage's two ends in unshifted time. The ends are free; ours are w and 0.
    """
    n = steps - start_index(steps, strength, rounding)
    return shift_sigma(np.linspace(strength, 0.0, n + 1), shift)


def left(stages, strength):
    """Returns the stages that a picture of this strength runs: from the last one of at least it, begun there."""
    begin = max(index for index, stage in enumerate(stages) if stage.strength >= strength)
    return [stages[begin]._replace(strength=strength), *stages[begin + 1:]]


def dct_hand_over(latents, eps, t):
    """Returns noisy latents [1, C, h, w] at level `t`, brought to the larger size of the noise `eps`, and their new level.

    SPEED (Spectral Progressive Diffusion), Eqs. 5 and 6: what the smaller size had no waves for is noise.
    """
    (h, w), ratio = latents.shape[-2:], eps.shape[-1] / latents.shape[-1]
    assert ratio > 1 and eps.shape[-2] == ratio * h, "dct hands over to a larger size of the same shape"
    waves = t * eps.double()
    waves[..., :h, :w] = caches.dct(latents)
    kappa = ratio / (1 + (ratio - 1) * t)
    return (kappa * caches.inverse_dct(waves)).float(), t * kappa


def resize(latents, height, width, name):
    """Resizes [1, C, h, w] float32, one channel at a time, with Pillow's float filters."""
    planes = [Image.fromarray(plane.numpy()).resize((width, height), FILTERS[name]) for plane in latents[0]]
    return torch.from_numpy(np.stack([np.asarray(plane) for plane in planes]))[None]


def euler(stage, rounding, terminal):
    """Returns the levels of a stage, those that the model is told, and step(i, latents, velocity) -> the next latents."""
    levels = schedule(stage.steps, stage.strength, stage.shift, rounding, terminal)
    return levels, levels[:-1], lambda i, x, v: x + float(levels[i + 1] - levels[i]) * v


def unipc(stage, rounding, terminal):
    """The same of diffusers' own UniPC, made anew for the stage and begun at its first step, as pipelines of img2img do."""
    scheduler = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=stage.shift)
    scheduler.set_timesteps(stage.steps)
    first = start_index(stage.steps, stage.strength, rounding)
    scheduler.set_begin_index(first)
    times = scheduler.timesteps[first:]
    levels = scheduler.sigmas[first:].double().numpy()
    return levels, times.double().numpy() / 1000, lambda i, x, v: scheduler.step(v, times[i], x, return_dict=False)[0]


def sample(stages, draw, model, resized, rounding="img2img", renoise=True, terminal=0.0, solver=euler):
    """Samples `stages` (Stage or tuples) without caches, and returns noise, clean latents and sigmas of each.

    Of functions: draw(h, w) -> noise, model(latents, sigma) -> velocity, resized(latents, h, w) -> latents.
    """
    noise, clean, sigmas = [], [], []
    for stage in (Stage(*stage) for stage in stages):
        h, w = stage.height // 8, stage.width // 8
        eps = draw(h, w)
        levels, told, step = solver(stage, rounding, terminal)
        if not clean:
            x = eps
        else:
            start = resized(clean[-1], h, w)
            x = (1 - levels[0]) * start + levels[0] * eps if renoise else start
        x = x.float()
        for i, sigma in enumerate(told):
            x = step(i, x, model(x, sigma))
        noise.append(eps)
        clean.append(x)
        sigmas.append(levels.tolist())
    return noise, clean, sigmas


def pack(x):
    """[B, C, h, w] to [B, h/2 w/2, 4 C]."""
    b, c, h, w = x.shape
    return x.view(b, c, h // 2, 2, w // 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(b, (h // 2) * (w // 2), c * 4)


def unpack(x, h, w):
    """[B, h/2 w/2, 4 C] to [B, C, h, w]."""
    b, _, d = x.shape
    return x.view(b, h // 2, w // 2, d // 4, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(b, d // 4, h, w)


def image_ids(h, w):
    """Returns the position ids [h/2 w/2, 3] of packed latents: 0, row, column."""
    ids = torch.zeros(h // 2, w // 2, 3)
    ids[..., 1] += torch.arange(h // 2)[:, None]
    ids[..., 2] += torch.arange(w // 2)[None]
    return ids.reshape(-1, 3)


def to_picture(pipe, latents):
    """Decodes clean latents to uint8 [H, W, 3], rounding half to even."""
    z = latents / pipe.vae.config.scaling_factor + pipe.vae.config.shift_factor
    image = pipe.vae.decode(z.to(pipe.vae.dtype), return_dict=False)[0].float()
    return ((image / 2 + 0.5).clamp(0, 1) * 255).round().byte()[0].permute(1, 2, 0).numpy()


def velocity_models(pipe, prompt, guidance, max_length, negative, true_cfg):
    """Returns the texts that a step asks for, [(embeds, pooled, text ids)], and what makes one velocity of theirs."""
    texts = [pipe.encode_prompt(prompt=prompt, prompt_2=None, max_sequence_length=max_length)]
    if negative is None or true_cfg <= 1:
        return texts, lambda velocities: velocities[0]
    texts.append(pipe.encode_prompt(prompt=negative, prompt_2=None, max_sequence_length=max_length))
    return texts, lambda velocities: velocities[1] + true_cfg * (velocities[0] - velocities[1])


def seen_ids(ids, reference):
    """Returns position ids with those of a reference's latents [1, C, h, w] after them, as FluxKontextPipeline has them."""
    if reference is None:
        return ids
    behind = image_ids(*reference.shape[-2:])
    behind[..., 0] = 1
    return torch.cat([ids, behind])


def stage_model(pipe, texts, combine, guidance, h, w, steps, cache, text_bias, seen):
    """Returns step(i, x, sigma) -> velocity and what it cost, and the caches in it, for packed latents of `h` x `w`.

    `seen` is what the model sees beside them: latents that are joined as channels, and those of a reference, or None.
    """
    channels, reference = seen
    transformer, ids = pipe.transformer, seen_ids(image_ids(h, w), reference)
    scale = torch.tensor([guidance]) if transformer.config.guidance_embeds else None
    networks = [caches.Network(transformer, text, scale, ids, text_bias) for text in texts]

    def forward(text, x, sigma):
        embeds, pooled, text_ids = text
        tokens = x.shape[1]
        if channels is not None:
            x = torch.cat([x, pack(channels)], dim=2)
        if reference is not None:
            x = torch.cat([x, pack(reference)], dim=1)
        return transformer(
            hidden_states=x.to(transformer.dtype),
            timestep=torch.tensor([sigma], dtype=transformer.dtype),
            guidance=scale,
            pooled_projections=pooled,
            encoder_hidden_states=embeds,
            txt_ids=text_ids,
            img_ids=ids,
            return_dict=False,
        )[0][:, :tokens].float()

    def model(x, sigma):
        if text_bias:
            return combine([network.velocity(x, sigma) for network in networks])
        return combine([forward(text, x, sigma) for text in texts])

    if cache is None:
        return lambda _i, x, sigma: (model(x, sigma), "full"), []
    if not caches.in_branches(cache):
        stage = caches.of_velocity(cache, model, steps, lambda v: unpack(v, h, w), pack)
        return stage.step, [stage]
    branches = [caches.of_network(cache, network, steps, h // 2, w // 2) for network in networks]

    def step(i, x, sigma):
        velocities, words = zip(*(branch.step(i, x, sigma) for branch in branches))
        assert len(set(words)) == 1, "the two forwards cost differently"
        return combine(velocities), words[0]

    return step, branches


def tile_places(length, tile):
    """Returns (start, weights) of tiles along an axis: as few as overlap by a quarter, evenly spread from even cells.

    MultiDiffusion, arXiv 2302.08113, Eq. 5, with weights that fall over a quarter toward edges inside the picture.
    """
    size = min(tile, length)
    count = 1 + max(0, int(np.ceil((length - tile) / (tile - tile // 4))))
    places = []
    for i in range(count):
        k = np.arange(size) + 0.5
        before = np.ones(size) if i == 0 else np.minimum(1, k / (tile / 4))
        after = np.ones(size) if i == count - 1 else np.minimum(1, (size - k) / (tile / 4))
        start = 0 if count == 1 else 2 * int(np.floor(i * (length - size) / (count - 1) / 2 + 0.5))
        places.append((start, torch.from_numpy(before * after)))
    return places


def in_tiles(step, h, w, tile):
    """Returns the step of latents that the model sees in tiles, `step` being that of a tile."""

    def whole(i, x, sigma):
        latents, total, weight = unpack(x, h, w), 0, 0
        for top, rows in tile_places(h, tile):
            for left_side, columns in tile_places(w, tile):
                part = latents[:, :, top:top + len(rows), left_side:left_side + len(columns)]
                velocity, word = step(i, pack(part), sigma)
                mask = torch.zeros(h, w, dtype=torch.float64)
                mask[top:top + len(rows), left_side:left_side + len(columns)] = rows[:, None] * columns[None]
                placed = torch.zeros(latents.shape, dtype=torch.float64)
                placed[:, :, top:top + len(rows), left_side:left_side + len(columns)] = unpack(velocity, len(rows), len(columns))
                total, weight = total + mask * placed, weight + mask
        return pack((total / weight).float()), word

    return whole


@torch.no_grad()
def run(pipe, prompt, stages, seed, guidance=3.5, resampler="lanczos", max_length=512, rounding="img2img", renoise=True,
        negative=None, true_cfg=1.0, cache=None, grid="uniform", until=None, amplify=0.0, generator=None, given=None,
        mask=None, see=None, tile=None):
    """Samples `stages` (Stage or tuples) and returns a Result. True guidance needs `negative` and `true_cfg` > 1.

    `cache` is a spelling (see caches_reference), a list of one or None for each stage, or None. `grid` is uniform or ralu.
    `until` lists a level or None for each stage: there it stops and hands over its noisy latents, by dct_hand_over.
    `amplify` scales Jenga's text amplifier (arXiv 2505.16864): in stages of fewer image tokens than the last has, image
    tokens attend more to the text, as if it were as many times more as the square root of the ratio says.
    `given` are clean latents that the first stage starts from, `generator` one that was drawn from before; where `mask`
    [1, 1, H, W] is 0 they are put back after each step, as noisy as it is, as FluxInpaintPipeline does.
    `see(h, w, generator)` returns what the model sees beside latents of that size, see stage_model; it is asked of all sizes
    once the first noise is drawn. `tile` is the side in cells of the tiles in which the model sees larger stages.
    """
    stages = [Stage(*stage) for stage in stages]
    spelled = cache if isinstance(cache, list) else [cache] * len(stages)
    texts, combine = velocity_models(pipe, prompt, guidance, max_length, negative, true_cfg)
    generator = generator or torch.Generator("cpu").manual_seed(seed)
    latents, level, noise, clean, sigmas, computed, margins = None, 0.0, [], [], [], [], []
    for index, stage in enumerate(stages):
        h, w = stage.height // 8, stage.width // 8
        eps = torch.randn((1, pipe.vae.config.latent_channels, h, w), generator=generator)
        if see is not None and index == 0:
            sizes = dict.fromkeys((stage.height // 8, stage.width // 8) for stage in stages)
            seen = {size: see(*size, generator) for size in sizes}
        levels = {"uniform": schedule, "ralu": ralu_schedule}[grid](stage.steps, stage.strength, stage.shift, rounding)
        if given is not None and index == 0:
            x = (1 - levels[0]) * resize(given, h, w, resampler) + levels[0] * eps
        elif latents is None:
            x = eps * levels[0]
        elif level > 0:
            x, level = dct_hand_over(latents, eps, level)
            levels = np.append(level, levels[levels < level])
        else:
            resized = resize(latents, h, w, resampler)
            x = (1 - levels[0]) * resized + levels[0] * eps if renoise else resized
        level = until[index] or 0.0 if until else 0.0
        levels = np.append(levels[levels > level], level)
        ratio = h * w / (stages[-1].height // 8 * (stages[-1].width // 8))
        bias = -amplify * np.log(np.sqrt(ratio)) if ratio < 1 else 0.0
        seen_h, seen_w = min(h, tile or h), min(w, tile or w)
        step, inside = stage_model(pipe, texts, combine, guidance, seen_h, seen_w, len(levels) - 1, spelled[index], bias,
                                   (None, None) if see is None else seen[(h, w)])
        step = step if tile is None else in_tiles(step, h, w, tile)
        x, words = pack(x.float()), []
        kept = None if mask is None else resize(given, h, w, resampler)
        free = None if mask is None else pack(torch.nn.functional.interpolate(mask, size=(h, w)).repeat(1, eps.shape[1], 1, 1))
        for i, (sigma, following) in enumerate(zip(levels[:-1], levels[1:])):
            velocity, word = step(i, x, sigma)
            x = x + float(following - sigma) * velocity
            if mask is not None:
                x = (1 - free) * pack((1 - following) * kept + following * eps).float() + free * x
            words.append(word)
        latents = unpack(x, h, w)
        noise.append(eps)
        clean.append(latents)
        sigmas.append(levels.tolist())
        computed.append(words)
        margins.append(min([part.margin for part in inside], default=float("inf")))
    forwards = len(texts) * sum(words.count("full") for words in computed)
    return Result(latents, to_picture(pipe, latents), forwards, noise, clean, sigmas, computed, margins)


if __name__ == "__main__":
    folder, text, seed, out, plan = sys.argv[1:6]
    flux = FluxPipeline.from_pretrained(folder, torch_dtype=torch.float32)
    result = run(flux, text, json.loads(plan), int(seed), max_length=int(sys.argv[6]) if len(sys.argv) > 6 else 512)
    Image.fromarray(result.picture).save(out)
    print(out, result.forwards, "forwards")
