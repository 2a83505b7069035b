"""End to end for FLUX.2-klein: golden/pipeline/flux2-*.safetensors, from a prompt to clean latents and an 8-bit picture."""
import numpy as np
import torch

import case
import flux2_reference
import tiny_flux2
from make_zimage_pipeline import PLAN, PROMPT, WIDE


def texts(pipe, max_length):
    """Returns the states of the prompt and of the empty one, as the pipeline makes them."""
    states = [pipe.encode_prompt(text, max_sequence_length=max_length)[0][0] for text in (PROMPT, "")]
    return {"prompt.embeds": states[0], "negative.embeds": states[1]}


def save(name, model, tensors, source, **settings):
    case.save("make_flux2_pipeline.py", "pipeline", name, tensors, source, 2e-3, folder=f"golden/folders/{model}",
              prompt=PROMPT, **settings)


def staged(model, name, plan, seed, max_length=64, resampler="lanczos", rounding="img2img", renoise=True, guidance=1.0):
    """Saves a multi-stage run of the oracle."""
    pipe = tiny_flux2.load(f"{case.FOLDERS}/{model}")
    settings = {"seed": seed, "guidance": guidance, "resampler": resampler, "max_length": max_length,
                "rounding": rounding, "renoise": renoise}
    result = flux2_reference.run(pipe, PROMPT, plan, **settings)
    tensors = texts(pipe, max_length) | {"latents": result.latents, "picture": torch.from_numpy(result.picture)}
    save(name, model, tensors, "flux2_reference.py on diffusers Flux2KleinPipeline", **settings,
         stages=[stage._asdict() for stage in plan], sigmas=result.sigmas, forwards=result.forwards)


def baseline(model, name, width, height, steps, seed, max_length=64, guidance=1.0):
    """Saves one plain run of diffusers' own Flux2KleinPipeline."""
    pipe = tiny_flux2.load(f"{case.FOLDERS}/{model}")
    settings = {"width": width, "height": height, "num_inference_steps": steps, "guidance_scale": guidance,
                "max_sequence_length": max_length}

    def call(output):
        generator = torch.Generator("cpu").manual_seed(seed)
        return pipe(prompt=PROMPT, generator=generator, output_type=output, **settings).images

    latents = flux2_reference.of_model(pipe, call("latent"))
    picture = np.asarray(call("pil")[0])
    off = np.abs(picture.astype(int) - flux2_reference.to_picture(pipe, latents)).max()
    assert off <= 1, f"the oracle decodes otherwise, by {off}"
    tensors = texts(pipe, max_length) | {"latents": latents, "picture": torch.from_numpy(picture.copy())}
    guided = guidance > 1 and not pipe.config.is_distilled
    save(name, model, tensors, "diffusers Flux2KleinPipeline", seed=seed, **settings,
         sigmas=[pipe.scheduler.sigmas.tolist()], forwards=steps * (2 if guided else 1))


def main():
    case.prepare()
    staged("flux2-a", "flux2-a-lanczos", PLAN, seed=1)
    staged("flux2-a", "flux2-a-guided", PLAN, seed=2, guidance=3.0)
    staged("flux2-b", "flux2-b-bicubic-floor", WIDE, seed=3, resampler="bicubic", rounding="floor")
    baseline("flux2-a", "flux2-a-baseline", 96, 64, steps=7, seed=4)
    baseline("flux2-a", "flux2-a-baseline-guided", 64, 96, 5, seed=5, guidance=4.0)
    baseline("flux2-b", "flux2-b-baseline", 48, 80, steps=4, seed=6, max_length=96)


if __name__ == "__main__":
    main()
