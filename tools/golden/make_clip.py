"""CLIPModel folders and what they say: golden/folders/clip-*, golden/vision/*.safetensors.

Preprocessing is CLIPImageProcessorPil's (Pillow). Features are those of CLIPModel.get_image_features and get_text_features, cosines
those of features divided by their length, which torchmetrics multiplies by 100 (its clip_score does not run with transformers 5).
"""
import json
import os
import shutil

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

import case
from tiny_flux import randomise

SIZES = [(40, 40), (64, 47), (33, 90), (150, 101), (32, 32)]  # width, height
PROMPTS = ["a red fox on a blue background, 3d style", "two owls", "", "word " * 120, "ein Haus, très grand"]


def pictures(seed):
    """Random pictures with structure of several sizes, in colour, of the given sizes."""
    rng = np.random.default_rng(seed)
    out = []
    for width, height in SIZES:
        coarse = Image.fromarray(rng.integers(0, 256, (5, 5, 3), dtype=np.uint8)).resize((width, height), Image.BICUBIC)
        noise = rng.normal(0, 25, (height, width, 3))
        out.append(np.clip(np.asarray(coarse) + noise, 0, 255).round().astype(np.uint8))
    return out


def model(tokenizer, text, vision, projection, eos):
    """Returns a CLIPModel whose parts all matter."""
    end = tokenizer.eos_token_id if eos is None else eos
    clip = CLIPModel(CLIPConfig(
        text_config={"vocab_size": len(tokenizer), "max_position_embeddings": 77, "eos_token_id": end, "bos_token_id": 0,
                     "pad_token_id": 1, **text},
        vision_config=vision, projection_dim=projection,
    )).eval()
    randomise(clip)
    with torch.no_grad():
        for name, parameter in clip.named_parameters():
            if "embedding" in name:
                parameter.normal_(std=0.6 if "patch" not in name else 0.1)
    return clip


def write(name, tokenizer_of, processor, published, **shape):
    """Writes the folder and returns (model, tokenizer, processor). `published`: with the extra tensors of early files."""
    out = f"{case.FOLDERS}/{name}"
    source = f"{case.FOLDERS}/{tokenizer_of}/tokenizer"
    tokenizer = CLIPTokenizer.from_pretrained(source)
    clip = model(tokenizer, **shape)
    shutil.rmtree(out, ignore_errors=True)
    clip.save_pretrained(out)
    if published:
        tensors = load_file(f"{out}/model.safetensors")
        for tower, count in (("text_model", 77), ("vision_model", clip.vision_model.embeddings.num_positions)):
            tensors[f"{tower}.embeddings.position_ids"] = torch.arange(count)[None]
        save_file(tensors, f"{out}/model.safetensors", metadata={"format": "pt"})
    for file in os.listdir(source):
        shutil.copyfile(f"{source}/{file}", f"{out}/{file}")
    with open(f"{out}/preprocessor_config.json", "w", encoding="utf-8") as file:
        json.dump(processor, file, indent=1)
        file.write("\n")
    settings = {k: v for k, v in processor.items() if k != "feature_extractor_type"}
    return clip, tokenizer, CLIPImageProcessorPil(**settings)


def unit(features):
    return features / features.norm(dim=-1, keepdim=True)


def save(name, clip, tokenizer, processor, seed):
    tensors = {}
    shown = pictures(seed)
    for i, picture in enumerate(shown):
        tensors[f"{i}.picture"] = torch.from_numpy(picture.copy())
    pixels = processor([Image.fromarray(p) for p in shown], return_tensors="pt").pixel_values
    images = clip.get_image_features(pixels).pooler_output
    ids = [tokenizer(p, max_length=77, truncation=True).input_ids for p in PROMPTS]
    texts = torch.cat([clip.get_text_features(torch.tensor([row])).pooler_output for row in ids])
    # Padded to one length, as torchmetrics gives them, texts have the same features.
    padded = tokenizer(PROMPTS, padding=True, max_length=77, truncation=True, return_tensors="pt")
    again = clip.get_text_features(padded.input_ids, padded.attention_mask).pooler_output
    assert torch.allclose(texts, again, atol=1e-5), (texts - again).abs().max()
    tensors |= {"pixel_values": pixels, "image_features": images, "text_features": texts}
    tensors["cosine"] = unit(images) @ unit(texts).T
    case.save(
        "make_clip.py", "vision", name, tensors, "transformers CLIPModel, CLIPImageProcessorPil", 1e-4,
        folder=f"golden/folders/{name}", pictures=len(shown), prompts=PROMPTS,
        tokens=[len(row) for row in ids], needed=[len(tokenizer(p).input_ids) for p in PROMPTS],
    )


