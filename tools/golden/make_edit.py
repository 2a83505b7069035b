"""A picture edited: golden/edit/*.safetensors, by diffusers' FluxFillPipeline and FluxKontextPipeline, in stages and in tiles."""
import math

import torch
from diffusers import FluxFillPipeline, FluxImg2ImgPipeline, FluxKontextPipeline, FluxTransformer2DModel
from diffusers.pipelines.flux.pipeline_flux import calculate_shift
from diffusers.pipelines.flux.pipeline_flux_kontext import PREFERRED_KONTEXT_RESOLUTIONS
from PIL import Image
from safetensors.torch import save_file

import case
import flux_reference
import tiny_flux
from flux_reference import Stage
from make_img2img import encoded, mask, picture, tensor
from make_pipeline import NEGATIVE, PLAN, PROMPT, WIDE, folder_of, load

TEXT = 24


def fill_pipeline(path):
    """Returns tiny-a with a transformer that sees a picture and a mask of 8 x 8 pixels a cell, too."""
    pipe = load(path)
    config = dict(pipe.transformer.config) | {"out_channels": pipe.transformer.config.in_channels}
    config["in_channels"] += 4 * (pipe.vae.config.latent_channels + 64)
    torch.manual_seed(71)
    pipe.transformer = FluxTransformer2DModel.from_config(config)
    tiny_flux.randomise(pipe.transformer)
    parts = {name: part for name, part in pipe.components.items() if part is not None}
    return pipe.transformer, FluxFillPipeline(**parts)


