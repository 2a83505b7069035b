"""End to end: golden/pipeline/*.safetensors, from a prompt to clean latents and an 8-bit picture."""
import numpy as np
import torch
from diffusers import FluxPipeline

import case
import flux_reference
from flux_reference import Stage

PROMPT = "a red fox on a blue background, 3d style"
NEGATIVE = "blurry, the moon"
PLAN = [Stage(64, 96, 4, 1.0, 9.0), Stage(32, 48, 6, 0.8, 6.0), Stage(64, 96, 5, 0.6, 9.0)]
WIDE = [Stage(96, 64, 3, 1.0, 7.0), Stage(64, 32, 7, 0.75, 4.0), Stage(112, 48, 6, 0.55, 8.0)]
EMOJI = [Stage(128, 128, 3, 1.0, 3.0), Stage(64, 64, 4, 0.8, 2.0), Stage(128, 128, 3, 0.6, 3.0)]


def load(folder):
    pipe = FluxPipeline.from_pretrained(folder, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def folder_of(name):
    return ("emoji-flux", f"{case.REPOSITORY}/emoji-flux") if name == "emoji-flux" else (
        f"golden/folders/{name}", f"{case.FOLDERS}/{name}")


def text(pipe, prompt, max_length, prefix):
    """Returns ids and embeddings of `prompt`, as the pipeline makes them."""
    clip = pipe.tokenizer(prompt, padding="max_length", max_length=77, truncation=True, return_tensors="pt")
    t5 = pipe.tokenizer_2(prompt, padding="max_length", max_length=max_length, truncation=True, return_tensors="pt")
    embeds, pooled, _ = pipe.encode_prompt(prompt=prompt, prompt_2=None, max_sequence_length=max_length)
    values = {"clip_ids": clip.input_ids, "t5_ids": t5.input_ids, "embeds": embeds, "pooled": pooled}
    return {f"{prefix}.{key}": value for key, value in values.items()}


def staged(model, name, plan, seed, max_length, guidance=3.5, resampler="lanczos", rounding="img2img", renoise=True,
           negative=None, true_cfg=1.0):
    """Saves a multi-stage run of the oracle."""
    shown, path = folder_of(model)
    pipe = load(path)
    settings = {"seed": seed, "guidance": guidance, "resampler": resampler, "max_length": max_length,
                "rounding": rounding, "renoise": renoise, "negative": negative, "true_cfg": true_cfg}
    result = flux_reference.run(pipe, PROMPT, plan, **settings)
    tensors = text(pipe, PROMPT, max_length, "prompt")
    if negative is not None:
        tensors |= text(pipe, negative, max_length, "negative")
    for index in range(len(plan)):
        tensors[f"noise.{index}"] = result.noise[index]
        tensors[f"clean.{index}"] = result.clean[index]
    tensors |= {"latents": result.latents, "picture": torch.from_numpy(result.picture)}
    case.save("make_pipeline.py", "pipeline", name, tensors, "flux_reference.py on diffusers FluxPipeline", 2e-3,
              folder=shown, prompt=PROMPT, **settings, stages=[stage._asdict() for stage in plan],
              sigmas=result.sigmas, forwards=result.forwards)


def baseline(model, name, width, height, steps, seed, max_length, guidance=3.5, negative=None, true_cfg=1.0):
    """Saves one plain run of diffusers' own FluxPipeline."""
    shown, path = folder_of(model)
    pipe = load(path)
    settings = {"width": width, "height": height, "num_inference_steps": steps, "guidance_scale": guidance,
                "max_sequence_length": max_length, "negative_prompt": negative, "true_cfg_scale": true_cfg}

    def call(output):
        return pipe(PROMPT, generator=torch.Generator("cpu").manual_seed(seed), output_type=output, **settings).images

    latents = flux_reference.unpack(call("latent"), height // 8, width // 8)
    picture = np.asarray(call("pil")[0])
    assert np.array_equal(picture, flux_reference.to_picture(pipe, latents)), "the oracle decodes otherwise"
    shape = (1, pipe.transformer.config.in_channels // 4, height // 8, width // 8)
    tensors = text(pipe, PROMPT, max_length, "prompt")
    if negative is not None:
        tensors |= text(pipe, negative, max_length, "negative")
    tensors["noise.0"] = torch.randn(shape, generator=torch.Generator("cpu").manual_seed(seed))
    tensors |= {"clean.0": latents, "latents": latents, "picture": torch.from_numpy(picture.copy())}
    case.save("make_pipeline.py", "pipeline", name, tensors, "diffusers FluxPipeline", 2e-3, folder=shown,
              prompt=PROMPT, seed=seed, **settings, sigmas=[pipe.scheduler.sigmas.tolist()],
              timesteps=pipe.scheduler.timesteps.tolist(),
              forwards=steps * (2 if negative is not None and true_cfg > 1 else 1))


def main():
    case.prepare()
    staged("tiny-a", "tiny-a-lanczos", PLAN, seed=1, max_length=48)
    staged("tiny-a", "tiny-a-lanczos-floor", PLAN, seed=2, max_length=48, rounding="floor")
    staged("tiny-a", "tiny-a-bilinear", PLAN, seed=3, max_length=512, resampler="bilinear", guidance=1.5)
    staged("tiny-a", "tiny-a-bicubic-floor", WIDE, seed=4, max_length=32, resampler="bicubic", rounding="floor")
    staged("tiny-a", "tiny-a-no-renoise", PLAN, seed=5, max_length=32, renoise=False)
    staged("tiny-a", "tiny-a-true-cfg", PLAN, seed=6, max_length=48, negative=NEGATIVE, true_cfg=3.0)
    staged("tiny-b", "tiny-b-lanczos", WIDE, seed=7, max_length=96)
    staged("tiny-b", "tiny-b-bilinear-floor", PLAN, seed=8, max_length=96, resampler="bilinear", rounding="floor")
    staged("tiny-b", "tiny-b-nearest-true-cfg", WIDE, 9, max_length=32, resampler="nearest", negative="", true_cfg=2.5)
    baseline("tiny-a", "tiny-a-baseline", 96, 64, steps=7, seed=10, max_length=64)
    baseline("tiny-a", "tiny-a-baseline-true-cfg", 64, 96, 5, seed=11, max_length=32, negative=NEGATIVE, true_cfg=4.0)
    baseline("tiny-b", "tiny-b-baseline", 48, 80, steps=6, seed=12, max_length=96)
    baseline("tiny-b", "tiny-b-baseline-true-cfg", 48, 80, 4, seed=13, max_length=96, negative="", true_cfg=1.5)
    staged("emoji-flux", "emoji-flux-bottleneck", EMOJI, seed=14, max_length=32)
    baseline("emoji-flux", "emoji-flux-baseline", 128, 128, steps=4, seed=15, max_length=32)


if __name__ == "__main__":
    main()
