"""GGUF files of tiny models' parts, in float32: golden/files/wan.gguf, under the release's names with its convolution in five dimensions, as
fix_5d_tensors.py of ComfyUI-GGUF writes it; and text encoders under llama.cpp's names, of which gguf-py's own map brings transformers'.

Also manifests/gguf-text.json: every tensor of Qwen3-4B and of Qwen2.5-VL-7B's text half under those names.
"""
import json

import gguf
from safetensors.torch import load_file

import case
from manifests import compact, expand, store

TEXTS = {"z-image-a": gguf.MODEL_ARCH.QWEN3, "qwen-image-a": gguf.MODEL_ARCH.QWEN2VL}


def renamed(arch, tensors):
    """Returns tensors of a text encoder under llama.cpp's names, without those that it keeps in a file of their own."""
    names = gguf.get_tensor_name_map(arch, 64)
    out = {}
    for name, value in tensors.items():
        if "visual." not in name:
            whole = name if name.startswith(("model.", "lm_head.")) else f"model.{name}"
            new = names.get_name(whole.replace("model.language_model.", "model."), (".weight", ".bias"))
            assert new, name
            out[new] = value
    return out


def write(name, arch, tensors):
    writer = gguf.GGUFWriter(f"{case.GOLDEN}/files/{name}.gguf", arch)
    for key, value in tensors.items():
        writer.add_tensor(key, value.float().contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def listed(manifest, part=None):
    with open(f"{case.RESOURCES}/manifests/{manifest}.json") as file:
        json_ = json.load(file)
    return expand((json_["components"][part] if part else json_)["tensors"])


def main():
    case.prepare()
    for folder, arch in TEXTS.items():
        tensors = load_file(f"{case.FOLDERS}/{folder}/text_encoder/model.safetensors")
        write(f"{folder}-text", gguf.MODEL_ARCH_NAMES[arch], renamed(arch, tensors))
    write("wan", "wan", load_file(f"{case.GOLDEN}/files/wan.safetensors"))
    full = {"qwen3-4b": (gguf.MODEL_ARCH.QWEN3, listed("qwen3-4b")),
            "qwen2.5-vl": (gguf.MODEL_ARCH.QWEN2VL, listed("hunyuan-video-1.5", "text_encoder"))}
    components = {part: {"tensors": compact(renamed(arch, tensors))} for part, (arch, tensors) in full.items()}
    store("gguf-text", {"generator": "tools/golden/make_gguf.py", "components": components})


if __name__ == "__main__":
    main()