def images(call, latents, height, width):
    return {"latents": flux_reference.unpack(latents, height // 8, width // 8), "picture": tensor(call("pil")[0])}


def fill(pipe, name, width, height, steps, strength, seed, image, masked):
    """Saves one run of diffusers' own FluxFillPipeline."""
    pipe.set_progress_bar_config(disable=True)
    settings = {"width": width, "height": height, "num_inference_steps": steps, "strength": strength,
                "guidance_scale": 30.0, "max_sequence_length": TEXT}

    def call(output):
        return pipe(PROMPT, image=image, mask_image=masked, generator=torch.Generator("cpu").manual_seed(seed),
                    output_type=output, **settings).images

    tensors = {"in.picture": tensor(image), "in.mask": tensor(masked)} | images(call, call("latent"), height, width)
    case.save("make_edit.py", "edit", name, tensors, "diffusers FluxFillPipeline", 2e-3, prompt=PROMPT, seed=seed, **settings)


def filled_in_stages(pipe, name, plan, strength, seed, image, masked):
    """Saves a run of the oracle, which encodes picture and mask at each stage's size."""
    width, height = plan[-1].width, plan[-1].height
    given, generator = encoded(pipe, image, width, height, seed)

    def see(h, w, drawing):
        pixels = pipe.image_processor.preprocess(image, height=8 * h, width=8 * w).to(torch.float32)
        free = pipe.mask_processor.preprocess(masked, height=8 * h, width=8 * w)
        hidden = pipe._encode_vae_image(pixels * (1 - free), drawing)
        return torch.cat([hidden, torch.nn.functional.pixel_unshuffle(free, 8)], dim=1), None

    staged(pipe, name, flux_reference.left(plan, strength), seed, 30.0, {"in.picture": tensor(image), "in.mask": tensor(masked)},
           {"strength": strength}, plan, generator=generator, given=given, see=see)


def staged(pipe, name, ran, seed, guidance, inputs, more, plan, **how):
    result = flux_reference.run(pipe, PROMPT, ran, seed=seed, guidance=guidance, max_length=TEXT, **how)
    tensors = inputs | {"latents": result.latents, "picture": torch.from_numpy(result.picture)}
    case.save("make_edit.py", "edit", name, tensors, "flux_reference.py on diffusers FluxPipeline", 2e-3, prompt=PROMPT,
              seed=seed, guidance=guidance, max_length=TEXT, resampler="lanczos", rounding="img2img", renoise=True, **more,
              stages=[stage._asdict() for stage in plan], sigmas=result.sigmas, forwards=result.forwards)


def reference(image, width, height, part=1.0):
    """Returns the picture as a stage sees it: of the preferred size most like it, in proportion to the result and the stage."""
    ratio = image.width / image.height
    _, w, h = min((abs(ratio - w / h), w, h) for w, h in PREFERRED_KONTEXT_RESOLUTIONS)
    scale = min(16, max(1, math.floor(16 * math.sqrt(width * height) / 1024 + 0.5))) / 16 * part
    sides = [max(16, 16 * math.floor(side * scale / 16 + 0.5)) for side in (w, h)]
    return image.resize(sides, Image.LANCZOS)


def kontext(pipe, name, width, height, steps, seed, image, negative=None, true_cfg=1.0):
    """Saves one run of diffusers' own FluxKontextPipeline, given the picture at its size."""
    pipe.set_progress_bar_config(disable=True)
    settings = {"width": width, "height": height, "num_inference_steps": steps, "guidance_scale": 2.5,
                "max_sequence_length": TEXT, "negative_prompt": negative, "true_cfg_scale": true_cfg}

    def call(output):
        return pipe(reference(image, width, height), PROMPT, generator=torch.Generator("cpu").manual_seed(seed),
                    output_type=output, max_area=width * height, _auto_resize=False, **settings).images

    tensors = {"in.picture": tensor(image)} | images(call, call("latent"), height, width)
    case.save("make_edit.py", "edit", name, tensors, "diffusers FluxKontextPipeline", 2e-3, prompt=PROMPT, seed=seed,
              **settings)


def seen_in_stages(pipe, name, plan, seed, image):
    """Saves a run of the oracle, which sees the picture at each stage's scale."""
    width, height = plan[-1].width, plan[-1].height

    def see(h, w, drawing):
        part = math.sqrt(64 * h * w / (width * height))
        pixels = pipe.image_processor.preprocess(reference(image, width, height, part)).to(torch.float32)
        return None, pipe._encode_vae_image(pixels, drawing)

    staged(pipe, name, plan, seed, 2.5, {"in.picture": tensor(image)}, {}, plan, see=see)


def enlarged(pipe, name, width, height, steps, strength, seed, image, tile):
    """Saves a run of the oracle on a picture brought to a larger size, which the model sees in tiles of `tile` px."""
    img2img = FluxImg2ImgPipeline(**pipe.components)
    given, generator = encoded(img2img, image, width, height, seed)
    tokens = (min(tile, width) // 16) * (min(tile, height) // 16)
    shift = math.exp(calculate_shift(tokens, *(pipe.scheduler.config[key] for key in (
        "base_image_seq_len", "max_image_seq_len", "base_shift", "max_shift"))))
    plan = [Stage(width, height, steps, 1.0, shift)]
    staged(pipe, name, flux_reference.left(plan, strength), seed, 3.5, {"in.picture": tensor(image)},
           {"strength": strength, "tile": tile}, plan, generator=generator, given=given, tile=tile // 8)


def main():
    case.prepare()
    _, path = folder_of("tiny-a")
    transformer, filling = fill_pipeline(path)
    save_file(transformer.state_dict(), f"{case.GOLDEN}/edit/fill-transformer.safetensors")
    fill(filling, "fill", 96, 64, 5, 1.0, 21, picture(96, 64, 21), mask(96, 64))
    fill(filling, "fill-strength", 64, 96, 6, 0.7, 22, picture(70, 90, 22), mask(100, 60))
    filled_in_stages(filling, "fill-stages", PLAN, 1.0, 23, picture(64, 96, 23), mask(64, 96))
    filled_in_stages(filling, "fill-two-stages", WIDE, 0.7, 24, picture(50, 50, 24), mask(112, 48))
    pipe = FluxKontextPipeline(**load(path).components)
    kontext(pipe, "kontext", 96, 64, 5, 25, picture(150, 100, 25))
    kontext(pipe, "kontext-true-cfg", 192, 128, 3, 26, picture(90, 150, 26), NEGATIVE, 2.0)
    enlarged(load(path), "upscale", 160, 96, 28, 0.3, 28, picture(80, 48, 28), 64)
    seen_in_stages(pipe, "kontext-stages", WIDE, 27, picture(120, 50, 27))


if __name__ == "__main__":
    main()
