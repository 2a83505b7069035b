"""Saves one golden case: `<model>/<case>.safetensors` and its provenance, `<case>.json`, beside it."""
import json
import os
import platform

import diffusers
import tokenizers
import torch
import transformers
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.normpath(f"{HERE}/../..")
RESOURCES = f"{REPOSITORY}/models/src/test/resources"
GOLDEN = f"{RESOURCES}/golden"
FOLDERS = f"{GOLDEN}/folders"
LIMIT = 200_000


def versions():
    """Returns the versions that made a file."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "diffusers": diffusers.__version__,
        "transformers": transformers.__version__,
        "tokenizers": tokenizers.__version__,
    }


def prepare(seed=0):
    """Makes torch's results repeatable on one machine and quiet."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    torch.set_grad_enabled(False)
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def recorder():
    """Returns a dictionary, and what makes hooks that fill it: `keep(name, *parts)` keeps a module's result, or each of its parts."""
    out = {}

    def keep(name, *parts):
        def hook(_module, _inputs, result):
            for part, value in zip(parts or ("",), result if isinstance(result, tuple) else (result,)):
                out["out." + name + part] = value

        return hook

    return out, keep


def save(script, model, name, tensors, source, tolerance, **settings):
    """Writes a case. `tolerance` is the largest absolute difference a float32 CPU program may show."""
    os.makedirs(f"{GOLDEN}/{model}", exist_ok=True)
    path = f"{GOLDEN}/{model}/{name}"
    save_file({key: value.detach().contiguous().clone() for key, value in tensors.items()}, f"{path}.safetensors")
    size = os.path.getsize(f"{path}.safetensors")
    assert size <= LIMIT, f"{path}: {size} bytes, at most {LIMIT}"
    info = {
        "generator": f"tools/golden/{script}",
        "source": source,
        "versions": versions(),
        "dtype": "float32",
        "tolerance": tolerance,
        **settings,
        "largest": {key: round(t.abs().max().item(), 4) for key, t in tensors.items() if t.is_floating_point()},
    }
    with open(f"{path}.json", "w", encoding="utf-8") as file:
        json.dump(info, file, indent=1, ensure_ascii=False)
        file.write("\n")
    print(f"{model}/{name}: {size} bytes")
