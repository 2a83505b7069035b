"""Bottleneck sampling on a diffusers Wan folder: the oracle the Java program is checked against. As hunyuan_reference.py."""
import torch

import hunyuan_reference
from flux_reference import Result, euler, sample


def to_frames(pipe, latents):
    """Decodes clean latents as the pipeline does, to uint8 [F, H, W, 3], rounding half to even."""
    config = pipe.vae.config
    mean, std = (torch.tensor(values).view(1, -1, 1, 1, 1) for values in (config.latents_mean, config.latents_std))
    video = pipe.vae.decode(latents * std + mean, return_dict=False)[0].float()
    return ((video / 2 + 0.5).clamp(0, 1) * 255).round().byte()[0].permute(1, 2, 3, 0).numpy()


def velocity_model(pipe, prompt, negative, guidance, max_length, guidance_2=None, reuse=1):
    """
    Returns f(latents, sigma) -> velocity, and a function that counts the forwards so far.

    Where `reuse` is above 1, every so many steps are computed and the others take the velocity of the one before, counted
    anew in each stage and where the other transformer takes over.
    """
    calls = []
    latest = {"sigma": 0.0}
    positive, unwanted = pipe.encode_prompt(
        prompt=prompt, negative_prompt=negative, do_classifier_free_guidance=guidance > 1, max_sequence_length=max_length)

    def forward(text, x, sigma):
        calls.append(sigma)
        time = torch.tensor([float(sigma) * 1000.0])
        if pipe.config.expand_timesteps:
            time = time.expand(1, x.shape[2] * (x.shape[3] // 2) * (x.shape[4] // 2))
        return (pipe.transformer_2 if is_low(sigma) else pipe.transformer)(x, time, text, return_dict=False)[0]

    def is_low(sigma):
        return pipe.transformer_2 is not None and float(sigma) * 1000.0 < pipe.config.boundary_ratio * 1000

    def model(x, sigma):
        said = forward(positive, x, sigma)
        if guidance <= 1:
            return said
        away = forward(unwanted, x, sigma)
        scale = guidance_2 if guidance_2 is not None and is_low(sigma) else guidance
        return away + scale * (said - away)

    def reusing(x, sigma):
        if float(sigma) > latest["sigma"] or is_low(sigma) != is_low(latest["sigma"]):
            latest["step"] = 0
        if latest["step"] % reuse == 0:
            latest["velocity"] = model(x, sigma)
        latest["sigma"] = float(sigma)
        latest["step"] += 1
        return latest["velocity"]

    return reusing, lambda: len(calls)


@torch.no_grad()
def run(pipe, prompt, stages, frames, seed, guidance=5.0, resampler="lanczos", max_length=512, rounding="img2img",
        renoise=True, negative=None, guidance_2=None, reuse=1, solver=euler):
    """Samples `stages` (Stage or tuples) by a solver of flux_reference and returns a Result whose picture is [F, H, W, 3]."""
    model, forwards = velocity_model(pipe, prompt, negative, guidance, max_length, guidance_2, reuse)
    generator = torch.Generator("cpu").manual_seed(seed)
    shape = (1, pipe.transformer.config.in_channels, (frames - 1) // 4 + 1)
    noise, clean, sigmas = sample(
        stages, lambda h, w: torch.randn((*shape, h, w), generator=generator), model,
        lambda x, h, w: hunyuan_reference.resize_frames(x, h, w, resampler), rounding, renoise, solver=solver)
    return Result(clean[-1], to_frames(pipe, clean[-1]), forwards(), noise, clean, sigmas)