def aesthetic(clip, seed):
    """Both published heads at small widths, and what they say of clip-a's pictures."""
    torch.manual_seed(seed)
    widths = [clip.config.projection_dim, 12, 10, 8, 6, 1]
    layers = [torch.nn.Linear(a, b) for a, b in zip(widths, widths[1:])]
    mlp = {}
    for index, layer in zip((0, 2, 4, 6, 7), layers):  # dropout in between
        mlp |= {f"layers.{index}.{name}": value.detach() for name, value in layer.named_parameters()}
    linear = torch.nn.Linear(widths[0], 1)
    out = f"{case.GOLDEN}/vision"
    save_file(mlp, f"{out}/aesthetic-mlp.safetensors", metadata={"format": "pt"})
    save_file({k: v.detach() for k, v in linear.named_parameters()}, f"{out}/aesthetic-linear.safetensors",
              metadata={"format": "pt"})
    features = unit(load_file(f"{out}/clip-a.safetensors")["image_features"])
    case.save(
        "make_clip.py", "vision", "aesthetic-scores",
        {"mlp": torch.nn.Sequential(*layers)(features)[:, 0], "linear": linear(features)[:, 0]},
        "torch.nn.Linear on unit features of clip-a, as ImageReward 1.5 AestheticScore.py and VBench aesthetic_quality.py", 1e-5)


def resize():
    """What Pillow makes of a picture at other sizes."""
    picture = pictures(5)[1]
    tensors = {"picture": torch.from_numpy(picture)}
    for width, height in ((32, 23), (96, 70), (20, 47), (64, 13), (7, 5), (63, 46), (133, 48), (80, 30), (60, 30)):
        small = Image.fromarray(picture).resize((width, height), Image.BICUBIC)
        tensors[f"{width}x{height}"] = torch.from_numpy(np.asarray(small).copy())
    case.save("make_clip.py", "vision", "resize", tensors, "Pillow Image.resize, BICUBIC", 0)


def main():
    case.prepare(20)
    mean, std = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
    common = {"do_center_crop": True, "do_normalize": True, "do_resize": True, "image_mean": mean, "image_std": std,
              "resample": 3}
    # The words of openai/clip-vit-large-patch14: sizes as numbers.
    early = {**common, "feature_extractor_type": "CLIPFeatureExtractor", "crop_size": 32, "size": 32}
    a = write(
        "clip-a", "tiny-a", early, True, eos=2, projection=20,
        text={"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 3,
              "hidden_act": "quick_gelu"},
        vision={"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
                "image_size": 32, "patch_size": 8, "hidden_act": "quick_gelu"})
    save("clip-a", *a, seed=3)
    aesthetic(a[0], seed=6)
    late = {**common, "crop_size": {"height": 28, "width": 28}, "size": {"shortest_edge": 31}, "do_rescale": True,
            "rescale_factor": 1 / 255, "image_mean": [0.5, 0.4, 0.3], "image_std": [0.5, 0.25, 0.2]}
    save("clip-b", *write(
        "clip-b", "tiny-b", late, False, eos=None, projection=16,
        text={"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 3, "num_attention_heads": 2,
              "hidden_act": "gelu"},
        vision={"hidden_size": 24, "intermediate_size": 56, "num_hidden_layers": 2, "num_attention_heads": 2,
                "image_size": 28, "patch_size": 14, "hidden_act": "gelu"}), seed=4)
    resize()


if __name__ == "__main__":
    main()
