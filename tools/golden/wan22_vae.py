"""Wan 2.2's autoencoder under the names of its release: golden/files/wan22_vae.safetensors, of wan-b's, and manifests/wan22-vae.json.

python wan22_vae.py CHECKOUT: of diffusers' repository, whose script converts that file; the package does not.
"""
import ast
import contextlib
import re
import subprocess
import sys
import types

import case
import make_files
import manifests

SCRIPT = "scripts/convert_wan_to_diffusers.py"
LAYER = re.compile(r"\.(down|up)_blocks\.(\d+)\.(resnets\.(\d+)|downsampler|upsampler)\.")


def original(name, resnets):
    """Returns what a tensor is called in its release; `resnets` of a block of the encoder, of which the decoder's have one more."""
    def nested(match):
        row = match[1] + "samples"
        last = resnets if match[1] == "down" else resnets + 1
        return f".{row}.{match[2]}.{row}.{last if match[4] is None else match[4]}."

    for old, new in make_files.WAN_RESNET.items():
        if ".resnets." in name:
            name = name.replace(f".{old}.", f".{new}.")
    for old, new in make_files.WAN_VAE[:-1]:
        name = name.replace(old, new)
    return LAYER.sub(nested, name)


def converter(checkout):
    """Returns convert_vae_22 of the script as a function of what it else downloads, and the script's commit."""
    git = ["git", "-C", checkout]
    text = subprocess.run([*git, "show", f"HEAD:{SCRIPT}"], check=True, capture_output=True, text=True).stdout
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    function = next(node for node in ast.parse(text).body if getattr(node, "name", "") == "convert_vae_22")
    space = {"hf_hub_download": lambda *_: None, "init_empty_weights": contextlib.nullcontext, "vae22_diffusers_config": {}}
    exec(ast.unparse(function), space)

    def convert(tensors):
        found = {}
        space["torch"] = types.SimpleNamespace(load=lambda *_, **__: dict(tensors))
        space["AutoencoderKLWan"] = lambda: types.SimpleNamespace(load_state_dict=lambda state, **_: found.update(state))
        space["convert_vae_22"]()
        return found

    return convert, commit


def main(checkout):
    case.prepare()
    convert, commit = converter(checkout)
    weights, config = make_files.read("wan-b", "vae")
    file = {original(name, config["num_res_blocks"]): value for name, value in weights.items()}
    make_files.require_same(convert(file), weights)
    make_files.write("wan22_vae", {name: value.bfloat16() for name, value in file.items()})
    found = manifests.shapes(*manifests.WAN22_VAE)
    names = {original(name, 2): name for name in found}
    assert convert(names) == {name: name for name in found}
    tensors = manifests.compact({old: found[new] for old, new in names.items()})
    manifests.store("wan22-vae", {"generator": "tools/golden/wan22_vae.py", "source": f"huggingface/diffusers@{commit} {SCRIPT}",
                                  "components": {"vae": {"tensors": tensors}}})


if __name__ == "__main__":
    main(sys.argv[1])
