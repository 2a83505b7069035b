"""End to end for Qwen-Image: golden/pipeline/qwen-image-*.safetensors, from a prompt to clean latents and an 8-bit picture."""
import numpy as np
import torch
from diffusers import QwenImageImg2ImgPipeline

import case
import qwenimage_reference
import tiny_qwenimage
from flux_reference import unpack
from make_img2img import picture, tensor
from make_zimage_pipeline import NEGATIVE, PLAN, PROMPT, WIDE


def texts(pipe, negative, max_length):
    """Returns the ids and states of the prompt, and the states of the negative one, as the pipeline makes them."""
    def states(text):
        return pipe.encode_prompt(text, max_sequence_length=max_length)[0][0]

    ids = pipe.tokenizer(pipe.prompt_template_encode.format(PROMPT)).input_ids
    return {"prompt.ids": torch.tensor(ids), "prompt.embeds": states(PROMPT), "negative.embeds": states(negative or " ")}


def save(name, model, tensors, source, **settings):
    case.save("make_qwenimage_pipeline.py", "pipeline", name, tensors, source, 2e-3, folder=f"golden/folders/{model}",
              prompt=PROMPT, **settings)


def staged(model, name, plan, seed, max_length=256, resampler="lanczos", rounding="img2img", renoise=True, negative=None,
           true_cfg=1.0):
    """Saves a multi-stage run of the oracle."""
    pipe = tiny_qwenimage.load(f"{case.FOLDERS}/{model}")
    settings = {"seed": seed, "true_cfg": true_cfg, "resampler": resampler, "max_length": max_length,
                "rounding": rounding, "renoise": renoise, "negative": negative}
    result = qwenimage_reference.run(pipe, PROMPT, plan, **settings)
    tensors = texts(pipe, negative, max_length)
    tensors |= {"latents": result.latents, "picture": torch.from_numpy(result.picture)}
    save(name, model, tensors, "qwenimage_reference.py on diffusers QwenImagePipeline", **settings,
         stages=[stage._asdict() for stage in plan], sigmas=result.sigmas, forwards=result.forwards)


def whole(pipe, latents_of, settings, seed, **inputs):
    """Returns latents and picture of one of diffusers' own pipelines, checked against the oracle's decoding."""
    def call(output):
        generator = torch.Generator("cpu").manual_seed(seed)
        return pipe(prompt=PROMPT, generator=generator, output_type=output, **settings, **inputs).images

    latents = unpack(call("latent"), *latents_of)
    shown = np.asarray(call("pil")[0])
    off = np.abs(shown.astype(int) - qwenimage_reference.to_picture(pipe, latents)).max()
    assert off <= 1, f"the oracle decodes otherwise, by {off}"
    return {"latents": latents, "picture": torch.from_numpy(shown.copy())}


def baseline(model, name, width, height, steps, seed, max_length=256, negative=None, true_cfg=1.0):
    """Saves one plain run of diffusers' own QwenImagePipeline."""
    pipe = tiny_qwenimage.load(f"{case.FOLDERS}/{model}")
    settings = {"width": width, "height": height, "num_inference_steps": steps, "true_cfg_scale": true_cfg,
                "negative_prompt": negative, "max_sequence_length": max_length}
    tensors = texts(pipe, negative, max_length) | whole(pipe, (height // 8, width // 8), settings, seed)
    save(name, model, tensors, "diffusers QwenImagePipeline", seed=seed, **settings,
         sigmas=[pipe.scheduler.sigmas.tolist()], forwards=steps * (2 if true_cfg > 1 else 1))


def changed(model, name, width, height, steps, strength, seed, max_length=256):
    """Saves one run of diffusers' own QwenImageImg2ImgPipeline."""
    image = picture(width, height, seed)
    pipe = QwenImageImg2ImgPipeline(**tiny_qwenimage.load(f"{case.FOLDERS}/{model}").components)
    pipe.set_progress_bar_config(disable=True)
    settings = {"width": width, "height": height, "num_inference_steps": steps, "strength": strength,
                "true_cfg_scale": 1.0, "max_sequence_length": max_length}
    tensors = {"in.picture": tensor(image)} | whole(pipe, (height // 8, width // 8), settings, seed, image=image)
    save(name, model, tensors, "diffusers QwenImageImg2ImgPipeline", seed=seed, **settings)


def main():
    case.prepare()
    staged("qwen-image-a", "qwen-image-a-lanczos", PLAN, seed=1)
    staged("qwen-image-a", "qwen-image-a-guided", PLAN, seed=2, negative=NEGATIVE, true_cfg=3.0)
    # Without shift_terminal.
    staged("qwen-image-b", "qwen-image-b-bicubic-floor", WIDE, seed=3, resampler="bicubic", rounding="floor")
    baseline("qwen-image-a", "qwen-image-a-baseline", 96, 64, steps=7, seed=4)
    # As its users do by default: 4, and a space as the negative prompt.
    baseline("qwen-image-a", "qwen-image-a-baseline-guided", 64, 96, 5, seed=5, negative=" ", true_cfg=4.0)
    # A text that is cut.
    baseline("qwen-image-b", "qwen-image-b-baseline", 48, 80, steps=4, seed=6, max_length=50, negative=NEGATIVE, true_cfg=2.5)
    changed("qwen-image-a", "qwen-image-a-changed", 96, 64, steps=6, strength=0.7, seed=7)


if __name__ == "__main__":
    main()
