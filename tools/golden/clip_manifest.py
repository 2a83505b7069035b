"""Names and shapes of every tensor of the published openai/clip-vit-large-patch14, as manifests.py does it for FLUX.

The published model.safetensors has 1,710,540,580 bytes; the size foretold from names, types and shapes is the same to the byte.
"""
import json
import re
import shutil

import torch
from transformers import CLIPConfig, CLIPModel

import case
from manifests import OUT, PUBLISHED, compact, elements

NAME = "clip-vit-large-patch14"
BYTES = 1_710_540_580
POSITIONS = {"text_model.embeddings.position_ids": [1, 77], "vision_model.embeddings.position_ids": [1, 257]}


def file_bytes(tensors):
    """The size of a float32 safetensors file that also holds the position numbers, in int64."""
    entries = [(name, shape, "I64", 8) for name, shape in POSITIONS.items()]
    entries += [(name, tensors[name], "F32", 4) for name in sorted(tensors)]
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, shape, dtype, width in entries:
        end = at + width * elements(shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, end]}
        at = end
    return 8 + (len(json.dumps(header, separators=(",", ":"))) + 7) // 8 * 8 + at


def main():
    case.prepare()
    source = f"{PUBLISHED}/{NAME}"
    with open(f"{source}/config.json", encoding="utf-8") as file:
        config = CLIPConfig.from_dict(json.load(file))
    with torch.device("meta"):
        tensors = {name: list(value.shape) for name, value in CLIPModel(config).state_dict().items()}
    assert file_bytes(tensors) == BYTES, file_bytes(tensors)
    shutil.rmtree(f"{OUT}/{NAME}", ignore_errors=True)
    shutil.copytree(source, f"{OUT}/{NAME}")
    manifest = {
        "generator": "tools/golden/clip_manifest.py",
        "versions": case.versions(),
        "note": "{a..b} stands for each number from a to b; an optional name may be in a file or not",
        "bytes": BYTES,
        "optional": POSITIONS,
        "count": len(tensors),
        "parameters": sum(map(elements, tensors.values())),
        "tensors": compact(tensors),
    }
    text = json.dumps(manifest, indent=1)
    with open(f"{OUT}/{NAME}.json", "w", encoding="utf-8") as file:
        file.write(re.sub(r"\[[\d,\s]+\]", lambda m: re.sub(r"\s+", "", m[0]).replace(",", ", "), text) + "\n")


if __name__ == "__main__":
    main()
