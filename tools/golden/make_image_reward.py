"""A tiny ImageReward model and what the published code says by it: golden/folders/image-reward, golden/vision/image-reward.safetensors.

`python tools/golden/make_image_reward.py PACKAGES`, where PACKAGES holds the folder ImageReward of the package image-reward 1.5, which is
not installed: it pins libraries that are too old. Its own networks run here (models/BLIP/vit.py, models/BLIP/med.py, the MLP of
ImageReward.py); what they take from timm, fairscale, torchvision and older transformers is put in their place below.
"""
import functools
import importlib.util
import json
import os
import re
import shutil
import sys
import types
import unittest.mock

import numpy as np
import torch
import transformers.modeling_utils
import transformers.pytorch_utils
from PIL import Image
from safetensors.torch import save_file
from transformers import BertConfig, BertTokenizer

import case
from make_clip import pictures
from manifests import OUT, compact, elements
from tiny_flux import randomise

NAME = "image-reward"
PROMPTS = ["a red fox, on a blue Background!", "two owls", "a red fox, on a blue Background!", "word " * 60, "Café [ENC] naïve"]
VISION = {"image_size": 32, "patch_size": 8, "embed_dim": 32, "depth": 3, "num_heads": 4}
TEXT = {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 3,
        "max_position_embeddings": 40, "layer_norm_eps": 1e-12, "hidden_act": "gelu", "add_cross_attention": True,
        "encoder_width": 32, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "fox", "on", "blue", "back", "##ground", "two", "owl", "##s", "word",
         "cafe", "naive", ",", "!", "[", "]", "en", "##c", "b", "##o", "##x"]


