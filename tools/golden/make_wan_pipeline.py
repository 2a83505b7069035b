"""End to end for Wan: golden/pipeline/wan-*.safetensors, from a prompt to clean latents and 8-bit frames."""
import contextlib
import shutil
import tempfile

import numpy as np
import torch

import case
import flux_reference
import tiny_wan
import wan_reference
from flux_reference import Stage

PROMPT = "a red fox  jumps over\tthe moon, realistic style "
NEGATIVE = "blurry, the moon"
PLAN = [Stage(64, 48, 4, 1.0, 3.0), Stage(48, 32, 6, 0.8, 9.0), Stage(64, 48, 5, 0.7, 9.0)]
BACK = [Stage(48, 32, 4, 1.0, 3.0), Stage(32, 16, 6, 0.8, 9.0), Stage(48, 32, 5, 0.7, 9.0)]  # twice to more noise
REUSED = [Stage(32, 32, 9, 1.0, 3.0), Stage(16, 32, 9, 0.9, 9.0), Stage(32, 32, 7, 0.8, 5.0)]  # changes within each
WIDE = [Stage(32, 48, 3, 1.0, 7.0), Stage(16, 32, 7, 0.75, 4.0), Stage(48, 64, 6, 0.55, 8.0)]


UNIPC = {"_class_name": "UniPCMultistepScheduler", "prediction_type": "flow_prediction", "use_flow_sigmas": True}
OF = {"wan-a": UNIPC | {"flow_shift": 3.0, "solver_order": 2},
      "wan-b": UNIPC | {"flow_shift": 5.0, "solver_order": 3, "disable_corrector": [1]},
      "wan-c": UNIPC | {"flow_shift": 3.0, "solver_order": 2}}  # as published for 480p, and as nobody has it

EXPERTS = (531, 0.875)  # seed of the second transformer, and from where on in noise the first one is taken


@contextlib.contextmanager
def opened(model, unipc=None):
    """Gives the pipeline of a folder; of wan-c, whose second transformer alone is kept, one made of that and wan-a."""
    if model != "wan-c":
        yield tiny_wan.load(f"{case.FOLDERS}/{model}", unipc)
        return
    with tempfile.TemporaryDirectory() as folder:
        seed, boundary = EXPERTS
        tiny_wan.two_experts(f"{folder}/c", f"{case.FOLDERS}/wan-a", seed, boundary)
        shutil.copyfile(f"{folder}/c/transformer_2/diffusion_pytorch_model.safetensors", f"{case.GOLDEN}/wan/c.safetensors")
        yield tiny_wan.load(f"{folder}/c", unipc)


def texts(pipe, negative, guidance, max_length):
    prompt, unwanted = pipe.encode_prompt(
        prompt=PROMPT, negative_prompt=negative, do_classifier_free_guidance=guidance > 1, max_sequence_length=max_length)
    return {"prompt.embeds": prompt} if unwanted is None else {"prompt.embeds": prompt, "negative.embeds": unwanted}


def save(name, model, tensors, source, **settings):
    case.save("make_wan_pipeline.py", "pipeline", name, tensors, source, 2e-3, folder=f"golden/folders/{model}",
              prompt=PROMPT, **settings)


def staged(model, name, plan, frames, seed, solver=flux_reference.euler, **settings):
    """Saves a multi-stage run of the oracle."""
    settings = {"guidance": 5.0, "resampler": "lanczos", "max_length": 64, "rounding": "img2img", "renoise": True,
                "negative": ""} | settings
    with opened(model) as pipe:
        result = wan_reference.run(pipe, PROMPT, plan, frames=frames, seed=seed, solver=solver, **settings)
        tensors = texts(pipe, settings["negative"], settings["guidance"], settings["max_length"])
    tensors |= {"latents": result.latents, "video": torch.from_numpy(result.picture)}
    save(name, model, tensors, "wan_reference.py on diffusers WanPipeline", frames=frames, seed=seed, **settings,
         stages=[stage._asdict() for stage in plan], sigmas=result.sigmas, forwards=result.forwards,
         **({} if solver is flux_reference.euler else {"scheduler": OF[model]}))


