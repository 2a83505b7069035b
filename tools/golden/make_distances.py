"""LPIPS, FID, KID and HPSv2's pictures: golden/vision/{lpips-*,inception*,distances,hps}.safetensors, and two manifests.

`python tools/golden/make_distances.py PACKAGES`, where PACKAGES holds, unpacked, what is not installed
(`pip download --no-deps lpips==0.1.4 torch-fidelity==0.4.0 torchvision==0.25.0 hpsv2==1.2.0`). Their own classes run here, with fewer
channels and random weights; convert_metric.py makes the files that Java reads of their state dicts.
"""
import importlib.util
import json
import os
import re
import sys
import tempfile
import types

import numpy as np
import torch
from PIL import Image
from transformers import CLIPModel, CLIPTokenizer

import case
from make_clip import PROMPTS, pictures, unit
from manifests import OUT, compact, elements

sys.path.insert(0, os.path.dirname(case.HERE))
import convert_metric

VISION = f"{case.GOLDEN}/vision"
SLICES = {"alex": convert_metric.ALEX, "vgg": convert_metric.VGG}
BY_NET = {net: dict(zip(SLICES[net], widths)) for net, widths in (("alex", (4, 6, 8, 5, 3)),
                                                                 ("vgg", (3, 3, 4, 4, 5, 5, 6, 4, 5, 3, 4, 3, 5)))}


def shown(seed, sizes):
    """Random pictures of these widths and heights, smooth with noise."""
    rng = np.random.default_rng(seed)
    out = []
    for width, height in sizes:
        coarse = Image.fromarray(rng.integers(0, 256, (5, 5, 3), dtype=np.uint8)).resize((width, height), Image.BICUBIC)
        out.append(np.clip(np.asarray(coarse) + rng.normal(0, 25, (height, width, 3)), 0, 255).round().astype(np.uint8))
    return out


def batch(picture):
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None]


def lpips_golden(net):
    """Distances of three pairs, the third of equal pictures, in the order of lpips_2imgs: values / (255 / 2) - 1."""
    import lpips

    model = lpips.LPIPS(net=net, pnet_rand=True, verbose=False)
    before = 3
    for index, width in BY_NET[net].items():
        part = getattr(model.net, f"slice{SLICES[net][index]}")
        old = part._modules[str(index)]
        part._modules[str(index)] = torch.nn.Conv2d(before, width, old.kernel_size, old.stride, old.padding)
        torch.nn.init.kaiming_normal_(part._modules[str(index)].weight)
        before = width
    last = {part: index for index, part in SLICES[net].items()}
    ends = [BY_NET[net][last[part]] for part in sorted(last)]
    for lin, width in zip(model.lins, ends):
        lin.model[1] = torch.nn.Conv2d(width, 1, 1, bias=False)
        lin.model[1].weight.abs_()
    model.eval()
    state = model.state_dict()
    backbone = {f"features.{name.split('.')[2]}.{name.split('.')[3]}": value for name, value in state.items()
                if name.startswith("net.")}
    convert(convert_metric.lpips, f"lpips-{net}", backbone, {n: v for n, v in state.items() if n.startswith("lin")})
    first, second = shown(11, [(64, 48), (47, 60), (40, 40)]), shown(12, [(64, 48), (47, 60), (40, 40)])
    second[2] = first[2]
    tensors, distances = {}, []
    for i, (a, b) in enumerate(zip(first, second)):
        tensors |= {f"{i}.picture": torch.from_numpy(a), f"{i}.reference": torch.from_numpy(b)}
        distances.append(model(batch(a) / (255 / 2) - 1, batch(b) / (255 / 2) - 1).reshape(()))
    tensors["distances"] = torch.stack(distances)
    case.save("make_distances.py", "vision", f"lpips-{net}-distances", tensors, "lpips 0.1.4 LPIPS", 1e-6, pictures=3)


def convert(kind, name, *states):
    """Saves state dicts as checkpoints, and has convert_metric.py make a file of them."""
    with tempfile.TemporaryDirectory() as work:
        files = []
        for i, state in enumerate(states):
            files.append(f"{work}/{i}.pth")
            torch.save(state, files[-1])
        kind(*files, f"{VISION}/{name}.safetensors")


