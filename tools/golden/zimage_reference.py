"""Bottleneck sampling on a diffusers Z-Image folder: the oracle the Java program is checked against.

As flux_reference.py, with ZImagePipeline's own guidance: `guidance` 0 is none, which is a true_cfg_scale of 1.
"""
import torch

from flux_reference import Result, resize, sample, to_picture


def velocity_model(pipe, prompt, negative, guidance, max_length):
    """Returns f(latents [1, C, h, w], sigma) -> velocity, and a function that counts the forwards so far."""
    calls = []
    positive, unwanted = pipe.encode_prompt(
        prompt=prompt, negative_prompt=negative, do_classifier_free_guidance=guidance > 0, max_sequence_length=max_length)

    def forward(text, x, sigma):
        calls.append(sigma)
        time = torch.tensor([1 - float(sigma)])
        return pipe.transformer([x[0].unsqueeze(1)], time, text, return_dict=False)[0][0].squeeze(1)[None].float()

    def model(x, sigma):
        said = forward(positive, x, sigma)
        if guidance > 0:
            said = said + guidance * (said - forward(unwanted, x, sigma))
        return -said

    return model, lambda: len(calls)


@torch.no_grad()
def run(pipe, prompt, stages, seed, guidance=0.0, resampler="lanczos", max_length=512, rounding="img2img", renoise=True,
        negative=None):
    """Samples `stages` (Stage or tuples) and returns a Result."""
    model, forwards = velocity_model(pipe, prompt, negative, guidance, max_length)
    generator = torch.Generator("cpu").manual_seed(seed)
    channels = pipe.transformer.config.in_channels
    noise, clean, sigmas = sample(
        stages,
        lambda h, w: torch.randn((1, channels, h, w), generator=generator),
        model, lambda x, h, w: resize(x, h, w, resampler), rounding, renoise)
    return Result(clean[-1], to_picture(pipe, clean[-1]), forwards(), noise, clean, sigmas)
