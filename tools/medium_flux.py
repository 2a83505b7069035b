"""Writes a FLUX folder of random weights and medium size, for timing: D = 512, 4 + 8 blocks, 8 heads of 64.

`python medium_flux.py OUT [--dtype float32|bfloat16] [--tokenizers DIR]`. The text encoders are small but fit
(T5 width 512, CLIP width 256), so any program can load the folder whole.
"""
import argparse
import os
import sys

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, f"{HERE}/golden")

import case  # noqa: E402
import tiny_flux  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="bfloat16", help="of the files")
    parser.add_argument("--tokenizers", default=f"{HERE}/../emoji-flux", help="folder with tokenizer and tokenizer_2")
    args = parser.parse_args()
    case.prepare()
    tiny_flux.build(
        args.out,
        args.tokenizers,
        seed=31,
        heads=8,
        dbl=4,
        sgl=8,
        guidance=False,
        axes=(8, 28, 28),
        dtype=getattr(torch, args.dtype),
        clip_hidden=256,
        clip_heads=4,
        t5_hidden=512,
        t5_heads=8,
        t5_head_dim=64,
        text_wide=512,
        vae_channels=(16, 32, 64, 96),
        latent_channels=16,
        sample_size=512,
        scheduler=tiny_flux.STATIC,
    )
    print(args.out, tiny_flux.folder_bytes(args.out), "bytes")


if __name__ == "__main__":
    main()
