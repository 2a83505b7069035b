"""Bottleneck sampling on a diffusers FLUX.2-klein folder: the oracle the Java program is checked against.

As flux_reference.py, with Flux2KleinPipeline's own guidance, against the empty prompt: a `guidance` of 1 is none. Latents are those of the
transformer, [1, C, h, w]; noise is drawn as the pipeline draws it, with the cells of a token as channels.
"""
import torch
from diffusers import Flux2KleinPipeline

from flux_reference import Result, resize, sample

patchify, unpatchify = Flux2KleinPipeline._patchify_latents, Flux2KleinPipeline._unpatchify_latents


def statistics(pipe):
    """Returns mean and deviation of the values of a token."""
    bn = pipe.vae.bn
    return bn.running_mean.view(1, -1, 1, 1), torch.sqrt(bn.running_var.view(1, -1, 1, 1) + pipe.vae.config.batch_norm_eps)


def of_model(pipe, own):
    """Brings the autoencoder's latents, which the pipeline returns, to the transformer's."""
    mean, std = statistics(pipe)
    return unpatchify((patchify(own) - mean) / std)


def to_picture(pipe, latents):
    """Decodes the transformer's latents to uint8 [H, W, 3], rounding half to even."""
    mean, std = statistics(pipe)
    image = pipe.vae.decode(unpatchify(patchify(latents) * std + mean), return_dict=False)[0]
    return ((image / 2 + 0.5).clamp(0, 1) * 255).round().byte()[0].permute(1, 2, 0).numpy()


def velocity_model(pipe, prompt, guidance, max_length):
    """Returns f(latents [1, C, h, w], sigma) -> velocity, and a function that counts the forwards so far."""
    calls = []
    texts = [pipe.encode_prompt(text, max_sequence_length=max_length) for text in (prompt, "")]

    def forward(text, x, sigma):
        calls.append(sigma)
        patches = patchify(x)
        tokens = pipe.transformer(
            hidden_states=pipe._pack_latents(patches), timestep=torch.tensor([float(sigma)]), guidance=None,
            encoder_hidden_states=text[0], txt_ids=text[1], img_ids=pipe._prepare_latent_ids(patches), return_dict=False)[0]
        return unpatchify(tokens.permute(0, 2, 1).reshape(patches.shape))

    def model(x, sigma):
        said = forward(texts[0], x, sigma)
        if guidance > 1:
            away = forward(texts[1], x, sigma)
            said = away + guidance * (said - away)
        return said

    return model, lambda: len(calls)


@torch.no_grad()
def run(pipe, prompt, stages, seed, guidance=1.0, resampler="lanczos", max_length=512, rounding="img2img", renoise=True):
    """Samples `stages` (Stage or tuples) and returns a Result."""
    model, forwards = velocity_model(pipe, prompt, guidance, max_length)
    generator = torch.Generator("cpu").manual_seed(seed)
    channels = pipe.transformer.config.in_channels
    noise, clean, sigmas = sample(
        stages,
        lambda h, w: unpatchify(torch.randn((1, channels, h // 2, w // 2), generator=generator)),
        model, lambda x, h, w: resize(x, h, w, resampler), rounding, renoise)
    return Result(clean[-1], to_picture(pipe, clean[-1]), forwards(), noise, clean, sigmas)
