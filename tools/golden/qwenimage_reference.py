"""Bottleneck sampling on a diffusers Qwen-Image folder: the oracle the Java program is checked against.

As flux_reference.py, with QwenImagePipeline's own guidance, of which a `true_cfg` of 1 is none, and with the end that its scheduler
gives every schedule.
"""
import torch

from flux_reference import Result, pack, resize, sample, unpack


def to_picture(pipe, latents):
    """Decodes clean latents to uint8 [H, W, 3], rounding half to even."""
    config = pipe.vae.config
    mean, std = (torch.tensor(values).view(1, -1, 1, 1, 1) for values in (config.latents_mean, config.latents_std))
    image = pipe.vae.decode(latents[:, :, None] * std + mean, return_dict=False)[0][:, :, 0]
    return ((image / 2 + 0.5).clamp(0, 1) * 255).round().byte()[0].permute(1, 2, 0).numpy()


def velocity_model(pipe, prompt, negative, true_cfg, max_length):
    """Returns f(latents [1, C, h, w], sigma) -> velocity, and a function that counts the forwards so far."""
    calls = []
    texts = [pipe.encode_prompt(text, max_sequence_length=max_length) for text in (prompt, negative or " ")]

    def forward(text, tokens, shape, sigma):
        calls.append(sigma)
        return pipe.transformer(
            hidden_states=tokens, timestep=torch.tensor([float(sigma)]), encoder_hidden_states=text[0],
            encoder_hidden_states_mask=text[1], img_shapes=[[shape]], return_dict=False)[0]

    def model(x, sigma):
        (h, w), tokens = x.shape[-2:], pack(x)
        said = forward(texts[0], tokens, (1, h // 2, w // 2), sigma)
        if true_cfg > 1:
            away = forward(texts[1], tokens, (1, h // 2, w // 2), sigma)
            guided = away + true_cfg * (said - away)
            said = guided * (said.norm(dim=-1, keepdim=True) / guided.norm(dim=-1, keepdim=True))
        return unpack(said, h, w)

    return model, lambda: len(calls)


@torch.no_grad()
def run(pipe, prompt, stages, seed, true_cfg=1.0, negative=None, resampler="lanczos", max_length=512, rounding="img2img",
        renoise=True):
    """Samples `stages` (Stage or tuples) and returns a Result."""
    model, forwards = velocity_model(pipe, prompt, negative, true_cfg, max_length)
    generator = torch.Generator("cpu").manual_seed(seed)
    channels = pipe.transformer.config.out_channels
    noise, clean, sigmas = sample(
        stages,
        lambda h, w: torch.randn((1, channels, h, w), generator=generator),
        model, lambda x, h, w: resize(x, h, w, resampler), rounding, renoise,
        terminal=pipe.scheduler.config.shift_terminal or 0.0)
    return Result(clean[-1], to_picture(pipe, clean[-1]), forwards(), noise, clean, sigmas)
