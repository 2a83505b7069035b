"""Writes safetensors_dtypes.safetensors: one small tensor of every type the Java reader knows, by Python's own writer.

Usage: python tools/golden/torch/safetensors_dtypes.py torch/src/test/resources/golden
"""

import json
import pathlib
import sys

import safetensors
import safetensors.torch
import torch

FLOATS = [-1.0, -0.5, 0.0, 0.25, 1.5, 3.0]


def tensors():
    yield "f64", torch.tensor(FLOATS, dtype=torch.float64).reshape(2, 3)
    yield "f32", torch.tensor(FLOATS, dtype=torch.float32).reshape(2, 3)
    yield "f16", torch.tensor(FLOATS, dtype=torch.float16).reshape(3, 2)
    yield "bf16", torch.tensor(FLOATS, dtype=torch.bfloat16).reshape(6)
    yield "i64", torch.tensor([-(2**63), -1, 0, 2**63 - 1], dtype=torch.int64)
    yield "i32", torch.tensor([-(2**31), -1, 0, 2**31 - 1], dtype=torch.int32)
    yield "i16", torch.tensor([-(2**15), -1, 0, 2**15 - 1], dtype=torch.int16)
    yield "i8", torch.tensor([-128, -1, 0, 127], dtype=torch.int8)
    yield "u8", torch.tensor([0, 1, 128, 255], dtype=torch.uint8)
    yield "bool", torch.tensor([True, False, False, True], dtype=torch.bool)
    yield "scalar", torch.tensor(7.5)
    yield "empty", torch.zeros(0, 3)
    yield 'naïve "name" 🦊', torch.tensor([1.0])


def main():
    folder = pathlib.Path(sys.argv[1])
    file = folder / "safetensors_dtypes.safetensors"
    safetensors.torch.save_file(dict(tensors()), file, metadata={"format": "pt"})
    about = {
        "generator": "tools/golden/torch/safetensors_dtypes.py",
        "source": f"safetensors@{safetensors.__version__} save_file",
        "versions": {"safetensors": safetensors.__version__, "torch": torch.__version__.split("+")[0]},
        "dtype": "all",
        "tolerance": 0,
    }
    (folder / "safetensors_dtypes.json").write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    main()
