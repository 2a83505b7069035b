"""Times the parts of a picture with diffusers' FluxPipeline in a process that goes on; prints one JSON line a part.

`python bench_pipeline.py [FOLDER] [--dtype float32|bfloat16] [--threads 2] [--repeats 7]`. Parts: loading the folder and a
first prompt, then a prompt's text, 30 steps of denoising at 256 px and decoding. Any program that prints the same keys can be
compared with it (compare_speed.py): {"program", "part", "dtype", "threads", "seconds": [...]}
"""
import argparse
import json
import os
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROMPT = "a red fox on a blue background, 3d style "
STEPS, SIDE, LENGTH, WARM_UPS = 30, 256, 32, 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default=f"{HERE}/../emoji-flux")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    import torch
    from diffusers import FluxPipeline

    torch.set_num_threads(args.threads)

    def show(part, seconds):
        line = {"program": "diffusers", "part": part, "dtype": args.dtype, "threads": args.threads}
        print(json.dumps(line | {"seconds": [round(value, 5) for value in seconds]}), flush=True)

    def times(part, run):
        seconds, results = [], []
        for index in range(-WARM_UPS, args.repeats):
            start = time.perf_counter()
            results.append(run(index))
            if index >= 0:
                seconds.append(time.perf_counter() - start)
        show(part, seconds)
        return results

    with torch.inference_mode():
        start = time.perf_counter()
        pipe = FluxPipeline.from_pretrained(args.folder, dtype=getattr(torch, args.dtype))
        pipe.set_progress_bar_config(disable=True)
        encode = lambda index: pipe.encode_prompt(f"{PROMPT}{index}", None, max_sequence_length=LENGTH)  # noqa: E731
        encode(0)
        show("load", [time.perf_counter() - start])
        texts = times("text", encode)
        latents = times("denoise", lambda index: pipe(
            prompt_embeds=texts[index + WARM_UPS][0], pooled_prompt_embeds=texts[index + WARM_UPS][1], height=SIDE,
            width=SIDE, num_inference_steps=STEPS, output_type="latent", generator=torch.Generator().manual_seed(index),
        ).images)

        def decode(index):
            z = pipe._unpack_latents(latents[index + WARM_UPS], SIDE, SIDE, pipe.vae_scale_factor)
            z = z / pipe.vae.config.scaling_factor + pipe.vae.config.shift_factor
            return pipe.image_processor.postprocess(pipe.vae.decode(z, return_dict=False)[0], output_type="np")

        times("decode", decode)


if __name__ == "__main__":
    main()
