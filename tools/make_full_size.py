"""Makes a folder of FLUX.1-dev's names, shapes and size with random bfloat16 weights: to measure memory and time at full size where the
published weights are not at hand. Its pictures are noise. Names and shapes are those of models/src/test/resources/manifests; tokenizers are
emoji-flux's. 34 GB on the disk, less with fewer blocks.

    python tools/make_full_size.py build/full-size                     # all 19 + 38 blocks
    python tools/make_full_size.py build/full-size --blocks 2 4
"""
import argparse
import json
import re
import shutil
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
MANIFESTS = ROOT / "models/src/test/resources/manifests"
FILES = {"transformer": "diffusion_pytorch_model", "text_encoder": "model", "text_encoder_2": "model", "vae": "diffusion_pytorch_model"}
SHARD = 10_000_000_000
PATTERN = 1 << 24                    # random values of one kind of tensor, repeated where it has more


def spelled(tensors):
    """{name: shape} with {a..b} in names written out."""
    for name, shape in tensors.items():
        found = re.search(r"\{(\d+)\.\.(\d+)\}", name)
        if not found:
            yield name, shape
            continue
        for i in range(int(found[1]), int(found[2]) + 1):
            yield from spelled({name.replace(found[0], str(i), 1): shape})


def kept(name, blocks):
    """Whether a tensor is in one of the first so many blocks, or in none."""
    for kind, most in zip(("transformer_blocks", "single_transformer_blocks"), blocks):
        found = re.match(rf"{kind}\.(\d+)\.", name)
        if found and int(found[1]) >= most:
            return False
    return True


class Values:
    """Random bfloat16 values: such that layers keep the size of what goes through them."""

    def __init__(self):
        self.generator, self.patterns = np.random.default_rng(0), {}

    def write(self, file, name, shape):
        count = int(np.prod(shape))
        flat = len(shape) < 2
        scale = (0 if name.endswith("bias") else 1) if flat else 1 / np.sqrt(np.prod(shape[1:]))
        pattern = self.pattern(scale, flat)
        for at in range(0, count, len(pattern)):
            pattern[: count - at].tofile(file)

    def pattern(self, scale, flat):
        key = (float(scale), flat)
        if key not in self.patterns:
            size = 1 << 16 if flat else PATTERN
            x = np.full(size, scale, np.float32) if flat else self.generator.standard_normal(size, np.float32) * np.float32(scale)
            self.patterns[key] = (x.view(np.uint32) >> 16).astype(np.uint16)
        return self.patterns[key]


def write_shard(path, tensors, values):
    header, at = {}, 0
    for name, shape in tensors.items():
        end = at + 2 * int(np.prod(shape))
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, end]}
        at = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in tensors.items():
            values.write(file, name, shape)
    return at


def write_component(folder, stem, tensors, values):
    shards, size = [{}], 0
    for name, shape in tensors.items():
        own = 2 * int(np.prod(shape))
        if size + own > SHARD:
            shards.append({})
            size = 0
        shards[-1][name] = shape
        size += own
    if len(shards) == 1:
        write_shard(folder / f"{stem}.safetensors", shards[0], values)
        return
    index = {}
    for i, shard in enumerate(shards):
        file = f"{stem}-{i + 1:05}-of-{len(shards):05}.safetensors"
        write_shard(folder / file, shard, values)
        index |= dict.fromkeys(shard, file)
    (folder / f"{stem}.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the folder to make; it must not be there")
    parser.add_argument("--model", default="flux1-dev", choices=("flux1-dev", "flux1-schnell"))
    parser.add_argument("--blocks", type=int, nargs=2, default=(19, 38), metavar=("DOUBLE", "SINGLE"), help="blocks to have")
    args = parser.parse_args()
    if args.folder.exists():
        raise SystemExit(f"{args.folder}: is there already; name another folder, or remove it")
    manifest = json.loads((MANIFESTS / f"{args.model}.json").read_text())
    shutil.copytree(MANIFESTS / args.model, args.folder)
    for name in ("tokenizer", "tokenizer_2"):
        shutil.copytree(ROOT / "emoji-flux" / name, args.folder / name)
    config = args.folder / "transformer/config.json"
    blocks = dict(zip(("num_layers", "num_single_layers"), args.blocks))
    config.write_text(json.dumps(json.loads(config.read_text()) | blocks, indent=2))
    values = Values()
    for part, stem in FILES.items():
        tensors = dict(spelled(manifest["components"][part]["tensors"]))
        if part == "transformer":
            tensors = {name: shape for name, shape in tensors.items() if kept(name, args.blocks)}
        write_component(args.folder / part, stem, tensors, values)
        print(f"{args.folder / part}: {sum(int(np.prod(s)) for s in tensors.values()) / 1e9:.2f} billion values", flush=True)


if __name__ == "__main__":
    main()
