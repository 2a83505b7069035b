"""Times one forward of diffusers' HunyuanVideoTransformer3DModel; prints a JSON line as bench_forward.py does.

`python bench_video_forward.py [--threads 2] [--repeats 5] [--warmup 1]`. A model of random weights, D = 512, 2 + 4 blocks of 8
heads of 64, in float32, at 4 x 32 x 32 video tokens and 256 text tokens, none of them padding.
"""
import argparse
import os

from bench_forward import measure

GRID = (4, 32, 32)
TEXT_TOKENS = 256


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=1)
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    import diffusers
    import torch
    from diffusers import HunyuanVideoTransformer3DModel

    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    model = HunyuanVideoTransformer3DModel(
        num_attention_heads=8, attention_head_dim=64, rope_axes_dim=(8, 28, 28), num_layers=2, num_single_layers=4,
        text_embed_dim=512, pooled_projection_dim=256,
    ).eval()
    values = {
        "hidden_states": torch.randn(1, 16, GRID[0], 2 * GRID[1], 2 * GRID[2]),
        "encoder_hidden_states": torch.randn(1, TEXT_TOKENS, 512),
        "encoder_attention_mask": torch.ones(1, TEXT_TOKENS, dtype=torch.long),
        "pooled_projections": torch.randn(1, 256),
        "timestep": torch.tensor([500.0]),
        "guidance": torch.tensor([6000.0]),
        "return_dict": False,
    }
    tokens = GRID[0] * GRID[1] * GRID[2]
    with torch.inference_mode():
        measure(lambda: model(**values), args, program="diffusers", version=diffusers.__version__, model="video",
                dtype="float32", image_tokens=tokens, text_tokens=TEXT_TOKENS)


if __name__ == "__main__":
    main()