class PatchEmbed(torch.nn.Module):
    """timm's, of that time: a convolution with bias, patches in rows."""

    def __init__(self, img_size, patch_size, in_chans, embed_dim):
        super().__init__()
        self.num_patches = (img_size // patch_size) ** 2
        self.proj = torch.nn.Conv2d(in_chans, embed_dim, patch_size, patch_size)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


def stand_in(name, **content):
    module = types.ModuleType(name)
    module.__dict__.update(content)
    sys.modules[name] = module


def published(packages):
    """Returns the modules vit and med of the package, loaded alone."""
    nothing = lambda *args, **kwargs: None  # noqa: E731
    stand_in("timm"), stand_in("timm.models")
    stand_in("timm.models.vision_transformer", _cfg=nothing, PatchEmbed=PatchEmbed)
    stand_in("timm.models.registry", register_model=nothing)
    stand_in("timm.models.layers", trunc_normal_=torch.nn.init.trunc_normal_, DropPath=torch.nn.Identity)
    stand_in("timm.models.helpers", named_apply=nothing, adapt_input_conv=nothing)
    stand_in("fairscale"), stand_in("fairscale.nn"), stand_in("fairscale.nn.checkpoint")
    stand_in("fairscale.nn.checkpoint.checkpoint_activations", checkpoint_wrapper=nothing)
    stand_in("transformers.file_utils", ModelOutput=transformers.utils.ModelOutput)
    utils = transformers.modeling_utils
    for name in ("apply_chunking_to_forward", "prune_linear_layer", "find_pruneable_heads_and_indices"):
        if not hasattr(utils, name):
            setattr(utils, name, getattr(transformers.pytorch_utils, name, nothing))
    modules = []
    for name in ("vit", "med"):
        spec = importlib.util.spec_from_file_location(name, f"{packages}/ImageReward/models/BLIP/{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        modules.append(module)
    return modules


def mlp(width):
    """ImageReward.py's MLP: dropout between linear layers, no nonlinearity."""
    widths = [width, 20, 16, 12, 8, 1]
    layers = {}
    for index, (a, b) in zip((0, 2, 4, 6, 7), zip(widths, widths[1:])):
        layers[index] = torch.nn.Linear(a, b)
    return layers


def preprocess(picture):
    """torchvision's Resize (BICUBIC), CenterCrop and Normalize on a PIL picture."""
    size = VISION["image_size"]
    image = Image.fromarray(picture)
    short, long = sorted(image.size)
    longer = int(size * long / short)
    image = image.resize((size, longer) if image.width <= image.height else (longer, size), Image.BICUBIC)
    left, top = int(round((image.width - size) / 2.0)), int(round((image.height - size) / 2.0))
    values = np.asarray(image.crop((left, top, left + size, top + size)), dtype=np.float32) / 255
    mean, std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    return torch.from_numpy(((values - np.float32(mean)) / np.float32(std)).transpose(2, 0, 1))


def write(out, vision, embeddings, encoder, head, vocab):
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    tensors = {}
    for prefix, module in (("blip.visual_encoder.", vision), ("blip.text_encoder.embeddings.", embeddings),
                           ("blip.text_encoder.encoder.", encoder)):
        tensors |= {prefix + name: value for name, value in module.state_dict().items() if name != "position_ids"}
    for index, layer in head.items():
        tensors |= {f"mlp.layers.{index}.{name}": value for name, value in layer.state_dict().items()}
    save_file({k: v.contiguous().clone() for k, v in tensors.items()}, f"{out}/model.safetensors", metadata={"format": "pt"})
    config = {"model_type": "image-reward", "vision": VISION, "text": {"vocab_size": vocab, "max_length": 35, **TEXT}}
    for key in ("add_cross_attention", "hidden_dropout_prob", "attention_probs_dropout_prob"):
        del config["text"][key]
    with open(f"{out}/config.json", "w", encoding="utf-8") as file:
        json.dump(config, file, indent=1)
        file.write("\n")
    with open(f"{out}/vocab.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(WORDS) + "\n")


def main(packages):
    case.prepare(30)
    vit, med = published(packages)
    vision = vit.VisionTransformer(img_size=VISION["image_size"], patch_size=VISION["patch_size"],
                                   embed_dim=VISION["embed_dim"], depth=VISION["depth"], num_heads=VISION["num_heads"])
    config = BertConfig(vocab_size=len(WORDS) + 2, pad_token_id=0, **TEXT)
    embeddings, encoder, head = med.BertEmbeddings(config), med.BertEncoder(config), mlp(TEXT["hidden_size"])
    for part in (vision, embeddings, encoder, *head.values()):
        randomise(part.eval())
    with torch.no_grad():
        vision.pos_embed.normal_(std=0.6), vision.cls_token.normal_(std=0.6)
        embeddings.word_embeddings.weight.normal_(std=0.8), embeddings.position_embeddings.weight.normal_(std=0.4)
    out = f"{case.FOLDERS}/{NAME}"
    write(out, vision, embeddings, encoder, head, len(WORDS) + 2)
    tokenizer = tokenizer_of(out)
    shown = pictures(8)
    pixels = torch.stack([preprocess(p) for p in shown])
    states = vision(pixels)
    tensors = {f"{i}.picture": torch.from_numpy(p.copy()) for i, p in enumerate(shown)}
    rewards, tokens = [], []
    for i, prompt in enumerate(PROMPTS):
        given = tokenizer(prompt, padding="max_length", truncation=True, max_length=35, return_tensors="pt")
        tokens.append(given.input_ids[0][given.attention_mask[0] == 1].tolist())
        mask = (1.0 - given.attention_mask[:, None, None, :].float()) * -10000.0
        hidden = encoder(embeddings(input_ids=given.input_ids), attention_mask=mask,
                         encoder_hidden_states=states[i:i + 1], encoder_attention_mask=torch.zeros(1, 1, 1, states.shape[1]),
                         return_dict=True, mode="multimodal").last_hidden_state
        value = hidden[:, 0, :]
        for layer in head.values():
            value = layer(value)
        rewards.append(((value - 0.16717362830052426) / 1.0333394966054072)[0, 0])
    tensors |= {"pixel_values": pixels, "image_embeds": states, "rewards": torch.stack(rewards)}
    case.save("make_image_reward.py", "vision", NAME, tensors, "image-reward 1.5, vit.VisionTransformer, med.BertEncoder", 1e-4,
              folder=f"golden/folders/{NAME}", pictures=len(shown), prompts=PROMPTS, tokens=tokens)
    manifest(vit, med)


def manifest(vit, med):
    """Writes names and shapes of the full-size model, without what convert_metric.py leaves out. Configuration: med_config.json."""
    text = {**TEXT, "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
            "max_position_embeddings": 512, "encoder_width": 1024}
    config = BertConfig(vocab_size=30524, pad_token_id=0, **text)
    linspace = functools.partial(torch.linspace, device="cpu")  # whose numbers the class reads
    with unittest.mock.patch("torch.linspace", linspace), torch.device("meta"):
        parts = {"blip.visual_encoder.": vit.VisionTransformer(embed_dim=1024, depth=24, num_heads=16),
                 "blip.text_encoder.embeddings.": med.BertEmbeddings(config),
                 "blip.text_encoder.encoder.": med.BertEncoder(config)}
    shapes = {prefix + name: list(value.shape) for prefix, part in parts.items()
              for name, value in part.state_dict().items() if name != "position_ids"}
    for index, out, width in ((0, 1024, 768), (2, 128, 1024), (4, 64, 128), (6, 16, 64), (7, 1, 16)):
        shapes |= {f"mlp.layers.{index}.weight": [out, width], f"mlp.layers.{index}.bias": [out]}
    content = {"generator": "tools/golden/make_image_reward.py", "versions": case.versions(),
               "note": "{a..b} stands for each number from a to b", "count": len(shapes),
               "parameters": sum(map(elements, shapes.values())), "tensors": compact(shapes)}
    text = json.dumps(content, indent=1)
    with open(f"{OUT}/{NAME}.json", "w", encoding="utf-8") as file:
        file.write(re.sub(r"\[[\d,\s]+\]", lambda m: re.sub(r"\s+", "", m[0]).replace(",", ", "), text) + "\n")


def tokenizer_of(folder):
    """BertTokenizer of the words, with the tokens that BLIP adds."""
    tokenizer = BertTokenizer.from_pretrained(folder, do_lower_case=True)
    tokenizer.add_special_tokens({"bos_token": "[DEC]"})
    tokenizer.add_special_tokens({"additional_special_tokens": ["[ENC]"]})
    return tokenizer


if __name__ == "__main__":
    main(sys.argv[1])
