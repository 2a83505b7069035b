"""End to end for Z-Image: golden/pipeline/z-image-*.safetensors, from a prompt to clean latents and an 8-bit picture."""
import numpy as np
import torch
from diffusers import ZImageImg2ImgPipeline

import case
import tiny_zimage
import zimage_reference
from flux_reference import Stage
from make_img2img import picture, tensor

PROMPT = "a red fox on a blue background, 3d style"
NEGATIVE = "blurry, the moon"
PLAN = [Stage(64, 96, 4, 1.0, 6.0), Stage(32, 48, 6, 0.8, 9.0), Stage(64, 96, 5, 0.6, 9.0)]
WIDE = [Stage(96, 64, 3, 1.0, 7.0), Stage(64, 32, 7, 0.75, 4.0), Stage(112, 48, 6, 0.55, 8.0)]


def texts(pipe, negative, max_length):
    """Returns the states of the prompt, and those of the negative one where it is used, as the pipeline makes them."""
    prompt, unwanted = pipe.encode_prompt(
        prompt=PROMPT, negative_prompt=negative, do_classifier_free_guidance=negative is not None,
        max_sequence_length=max_length)
    tensors = {"prompt.embeds": prompt[0]}
    return tensors if negative is None else tensors | {"negative.embeds": unwanted[0]}


def save(name, model, tensors, source, **settings):
    case.save("make_zimage_pipeline.py", "pipeline", name, tensors, source, 2e-3, folder=f"golden/folders/{model}",
              prompt=PROMPT, **settings)


def staged(model, name, plan, seed, max_length=64, resampler="lanczos", rounding="img2img", renoise=True, negative=None,
           guidance=0.0):
    """Saves a multi-stage run of the oracle."""
    pipe = tiny_zimage.load(f"{case.FOLDERS}/{model}")
    settings = {"seed": seed, "guidance": guidance, "resampler": resampler, "max_length": max_length,
                "rounding": rounding, "renoise": renoise, "negative": negative}
    result = zimage_reference.run(pipe, PROMPT, plan, **settings)
    tensors = texts(pipe, negative, max_length)
    tensors |= {"latents": result.latents, "picture": torch.from_numpy(result.picture)}
    save(name, model, tensors, "zimage_reference.py on diffusers ZImagePipeline", **settings,
         stages=[stage._asdict() for stage in plan], sigmas=result.sigmas, forwards=result.forwards)


def baseline(model, name, width, height, steps, seed, max_length=64, negative=None, guidance=0.0):
    """Saves one plain run of diffusers' own ZImagePipeline."""
    pipe = tiny_zimage.load(f"{case.FOLDERS}/{model}")
    settings = {"width": width, "height": height, "num_inference_steps": steps, "guidance_scale": guidance,
                "max_sequence_length": max_length, "negative_prompt": negative}

    def call(output):
        return pipe(PROMPT, generator=torch.Generator("cpu").manual_seed(seed), output_type=output, **settings).images

    latents = call("latent")
    picture = np.asarray(call("pil")[0])
    assert np.array_equal(picture, zimage_reference.to_picture(pipe, latents)), "the oracle decodes otherwise"
    tensors = texts(pipe, negative, max_length) | {"latents": latents, "picture": torch.from_numpy(picture.copy())}
    save(name, model, tensors, "diffusers ZImagePipeline", seed=seed, **settings,
         sigmas=[pipe.scheduler.sigmas.tolist()], timesteps=pipe.scheduler.timesteps.tolist(),
         forwards=steps * (2 if guidance > 0 else 1))


def changed(model, name, width, height, steps, strength, seed, max_length=64):
    """Saves one run of diffusers' own ZImageImg2ImgPipeline."""
    image = picture(width, height, seed)
    pipe = ZImageImg2ImgPipeline(**tiny_zimage.load(f"{case.FOLDERS}/{model}").components)
    pipe.set_progress_bar_config(disable=True)
    settings = {"width": width, "height": height, "num_inference_steps": steps, "strength": strength,
                "guidance_scale": 0.0, "max_sequence_length": max_length}

    def call(output):
        generator = torch.Generator("cpu").manual_seed(seed)
        return pipe(PROMPT, image=image, generator=generator, output_type=output, **settings).images

    tensors = {"in.picture": tensor(image), "latents": call("latent"), "picture": tensor(call("pil")[0])}
    save(name, model, tensors, "diffusers ZImageImg2ImgPipeline", seed=seed, **settings)


def main():
    case.prepare()
    staged("z-image-a", "z-image-a-lanczos", PLAN, seed=1)
    staged("z-image-a", "z-image-a-guided", PLAN, seed=2, negative=NEGATIVE, guidance=2.0)
    staged("z-image-a", "z-image-a-no-renoise", WIDE, seed=3, renoise=False, resampler="bilinear", rounding="floor")
    staged("z-image-b", "z-image-b-bicubic-floor", WIDE, seed=4, resampler="bicubic", rounding="floor")
    baseline("z-image-a", "z-image-a-baseline", 96, 64, steps=7, seed=5)
    baseline("z-image-a", "z-image-a-baseline-guided", 64, 96, 4, seed=6, negative=NEGATIVE, guidance=3.0)
    changed("z-image-a", "z-image-a-changed", 96, 64, steps=6, strength=0.7, seed=9)
    baseline("z-image-b", "z-image-b-baseline", 48, 80, steps=6, seed=7)
    # As the pipeline does by default: guidance_scale 5, the empty text as the negative one.
    baseline("z-image-b", "z-image-b-baseline-default-guidance", 80, 48, 4, seed=8, negative="", guidance=5.0)


if __name__ == "__main__":
    main()
