"""End to end for videos: golden/pipeline/hunyuan-*.safetensors, from a prompt to clean latents and 8-bit frames."""
import numpy as np
import torch

import case
import hunyuan_reference
import tiny_hunyuan
from flux_reference import Stage

PROMPT = "a red fox jumps over the moon, realistic style"
NEGATIVE = "blurry, the moon"
PLAN = [Stage(64, 48, 4, 1.0, 7.0), Stage(48, 32, 6, 0.8, 9.0), Stage(64, 48, 5, 0.7, 9.0)]
WIDE = [Stage(32, 48, 3, 1.0, 7.0), Stage(16, 32, 7, 0.75, 4.0), Stage(48, 64, 6, 0.55, 8.0)]


def text(pipe, prompt, max_length, prefix):
    """Returns the embeddings of `prompt`, as the pipeline makes them; of the Llama states, those of one token in eight."""
    embeds, pooled, mask = pipe.encode_prompt(prompt=prompt, max_sequence_length=max_length)
    values = {"embeds": embeds[:, ::8], "pooled": pooled, "mask": mask}
    return {f"{prefix}.{key}": value for key, value in values.items()}


def texts(pipe, max_length, negative):
    tensors = text(pipe, PROMPT, max_length, "prompt")
    return tensors if negative is None else tensors | text(pipe, negative, max_length, "negative")


def save(name, model, tensors, source, **settings):
    case.save("make_video_pipeline.py", "pipeline", name, tensors, source, 2e-3, folder=f"golden/folders/{model}",
              prompt=PROMPT, **settings)


def staged(model, name, plan, frames, seed, max_length=256, guidance=6.0, resampler="lanczos", rounding="img2img",
           renoise=True, negative=None, true_cfg=1.0):
    """Saves a multi-stage run of the oracle."""
    pipe = tiny_hunyuan.load(f"{case.FOLDERS}/{model}")
    settings = {"frames": frames, "seed": seed, "guidance": guidance, "resampler": resampler, "max_length": max_length,
                "rounding": rounding, "renoise": renoise, "negative": negative, "true_cfg": true_cfg}
    result = hunyuan_reference.run(pipe, PROMPT, plan, **settings)
    tensors = texts(pipe, max_length, negative)
    tensors |= {"latents": result.latents, "video": torch.from_numpy(result.picture)}
    save(name, model, tensors, "hunyuan_reference.py on diffusers HunyuanVideoPipeline", **settings,
         stages=[stage._asdict() for stage in plan], sigmas=result.sigmas, forwards=result.forwards)


def baseline(model, name, width, height, frames, steps, seed, max_length=256, guidance=6.0, negative=None, true_cfg=1.0):
    """Saves one plain run of diffusers' own HunyuanVideoPipeline."""
    pipe = tiny_hunyuan.load(f"{case.FOLDERS}/{model}")
    settings = {"width": width, "height": height, "num_frames": frames, "num_inference_steps": steps,
                "guidance_scale": guidance, "max_sequence_length": max_length, "negative_prompt": negative,
                "true_cfg_scale": true_cfg}

    def call(output):
        return pipe(PROMPT, generator=torch.Generator("cpu").manual_seed(seed), output_type=output, **settings).frames

    latents = call("latent")
    video = np.stack([np.asarray(frame) for frame in call("pil")[0]])
    assert np.array_equal(video, hunyuan_reference.to_frames(pipe, latents)), "the oracle decodes otherwise"
    tensors = texts(pipe, max_length, negative) | {"latents": latents, "video": torch.from_numpy(video)}
    save(name, model, tensors, "diffusers HunyuanVideoPipeline", seed=seed, **settings,
         sigmas=[pipe.scheduler.sigmas.tolist()], timesteps=pipe.scheduler.timesteps.tolist(),
         forwards=steps * (2 if negative is not None and true_cfg > 1 else 1))


def main():
    case.prepare()
    staged("hunyuan-a", "hunyuan-a-lanczos", PLAN, 9, seed=1)
    staged("hunyuan-a", "hunyuan-a-bilinear-floor", WIDE, 5, seed=2, resampler="bilinear", rounding="floor", guidance=1.5)
    staged("hunyuan-a", "hunyuan-a-true-cfg", PLAN, 5, seed=3, max_length=32, negative=NEGATIVE, true_cfg=3.0)
    staged("hunyuan-a", "hunyuan-a-no-renoise", PLAN, 1, seed=4, max_length=64, renoise=False)
    staged("hunyuan-b", "hunyuan-b-lanczos", WIDE, 9, seed=5)
    staged("hunyuan-b", "hunyuan-b-bicubic-floor", PLAN, 5, seed=6, resampler="bicubic", rounding="floor")
    baseline("hunyuan-a", "hunyuan-a-baseline", 48, 32, 21, steps=4, seed=7)  # 6 latent frames: more than a tile of time
    baseline("hunyuan-a", "hunyuan-a-baseline-true-cfg", 32, 48, 5, 3, seed=8, negative="", true_cfg=2.0)
    baseline("hunyuan-b", "hunyuan-b-baseline", 64, 32, 9, steps=5, seed=9)


if __name__ == "__main__":
    main()