def fidelity(weights):
    """torch-fidelity's extractor, its file of weights replaced."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    with tempfile.TemporaryDirectory() as work:
        torch.save(weights, f"{work}/w.pth")
        return FeatureExtractorInceptionV3("inception", ["2048"], f"{work}/w.pth")


def full_inception():
    """The state dict of the published shapes, random."""
    from unittest import mock

    import torch_fidelity.feature_extractor_inceptionv3 as module

    with mock.patch.object(module.FeatureExtractorInceptionV3, "load_state_dict"), mock.patch.object(torch, "load"):
        return module.FeatureExtractorInceptionV3("inception", ["2048"], "none")


def inception_golden():
    model = full_inception()
    manifest("inception", convert_metric.inception_tensors(model.state_dict()))
    for part in model.modules():
        if type(part).__name__ == "BasicConv2d":
            old, width = part.conv, max(2, part.conv.out_channels // 32)
            part.conv = torch.nn.LazyConv2d(width, old.kernel_size, old.stride, old.padding, bias=False)
            part.bn = torch.nn.BatchNorm2d(width, eps=0.001)
    model.eval()
    small = shown(13, [(80, 60), (33, 90), (400, 21)])
    model(batch(small[0]))  # makes the lazy ones
    for part in model.modules():
        if isinstance(part, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(part.weight)
        elif isinstance(part, torch.nn.BatchNorm2d):
            part.bias.normal_(std=0.1), part.running_mean.normal_(std=0.1), part.running_var.uniform_(0.5, 1.5)
            part.weight.uniform_(0.8, 1.2)  # published ones are 1
    convert(convert_metric.inception, "inception", model.state_dict())
    tensors = {f"{i}.picture": torch.from_numpy(p) for i, p in enumerate(small)}
    tensors["features"] = torch.cat([model(batch(p))[0] for p in small])
    features = tensors["features"].double()
    tensors["fid_of_first_two"] = torch.tensor(frechet(features, features[:2])).double()
    tensors["kid_of_itself"] = torch.tensor(kernel(features, features)).double()
    case.save("make_distances.py", "vision", "inception-features", tensors,
              "torch-fidelity 0.4.0 FeatureExtractorInceptionV3, feature 2048", 1e-4, pictures=len(small))


def frechet(a, b):
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    return fid_statistics_to_metric(*[fid_features_to_statistics(x) for x in (a, b)], False)["frechet_inception_distance"]


def kernel(a, b):
    from torch_fidelity.metric_kid import kernel_mmd

    return kernel_mmd(a.numpy(), b.numpy(), kid_kernel="poly", kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None,
                      kid_kernel_poly_coef0=1)


def distances_golden():
    """FID of more and of fewer rows than features, and KID of given rows."""
    rng = np.random.default_rng(5)
    tensors = {}
    for name, rows, others, width in (("many", 40, 33, 6), ("few", 9, 7, 16), ("mixed", 30, 8, 12)):
        mixing = rng.normal(size=(width, width))
        a = torch.from_numpy(rng.normal(size=(rows, width)) @ mixing).float()
        b = torch.from_numpy(rng.normal(0.3, 1.2, size=(others, width)) @ mixing + 0.5).float()
        chosen = [torch.from_numpy(rng.permutation(n)[:6]) for n in (rows, others)]
        tensors |= {f"{name}.a": a, f"{name}.b": b, f"{name}.a.rows": chosen[0], f"{name}.b.rows": chosen[1],
                    f"{name}.fid": torch.tensor(frechet(a.double(), b.double())).double(),
                    f"{name}.kid": torch.tensor(kernel(a[chosen[0]].double(), b[chosen[1]].double())).double()}
    case.save("make_distances.py", "vision", "distances", tensors, "torch-fidelity 0.4.0, metric_fid.py, metric_kid.py, float64", 1e-6)


def hps_golden(packages):
    """clip-a's pictures as hpsv2 prepares them, and clip-a's cosines of them."""
    folder = f"{packages}/hpsv2/src/open_clip"
    sys.modules["open_clip"] = types.ModuleType("open_clip")
    sys.modules["open_clip"].__path__ = [folder]
    spec = importlib.util.spec_from_file_location("open_clip.transform", f"{folder}/transform.py")
    transform = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(transform)
    prepare = transform.image_transform(32, is_train=False)
    pixels = torch.stack([prepare(Image.fromarray(p)) for p in pictures(3)])
    clip = CLIPModel.from_pretrained(f"{case.FOLDERS}/clip-a").eval()
    tokenizer = CLIPTokenizer.from_pretrained(f"{case.FOLDERS}/clip-a")
    ids = [tokenizer(p, max_length=77, truncation=True).input_ids for p in PROMPTS]
    texts = torch.cat([clip.get_text_features(torch.tensor([row])).pooler_output for row in ids])
    cosine = unit(clip.get_image_features(pixels).pooler_output) @ unit(texts).T
    case.save("make_distances.py", "vision", "hps", {"pixel_values": pixels, "cosine": cosine},
              "hpsv2 1.2.0 image_transform, torchvision 0.25.0, transformers CLIPModel", 1e-5)


def manifest(name, tensors):
    """Names and shapes of the published size."""
    shapes = {key: list(value.shape) for key, value in tensors.items()}
    content = {"generator": "tools/golden/make_distances.py", "versions": case.versions(),
               "note": "{a..b} stands for each number from a to b", "count": len(shapes),
               "parameters": sum(map(elements, shapes.values())), "tensors": compact(shapes)}
    text = json.dumps(content, indent=1)
    with open(f"{OUT}/{name}.json", "w", encoding="utf-8") as file:
        file.write(re.sub(r"\[[\d,\s]+\]", lambda m: re.sub(r"\s+", "", m[0]).replace(",", ", "), text) + "\n")


def lpips_manifest(net):
    import lpips

    state = lpips.LPIPS(net=net, pnet_rand=True, verbose=False).state_dict()
    manifest(f"lpips-{net}", {name: value for name, value in state.items() if not name.startswith(("lins.", "scaling"))})


def main(packages):
    case.prepare(30)
    sys.path.insert(0, packages)
    for net in BY_NET:
        lpips_golden(net)
        lpips_manifest(net)
    inception_golden()
    distances_golden()
    hps_golden(packages)


if __name__ == "__main__":
    main(sys.argv[1])
