"""Checks convert_metric.py's open-clip: a small random model of HPSv2's own network and the CLIPModel made of it give the same features.

`python tools/golden/check_open_clip.py PACKAGES`, where PACKAGES holds the folder hpsv2 of the package hpsv2 1.2.0, which is not
installed; of it only the network runs (src/open_clip/model.py), what else it imports is put in its place.
"""
import importlib
import sys
import tempfile
import types

import torch
from transformers import CLIPModel

import case
from tiny_flux import randomise

sys.path.insert(0, f"{case.HERE}/..")
import convert_metric  # noqa: E402


def stand_in(name, **content):
    module = types.ModuleType(name)
    module.__dict__.update(content)
    sys.modules[name] = module
    return module


def network(packages):
    """Returns the module that defines CLIP, without the package's own imports."""
    for name in ("hpsv2", "hpsv2.src", "hpsv2.src.open_clip"):
        stand_in(name).__path__ = [f"{packages}/{name.replace('.', '/')}"]
    stand_in("torchvision"), stand_in("torchvision.ops")
    stand_in("torchvision.ops.misc", FrozenBatchNorm2d=torch.nn.BatchNorm2d)
    stand_in("hpsv2.src.open_clip.timm_model", TimmModel=object)
    stand_in("hpsv2.src.open_clip.hf_model", HFTextEncoder=object)
    return importlib.import_module("hpsv2.src.open_clip.model")


def main(packages):
    case.prepare()
    vision = {"image_size": 28, "layers": 3, "width": 160, "head_width": 80, "patch_size": 14}
    text = {"context_length": 77, "vocab_size": 600, "width": 128, "heads": 2, "layers": 2}
    theirs = network(packages).CLIP(embed_dim=40, vision_cfg=vision, text_cfg=text).eval()
    randomise(theirs)
    for name, parameter in theirs.named_parameters():
        if "in_proj_weight" in name or "embedding" in name:
            parameter.normal_(std=0.15 if "in_proj" in name else 0.5)
    pixels = torch.randn(3, 3, 28, 28)
    ids = torch.zeros(2, 77, dtype=torch.long)
    ids[0, :5] = torch.tensor([598, 5, 7, 9, 599])
    ids[1, :8] = torch.tensor([598, 5, 7, 9, 4, 8, 1, 599])
    with tempfile.TemporaryDirectory() as folder:
        torch.save({"epoch": 1, "state_dict": theirs.state_dict()}, f"{folder}/clip.pt")
        convert_metric.open_clip(f"{folder}/clip.pt", f"{case.FOLDERS}/tiny-a/tokenizer", f"{folder}/clip")
        ours = CLIPModel.from_pretrained(f"{folder}/clip").eval()
    for name, a, b in (("picture", theirs.encode_image(pixels), ours.get_image_features(pixels).pooler_output),
                       ("text", theirs.encode_text(ids), ours.get_text_features(ids).pooler_output)):
        print(f"{name}: largest difference {(a - b).abs().max():.1e} of {a.abs().max():.2f}")
        assert torch.allclose(a, b, atol=1e-4)


if __name__ == "__main__":
    main(sys.argv[1])
