"""Makes files of one transformer in FLUX.1's width, stored in float32, bfloat16, 8-bit floats and GGUF, to measure the
memory that each takes. Weights are random and pictures noise. All else is emoji-flux's, so the transformer is nearly
all of the memory.

    python tools/make_packed_size.py build/packed                      # 1 + 2 of FLUX.1's 19 + 38 blocks
"""
import argparse
import json
import pathlib
import shutil
import sys

import gguf
import torch
from gguf import GGMLQuantizationType as Type
from safetensors.torch import save_file

TOOLS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS / "golden"))
from make_files import transformer as renamed  # noqa: E402
from make_packed import blocks  # noqa: E402

EMOJI = TOOLS.parent / "emoji-flux"
PARTS = ("scheduler", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "vae")


def weights(config):
    """Returns random weights by diffusers' names, such that layers keep the size of what goes through them."""
    from diffusers import FluxTransformer2DModel

    with torch.device("meta"):
        model = FluxTransformer2DModel.from_config(config)
    return {name: values(name, tensor.shape).bfloat16() for name, tensor in model.state_dict().items()}


def values(name, shape):
    if len(shape) == 2:
        return torch.randn(shape).mul_(shape[1] ** -0.5)
    return torch.full(shape, float("norm_" in name and name.endswith("weight")))


def write_float8(path, tensors):
    out = {name: tensor.to(torch.float8_e4m3fn) if tensor.ndim == 2 else tensor for name, tensor in tensors.items()}
    save_file(out, path)


def write_gguf(path, tensors, kind):
    """Rows that are no multiple of 256 stay in float32; of Q4_K, which gguf-py does not make, the bytes are random."""
    writer = gguf.GGUFWriter(path, "flux")
    for name, tensor in tensors.items():
        if tensor.ndim < 2 or tensor.shape[1] % 256:
            writer.add_tensor(name, tensor.float().numpy())
        elif kind == Type.Q4_K:
            writer.add_tensor(name, blocks(kind, *tensor.shape, seed=0, halves=(1e-4, 8e-4)), raw_dtype=kind)
        else:
            writer.add_tensor(name, gguf.quantize(tensor.float().numpy(), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="the folder to make; it must not be there")
    parser.add_argument("--blocks", type=int, nargs=2, default=(1, 2), metavar=("DOUBLE", "SINGLE"), help="how many")
    args = parser.parse_args()
    base = args.folder / "base"
    (base / "transformer").mkdir(parents=True)
    shutil.copy(EMOJI / "model_index.json", base)
    for part in PARTS:
        shutil.copytree(EMOJI / part, base / part)
    config = json.loads((EMOJI / "transformer/config.json").read_text())
    config |= dict(zip(("num_layers", "num_single_layers"), args.blocks), num_attention_heads=48, guidance_embeds=True)
    (base / "transformer/config.json").write_text(json.dumps(config, indent=2))
    torch.manual_seed(0)
    stored = weights(config)
    save_file(stored, base / "transformer/diffusion_pytorch_model.safetensors")
    tensors = renamed(stored, config)
    save_file({name: tensor.float() for name, tensor in tensors.items()}, args.folder / "float32.safetensors")
    save_file(tensors, args.folder / "bfloat16.safetensors")
    write_float8(args.folder / "float8.safetensors", tensors)
    for kind in (Type.Q8_0, Type.Q4_0, Type.Q4_K):
        write_gguf(args.folder / f"{kind.name.lower()}.gguf", tensors, kind)
    print(f"{args.folder}: {sum(tensor.numel() for tensor in tensors.values()) / 1e9:.3f} billion values")


if __name__ == "__main__":
    main()
