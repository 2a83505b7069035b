"""Training state in a folder of small safetensors files."""
import json
import os
import shutil
from pathlib import Path

from safetensors.torch import load_file, save_file

PART_BYTES = 15 * 2**20


def save(folder, tensors, progress, part_bytes=PART_BYTES):
    """Writes {name: tensor} in parts of at most `part_bytes` (larger tensors get a part of their own) and `progress`, JSON.

    The old state is replaced only when the new one is complete.
    """
    folder = Path(folder)
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    part, size, number = {}, 0, 0
    for name, tensor in tensors.items():
        tensor = tensor.detach().cpu().contiguous()
        length = tensor.numel() * tensor.element_size()
        if part and size + length > part_bytes:
            save_file(part, fresh / f"part-{number:03d}.safetensors")
            part, size, number = {}, 0, number + 1
        part[name] = tensor
        size += length
    save_file(part, fresh / f"part-{number:03d}.safetensors")
    (fresh / "progress.json").write_text(json.dumps(progress, indent=2) + "\n")
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        os.replace(folder, old)
    os.replace(fresh, folder)
    shutil.rmtree(old, ignore_errors=True)


def load(folder):
    """Returns the tensors and the progress that `save` wrote."""
    folder = Path(folder)
    if not (folder / "progress.json").exists():
        raise SystemExit(f"{folder}: no checkpoint to resume; train without --resume first")
    tensors = {}
    for part in sorted(folder.glob("part-*.safetensors")):
        tensors |= load_file(part)
    return tensors, json.loads((folder / "progress.json").read_text())


def under(tensors, prefix):
    """Returns the tensors below `prefix`, without it."""
    return {name[len(prefix):]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
