"""The first image of a cold process with diffusers: load a FLUX folder, sample, save a PNG; prints one JSON line.

`python bench_first_image.py [FOLDER] [--out out.png] [--steps 30] [--size 256] [--seed 1] [--dtype bfloat16]`.

Without FOLDER it is the bundled emoji-flux, whose files are bfloat16. A dtype is always given: told nothing, diffusers
loads its own parts in float32, transformers its parts in the files' dtype, and the two do not mix. compare_speed.py
runs this as a child process and takes the wall time and the peak memory of that; the seconds printed tell where they go.
"""
import argparse
import json
import os
import resource
import time

START = time.perf_counter()
HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default=f"{HERE}/../emoji-flux")
    parser.add_argument("--prompt", default="a red fox on a blue background, 3d style")
    parser.add_argument("--out", default="out.png")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--max-sequence-length", type=int, default=32)
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="bfloat16")
    parser.add_argument("--threads", type=int, help="torch's own choice when absent")
    args = parser.parse_args()

    import torch
    from diffusers import FluxPipeline

    if args.threads:
        torch.set_num_threads(args.threads)
    imported = time.perf_counter()
    pipe = FluxPipeline.from_pretrained(args.folder, dtype=getattr(torch, args.dtype))
    pipe.set_progress_bar_config(disable=True)
    loaded = time.perf_counter()
    image = pipe(
        args.prompt,
        height=args.size,
        width=args.size,
        num_inference_steps=args.steps,
        max_sequence_length=args.max_sequence_length,
        generator=torch.Generator("cpu").manual_seed(args.seed),
    ).images[0]
    sampled = time.perf_counter()
    image.save(args.out)
    seconds = {"import": imported - START, "load": loaded - imported, "sample": sampled - loaded}
    seconds["total"] = time.perf_counter() - START
    line = {"program": "diffusers", "dtype": args.dtype, "steps": args.steps, "size": args.size, "out": args.out}
    line["seconds"] = {name: round(value, 3) for name, value in seconds.items()}
    line["peak_rss_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(line))


if __name__ == "__main__":
    main()