def baseline(model, name, width, height, frames, steps, seed, guidance, negative, max_length=64, unipc=None, **more):
    """Saves one plain run of diffusers' own WanPipeline, with Euler's steps or a scheduler of UniPC's."""
    with opened(model, unipc) as pipe:
        plain(pipe, model, name, width, height, frames, steps, seed, guidance, negative, max_length, unipc, **more)


def plain(pipe, model, name, width, height, frames, steps, seed, guidance, negative, max_length, unipc, **more):
    settings = more | {"width": width, "height": height, "num_frames": frames, "num_inference_steps": steps,
                "guidance_scale": guidance, "max_sequence_length": max_length, "negative_prompt": negative}

    def call(output):
        return pipe(PROMPT, generator=torch.Generator("cpu").manual_seed(seed), output_type=output, **settings).frames

    latents = call("latent")
    video = np.stack([np.asarray(frame) for frame in call("pil")[0]])
    assert np.array_equal(video, wan_reference.to_frames(pipe, latents)), "the oracle decodes otherwise"
    tensors = texts(pipe, negative, guidance, max_length) | {"latents": latents, "video": torch.from_numpy(video)}
    steps_of = "Euler's steps (tiny_wan.Levels)" if unipc is None else "UniPCMultistepScheduler"
    save(name, model, tensors, f"diffusers WanPipeline with {steps_of}", seed=seed, **settings,
         sigmas=[pipe.scheduler.sigmas.tolist()], timesteps=pipe.scheduler.timesteps.tolist(),
         forwards=steps * (2 if guidance > 1 else 1), **({} if unipc is None else {"scheduler": unipc}))


def main():
    case.prepare()
    staged("wan-a", "wan-a-lanczos", PLAN, 9, seed=1, negative=NEGATIVE)
    staged("wan-b", "wan-b-bilinear-floor", WIDE, 5, seed=2, resampler="bilinear", rounding="floor", guidance=1.0)
    baseline("wan-a", "wan-a-baseline", 48, 32, 13, steps=4, seed=7, guidance=5.0, negative="")
    baseline("wan-b", "wan-b-baseline", 32, 64, 5, steps=5, seed=9, guidance=3.0, negative=NEGATIVE, max_length=96)
    staged("wan-c", "wan-c-experts", BACK, 5, seed=3)
    baseline("wan-c", "wan-c-baseline", 32, 32, 5, steps=5, seed=11, guidance=5.0, negative="")
    staged("wan-a", "wan-a-unipc-stages", PLAN, 5, seed=4, solver=flux_reference.unipc, negative=NEGATIVE)
    staged("wan-c", "wan-c-unipc-stages", BACK, 5, seed=5, solver=flux_reference.unipc)
    baseline("wan-a", "wan-a-unipc", 48, 32, 5, steps=8, seed=12, guidance=5.0, negative="", unipc=OF["wan-a"])
    baseline("wan-b", "wan-b-unipc", 32, 64, 5, steps=7, seed=13, guidance=3.0, negative=NEGATIVE, unipc=OF["wan-b"])
    baseline("wan-c", "wan-c-unipc", 32, 32, 5, steps=6, seed=14, guidance=5.0, negative="", unipc=OF["wan-c"])
    experts()


def experts():
    """What only two transformers have: guidance of the second, and a cache that starts anew where it takes over."""
    baseline("wan-c", "wan-c-baseline-guided", 32, 32, 5, steps=6, seed=12, guidance=4.0, negative="", guidance_scale_2=2.5)
    staged("wan-c", "wan-c-guided", BACK, 5, seed=4, guidance=4.0, guidance_2=1.0)
    staged("wan-c", "wan-c-reuse", REUSED, 5, seed=5, reuse=3)


if __name__ == "__main__":
    main()
