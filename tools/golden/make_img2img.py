"""A picture changed: golden/img2img/*.safetensors, by diffusers' FluxImg2ImgPipeline and FluxInpaintPipeline, and in stages."""
import numpy as np
import torch
from diffusers import FluxImg2ImgPipeline, FluxInpaintPipeline
from PIL import Image

import case
import flux_reference
from make_pipeline import EMOJI, NEGATIVE, PLAN, PROMPT, WIDE, folder_of, load


def picture(width, height, seed):
    """Returns a picture of slow waves and some noise."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = [128 + 100 * np.sin(x / 9 + c) * np.cos(y / 7 - 2 * c) for c in range(3)]
    noisy = np.stack(waves, axis=-1) + random.normal(0, 12, (height, width, 3))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def mask(width, height):
    """Returns a mask with a bright disc, a grey one on either side of half, and black around."""
    y, x = np.mgrid[0:height, 0:width]
    values = np.zeros((height, width), np.uint8)
    values[(x - width * 0.4) ** 2 + (y - height * 0.5) ** 2 < (height * 0.3) ** 2] = 255
    values[(x > width * 0.75) & (y < height * 0.4)] = 127
    values[(x > width * 0.75) & (y > height * 0.6)] = 129
    return Image.fromarray(values).convert("RGB")


def tensor(image):
    return torch.from_numpy(np.asarray(image).copy())


def encoded(pipe, image, width, height, seed):
    """Returns the latents that diffusers draws of a picture, and the generator, which has drawn them."""
    generator = torch.Generator("cpu").manual_seed(seed)
    pixels = pipe.image_processor.preprocess(image, height=height, width=width).to(torch.float32)
    return pipe._encode_vae_image(pixels, generator), generator


def whole(model, name, width, height, steps, strength, seed, image, masked=None, negative=None, true_cfg=1.0,
          max_length=32):
    """Saves one run of diffusers' own pipeline, with a mask or without."""
    shown, path = folder_of(model)
    pipe = (FluxImg2ImgPipeline if masked is None else FluxInpaintPipeline)(**load(path).components)
    pipe.set_progress_bar_config(disable=True)
    settings = {"width": width, "height": height, "num_inference_steps": steps, "strength": strength,
                "guidance_scale": 3.5, "max_sequence_length": max_length, "negative_prompt": negative,
                "true_cfg_scale": true_cfg}
    inputs = {"image": image} | ({} if masked is None else {"mask_image": masked})

    def call(output):
        generator = torch.Generator("cpu").manual_seed(seed)
        return pipe(PROMPT, generator=generator, output_type=output, **inputs, **settings).images

    latents = flux_reference.unpack(call("latent"), height // 8, width // 8)
    given, _ = encoded(pipe, image, width, height, seed)
    tensors = {"in.picture": tensor(image), "given": given, "latents": latents, "picture": tensor(call("pil")[0])}
    if masked is not None:
        tensors |= {"in.mask": tensor(masked)}
    start = flux_reference.start_index(steps, strength)
    case.save("make_img2img.py", "img2img", name, tensors, f"diffusers {type(pipe).__name__}", 2e-3, folder=shown,
              prompt=PROMPT, seed=seed, **settings, sigmas=[pipe.scheduler.sigmas.tolist()[start:]])


def staged(model, name, plan, strength, seed, image, masked=None, renoise=True, max_length=32):
    """Saves a multi-stage run of the oracle, of what a strength leaves of a plan."""
    shown, path = folder_of(model)
    pipe = load(path)
    img2img = FluxImg2ImgPipeline(**pipe.components)
    width, height = plan[-1].width, plan[-1].height
    given, generator = encoded(img2img, image, width, height, seed)
    values = None if masked is None else FluxInpaintPipeline(**pipe.components).mask_processor.preprocess(
        masked, height=height, width=width)
    settings = {"seed": seed, "guidance": 3.5, "resampler": "lanczos", "max_length": max_length, "rounding": "img2img",
                "renoise": renoise, "negative": None, "true_cfg": 1.0}
    result = flux_reference.run(pipe, PROMPT, flux_reference.left(plan, strength), generator=generator, given=given,
                                mask=values, **settings)
    tensors = {"in.picture": tensor(image), "given": given, "latents": result.latents,
               "picture": torch.from_numpy(result.picture)}
    if masked is not None:
        tensors |= {"in.mask": tensor(masked)}
    case.save("make_img2img.py", "img2img", name, tensors, "flux_reference.py on diffusers FluxPipeline", 2e-3,
              folder=shown, prompt=PROMPT, strength=strength, **settings, stages=[stage._asdict() for stage in plan],
              sigmas=result.sigmas, forwards=result.forwards)


def main():
    case.prepare()
    whole("tiny-a", "tiny-a", 96, 64, 7, 0.6, seed=1, image=picture(70, 90, 1))
    whole("tiny-a", "tiny-a-true-cfg", 64, 96, 5, 0.35, 2, picture(64, 96, 2), negative=NEGATIVE, true_cfg=3.0)
    whole("tiny-a", "tiny-a-all", 96, 64, 4, 1.0, seed=3, image=picture(96, 64, 3))
    whole("tiny-b", "tiny-b", 80, 48, 6, 0.8, seed=4, image=picture(33, 120, 4))
    whole("tiny-a", "tiny-a-mask", 96, 64, 7, 0.7, seed=5, image=picture(96, 64, 5), masked=mask(96, 64))
    whole("tiny-a", "tiny-a-mask-resized", 64, 96, 5, 1.0, seed=6, image=picture(70, 90, 6), masked=mask(100, 60))
    whole("tiny-b", "tiny-b-mask", 80, 48, 6, 0.5, seed=7, image=picture(80, 48, 7), masked=mask(31, 31))
    staged("tiny-a", "tiny-a-last-stage", PLAN, 0.5, seed=8, image=picture(64, 96, 8))
    staged("tiny-a", "tiny-a-two-stages", PLAN, 0.7, seed=9, image=picture(64, 96, 9))
    staged("tiny-b", "tiny-b-three-stages", WIDE, 0.9, seed=10, image=picture(50, 50, 10))
    staged("tiny-a", "tiny-a-stages-no-renoise", PLAN, 0.75, seed=11, image=picture(64, 96, 11), renoise=False)
    staged("tiny-a", "tiny-a-stages-mask", PLAN, 0.7, seed=12, image=picture(64, 96, 12), masked=mask(64, 96))
    staged("emoji-flux", "emoji-flux", EMOJI, 0.7, seed=13, image=picture(128, 128, 13))


if __name__ == "__main__":
    main()
