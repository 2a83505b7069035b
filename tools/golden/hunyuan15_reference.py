"""Bottleneck sampling on a diffusers HunyuanVideo-1.5 folder: the oracle the Java program is checked against.

As hunyuan_reference.py, with the guider's guidance: `true_cfg` 1 is none.
"""
import torch

from flux_reference import Result, Stage, sample
from hunyuan_reference import resize_frames, to_frames


def velocity_model(pipe, prompt, negative, true_cfg):
    """Returns f(latents, sigma) -> velocity, and a function that counts the forwards so far."""
    calls = []
    image = torch.zeros(1, pipe.vision_num_semantic_tokens, pipe.vision_states_dim)

    def forward(text, x, sigma):
        calls.append(sigma)
        states, mask, glyphs, glyph_mask = text
        picture, place = pipe.prepare_cond_latents_and_mask(x, x.dtype, x.device)
        return pipe.transformer(
            hidden_states=torch.cat([x, picture, place], 1), image_embeds=image, timestep=torch.tensor([float(sigma) * 1000.0]),
            encoder_hidden_states=states, encoder_attention_mask=mask, encoder_hidden_states_2=glyphs,
            encoder_attention_mask_2=glyph_mask, return_dict=False)[0]

    positive_text = pipe.encode_prompt(prompt=prompt)
    if true_cfg <= 1:
        return lambda x, sigma: forward(positive_text, x, sigma), lambda: len(calls)
    negative_text = pipe.encode_prompt(prompt=negative)

    def guided(x, sigma):
        positive, unwanted = forward(positive_text, x, sigma), forward(negative_text, x, sigma)
        return unwanted + true_cfg * (positive - unwanted)

    return guided, lambda: len(calls)


@torch.no_grad()
def run(pipe, prompt, stages, frames, seed, resampler="lanczos", rounding="img2img", renoise=True, negative="", true_cfg=1.0):
    """Samples `stages` (Stage or tuples) and returns a Result whose picture is [F, H, W, 3]."""
    model, forwards = velocity_model(pipe, prompt, negative, true_cfg)
    generator = torch.Generator("cpu").manual_seed(seed)
    cell, channels = pipe.vae_scale_factor_spatial, pipe.num_channels_latents
    latent_frames = (frames - 1) // pipe.vae_scale_factor_temporal + 1
    # `sample` takes cells of 8 pixels.
    scaled = [Stage(*stage)._replace(width=stage[0] // cell * 8, height=stage[1] // cell * 8) for stage in stages]
    noise, clean, sigmas = sample(
        scaled,
        lambda h, w: torch.randn((1, channels, latent_frames, h, w), generator=generator),
        model, lambda x, h, w: resize_frames(x, h, w, resampler), rounding, renoise)
    return Result(clean[-1], to_frames(pipe, clean[-1]), forwards(), noise, clean, sigmas)
