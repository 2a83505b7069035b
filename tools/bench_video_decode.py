"""Times diffusers' AutoencoderKLHunyuanVideo decoding a video of random latents; prints one JSON line a type.

`python bench_video_decode.py [--threads 2] [--repeats 5] [--warmup 1] [--dtypes float32,bfloat16] [--frames 17] [--side 128]`

Channels 32, 64, 128, 128, two layers a block, 16 latent channels, random weights, decoded whole. Any program that prints the same keys
can be compared with it (compare_speed.py video-decode):
{"program", "dtype", "frames", "side", "threads", "seconds": [...], "peak_rss_bytes"}, the peak being of the process so far.
"""
import argparse
import json
import os
import resource
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=1)
    parser.add_argument("--dtypes", default="float32,bfloat16")
    parser.add_argument("--frames", type=int, default=17)
    parser.add_argument("--side", type=int, default=128)
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    import diffusers
    import torch

    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    for name in args.dtypes.split(","):
        dtype = getattr(torch, name)
        vae = diffusers.AutoencoderKLHunyuanVideo(block_out_channels=(32, 64, 128, 128)).to(dtype).eval()
        vae.use_framewise_decoding = False
        cells = args.side // 8
        latents = torch.randn(1, 16, (args.frames - 1) // 4 + 1, cells, cells).to(dtype)
        seconds = []
        with torch.inference_mode():
            for index in range(args.warmup + args.repeats):
                start = time.perf_counter()
                assert vae.decode(latents, return_dict=False)[0].shape[2] == args.frames
                if index >= args.warmup:
                    seconds.append(round(time.perf_counter() - start, 5))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        line = {"program": "diffusers", "version": diffusers.__version__, "dtype": name, "frames": args.frames}
        line |= {"side": args.side, "threads": args.threads, "seconds": seconds, "peak_rss_bytes": peak}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
