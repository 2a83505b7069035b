"""Names and shapes of every tensor of the published Qwen3-4B, the text encoder of Z-Image and FLUX.2-klein-4B, as manifests.py does it.

published/qwen3-4b/config.json has the SHA-256 of the original, as programs that check it name it. The sizes of Z-Image-Turbo's three
files, foretold from names and shapes alone, are those that programs which load them list, to the byte. The head is tied to the
embeddings, and in no file.
"""
import hashlib
import json
import shutil

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

import case
from manifests import OUT, PUBLISHED, compact, elements, file_bytes, shard, store

NAME = "qwen3-4b"
SHA256 = "8ba006f74fecfaaeb392872a60f4a480e7ec9860153d2e1b769ec81f9a147f8a"
BYTES = [3_957_900_840, 3_987_450_520, 99_630_640]


def main():
    case.prepare()
    source = f"{PUBLISHED}/{NAME}"
    with open(f"{source}/config.json", "rb") as file:
        text = file.read()
    assert hashlib.sha256(text).hexdigest() == SHA256
    with torch.device("meta"):
        state = Qwen3ForCausalLM(Qwen3Config.from_dict(json.loads(text))).state_dict()
    tensors = {name: list(value.shape) for name, value in state.items() if name != "lm_head.weight"}
    foretold = [file_bytes(part) for part in shard(tensors, 4e9)]
    assert foretold == BYTES, foretold
    shutil.rmtree(f"{OUT}/{NAME}", ignore_errors=True)
    shutil.copytree(source, f"{OUT}/{NAME}")
    store(NAME, {
        "generator": "tools/golden/qwen_manifest.py",
        "versions": case.versions(),
        "note": "{a..b} stands for each number from a to b",
        "bytes": BYTES,
        "count": len(tensors),
        "parameters": sum(map(elements, tensors.values())),
        "tensors": compact(tensors),
    })


if __name__ == "__main__":
    main()
