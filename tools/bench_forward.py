"""Times one forward of diffusers' FluxTransformer2DModel; prints one JSON line a case.

`python bench_forward.py FOLDER [--threads 2] [--repeats 7] [--warmup 2] [--dtypes float32,bfloat16]
[--tokens 256+64,1024+64]`, tokens being image + text. A square picture: 256 image tokens are 16 x 16.

Any program that prints the same keys can be compared with it (compare_speed.py):
{"program", "version", "dtype", "image_tokens", "text_tokens", "threads", "seconds": [...], "median_s"}
"""
import argparse
import json
import math
import os
import statistics
import time


def load(folder, dtype):
    from diffusers import FluxTransformer2DModel

    return FluxTransformer2DModel.from_pretrained(f"{folder}/transformer", dtype=dtype).eval()


def inputs(config, image_tokens, text_tokens, dtype):
    """Returns the arguments of one forward, seeded."""
    import torch

    side = math.isqrt(image_tokens)
    assert side * side == image_tokens, f"{image_tokens} image tokens are no square"
    generator = torch.Generator().manual_seed(1)
    ids = torch.zeros(side, side, 3)
    ids[..., 1] += torch.arange(side)[:, None]
    ids[..., 2] += torch.arange(side)[None]
    values = {
        "hidden_states": torch.randn(1, image_tokens, config.in_channels, generator=generator).to(dtype),
        "encoder_hidden_states": torch.randn(1, text_tokens, config.joint_attention_dim, generator=generator).to(dtype),
        "pooled_projections": torch.randn(1, config.pooled_projection_dim, generator=generator).to(dtype),
        "timestep": torch.tensor([0.7], dtype=dtype),
        "img_ids": ids.reshape(-1, 3),
        "txt_ids": torch.zeros(text_tokens, 3),
        "return_dict": False,
    }
    if config.guidance_embeds:
        values["guidance"] = torch.tensor([3.5])
    return values


def measure(model, values, args, **case):
    """Times forwards and prints a line about them."""
    import diffusers
    import torch

    seconds = []
    with torch.inference_mode():
        for index in range(args.warmup + args.repeats):
            start = time.perf_counter()
            model(**values)
            if index >= args.warmup:
                seconds.append(round(time.perf_counter() - start, 5))
    line = {"program": "diffusers", "version": diffusers.__version__, **case, "threads": args.threads}
    print(json.dumps(line | {"seconds": seconds, "median_s": round(statistics.median(seconds), 5)}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--dtypes", default="float32,bfloat16")
    parser.add_argument("--tokens", default="256+64,1024+64")
    args = parser.parse_args()
    if args.repeats < 5:
        parser.error(f"--repeats: at least 5 for a median, {args.repeats}; use 5 or more")
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    import torch

    torch.set_num_threads(args.threads)
    for name in args.dtypes.split(","):
        dtype = getattr(torch, name)
        model = load(args.folder, dtype)
        for case in args.tokens.split(","):
            image, text = map(int, case.split("+"))
            values = inputs(model.config, image, text, dtype)
            measure(model, values, args, dtype=name, image_tokens=image, text_tokens=text)


if __name__ == "__main__":
    main()
