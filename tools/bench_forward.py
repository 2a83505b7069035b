"""Times one forward of FLUX's transformer by a program other than ours; prints one JSON line a case.

`python bench_forward.py --program diffusers|compile|openvino [--model medium|real|tiny|dev|dev:D+S] [--dtype float32|bfloat16]
[--tokens 256+64,1024+64] [--threads 2] [--repeats 7] [--warmup 2] [--device cpu|cuda:0]`, tokens being image + text. A square
picture: 256 image tokens are 16 x 16. The weights are random; `medium` is D = 512 in 4 + 8 blocks, `real` FLUX.1-dev's own
width of 3072 in 1 + 2 blocks, `dev` the whole of it or so many double and single blocks, `tiny` D = 128 in 1 + 2.

diffusers is eager torch, compile the same behind torch.compile, openvino the same network converted, with as many threads.

Any program that prints the same keys can be compared with it (compare_speed.py):
{"program", "version", "dtype", "image_tokens", "text_tokens", "threads", "seconds": [...], "median_s"}
"""
import argparse
import json
import math
import os
import re
import statistics
import time

MODELS = {
    "medium": {
        "num_layers": 4,
        "num_single_layers": 8,
        "num_attention_heads": 8,
        "attention_head_dim": 64,
        "joint_attention_dim": 512,
        "pooled_projection_dim": 256,
        "axes_dims_rope": (8, 28, 28),
        "guidance_embeds": True,
    },
    "real": {"num_layers": 1, "num_single_layers": 2, "guidance_embeds": True},
    "dev": {"num_layers": 19, "num_single_layers": 38, "guidance_embeds": True},
    "tiny": {
        "num_layers": 1,
        "num_single_layers": 2,
        "num_attention_heads": 2,
        "attention_head_dim": 64,
        "joint_attention_dim": 128,
        "pooled_projection_dim": 64,
        "axes_dims_rope": (8, 28, 28),
        "guidance_embeds": True,
    },
}
TOKENS = {"medium": "256+64,1024+64", "real": "1024+512,4096+512", "dev": "4096+512", "tiny": "64+16"}


def settings(name):
    """Returns the configuration of a model's name."""
    base, _, blocks = name.partition(":")
    if base not in MODELS or (blocks and not re.fullmatch(r"\d+\+\d+", blocks)):
        raise SystemExit(f"model: must be one of {', '.join(MODELS)} or dev:D+S, not '{name}'")
    if not blocks:
        return MODELS[base]
    double, single = map(int, blocks.split("+"))
    return MODELS[base] | {"num_layers": double, "num_single_layers": single}


def build(name, dtype, device):
    """Returns the network with small random weights, made where it runs."""
    import torch
    from diffusers import FluxTransformer2DModel

    torch.manual_seed(0)
    torch.set_default_dtype(dtype)
    with torch.device(device):
        model = FluxTransformer2DModel(**settings(name)).eval()
    torch.set_default_dtype(torch.float32)
    return model


def inputs(config, image_tokens, text_tokens, dtype, device):
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
        "guidance": torch.tensor([3.5]),
    }
    return {name: value.to(device) for name, value in values.items()}


def openvino_forward(model, dtype, values, threads):
    """Returns a function of no arguments that runs the converted network, and OpenVINO's version."""
    import openvino
    import torch

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, *tensors):
            return self.model(**dict(zip(values, tensors)), return_dict=False)[0]

    # Converted in float32; the hint says which type it computes in.
    examples = tuple(value.float() for value in values.values())
    converted = openvino.convert_model(Network().float().eval(), example_input=examples)
    hints = {
        "INFERENCE_PRECISION_HINT": "f32" if dtype == torch.float32 else "bf16",
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
    }
    compiled = openvino.compile_model(converted, "CPU", hints)
    arrays = [value.numpy() for value in examples]
    return lambda: compiled(arrays), openvino.__version__


def prepare(args, model, dtype, values):
    """Returns the program's forward and version."""
    import diffusers
    import torch

    if args.program == "openvino":
        return openvino_forward(model, dtype, values, args.threads)
    run = torch.compile(model, dynamic=False) if args.program == "compile" else model
    version = diffusers.__version__ if args.program == "diffusers" else torch.__version__
    if args.device == "cpu":
        return lambda: run(**values, return_dict=False), version

    def forward():
        run(**values, return_dict=False)
        torch.cuda.synchronize()

    return forward, version


def measure(forward, args, **line):
    """Times forwards and prints a line about them."""
    seconds = []
    for index in range(args.warmup + args.repeats):
        start = time.perf_counter()
        forward()
        if index >= args.warmup:
            seconds.append(round(time.perf_counter() - start, 5))
    line |= {"threads": args.threads, "seconds": seconds, "median_s": round(statistics.median(seconds), 5)}
    print(json.dumps(line), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", choices=["diffusers", "compile", "openvino"], default="diffusers")
    parser.add_argument("--model", default="medium", help=f"of {', '.join(MODELS)}, or dev:D+S")
    parser.add_argument("--device", default="cpu", help="cpu or cuda:N; OpenVINO runs on the CPU alone")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--tokens", help="default: as the model's table in docs/performance.md")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--warmup", type=int, default=2)
    args = parser.parse_args()
    if args.repeats < 3:
        parser.error(f"--repeats: at least 3 for a median, {args.repeats}; use 3 or more")
    os.environ["OMP_NUM_THREADS"] = str(args.threads)
    import torch

    torch.set_num_threads(args.threads)
    dtype = getattr(torch, args.dtype)
    if args.program == "openvino" and args.device != "cpu":
        parser.error(f"--device: OpenVINO runs on the CPU, not on {args.device}; leave it out")
    model = build(args.model, dtype, args.device)
    for case in (args.tokens or TOKENS[args.model.partition(":")[0]]).split(","):
        image, text = map(int, case.split("+"))
        values = inputs(model.config, image, text, dtype, args.device)
        with torch.inference_mode():
            forward, version = prepare(args, model, dtype, values)
            measure(forward, args, program=args.program, version=version, model=args.model, dtype=args.dtype,
                    image_tokens=image, text_tokens=text)


if __name__ == "__main__":
    main()
