"""Bottleneck sampling on a diffusers HunyuanVideo folder: the oracle the Java program is checked against.

As flux_reference.py; every latent frame is resized by itself, and the number of frames is the same in all stages.
"""
import numpy as np
import torch

from flux_reference import Result, resize, sample


def resize_frames(latents, height, width, name):
    """Resizes [1, C, F, h, w], one latent frame at a time."""
    frames = [resize(frame, height, width, name) for frame in latents.unbind(2)]
    return torch.stack(frames, 2)


def to_frames(pipe, latents):
    """Decodes clean latents as the pipeline does, to uint8 [F, H, W, 3], rounding half to even."""
    video = pipe.vae.decode(latents / pipe.vae.config.scaling_factor, return_dict=False)[0].float()
    return ((video / 2 + 0.5).clamp(0, 1) * 255).round().byte()[0].permute(1, 2, 3, 0).numpy()


def velocity_model(pipe, prompt, guidance, max_length, negative, true_cfg):
    """Returns f(latents, sigma) -> velocity, and a function that counts the forwards so far."""
    calls = []

    def forward(text, x, sigma):
        calls.append(sigma)
        embeds, pooled, mask = text
        return pipe.transformer(
            hidden_states=x, timestep=torch.tensor([float(sigma) * 1000.0]), encoder_hidden_states=embeds,
            encoder_attention_mask=mask, pooled_projections=pooled, guidance=torch.tensor([guidance]) * 1000.0,
            return_dict=False,
        )[0]

    positive_text = pipe.encode_prompt(prompt=prompt, max_sequence_length=max_length)
    if negative is None or true_cfg <= 1:
        return lambda x, sigma: forward(positive_text, x, sigma), lambda: len(calls)
    negative_text = pipe.encode_prompt(prompt=negative, max_sequence_length=max_length)

    def guided(x, sigma):
        positive, unwanted = forward(positive_text, x, sigma), forward(negative_text, x, sigma)
        return unwanted + true_cfg * (positive - unwanted)

    return guided, lambda: len(calls)


@torch.no_grad()
def run(pipe, prompt, stages, frames, seed, guidance=6.0, resampler="lanczos", max_length=256, rounding="img2img",
        renoise=True, negative=None, true_cfg=1.0):
    """Samples `stages` (Stage or tuples) and returns a Result whose picture is [F, H, W, 3]."""
    model, forwards = velocity_model(pipe, prompt, guidance, max_length, negative, true_cfg)
    generator = torch.Generator("cpu").manual_seed(seed)
    channels = pipe.transformer.config.in_channels
    noise, clean, sigmas = sample(
        stages,
        lambda h, w: torch.randn((1, channels, (frames - 1) // 4 + 1, h, w), generator=generator),
        model, lambda x, h, w: resize_frames(x, h, w, resampler), rounding, renoise)
    return Result(clean[-1], to_frames(pipe, clean[-1]), forwards(), noise, clean, sigmas)
