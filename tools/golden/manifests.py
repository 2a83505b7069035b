"""Names and shapes of every tensor of the published FLUX.1-dev, FLUX.1-schnell, HunyuanVideo, Z-Image and Qwen-Image folders.

The classes are built at full size on the meta device from the published configurations (published/), so nothing is
downloaded. The sizes in bytes of the published weight files are foretold from the names and shapes alone, header and
shards included, and compared with the true sizes where those are known (published/files.json): a wrong name would change a header.

FLUX.2-klein's transformers and autoencoder are built from their numbers alone; nothing of their files is known here.

Writes resources/manifests/<model>.json and, beside it, the configurations in resources/manifests/<model>/; and
hunyuan-video-files.json, HunyuanVideo's transformer and autoencoder under the names that ComfyUI's files of it have; and flux2-klein.json.
"""
import json
import os
import re
import shutil

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    AutoencoderKLHunyuanVideo,
    AutoencoderKLQwenImage,
    AutoencoderKLWan,
    Flux2Transformer2DModel,
    FluxTransformer2DModel,
    HunyuanVideoTransformer3DModel,
    QwenImageTransformer2DModel,
    WanTransformer3DModel,
    ZImageTransformer2DModel,
)
from diffusers.loaders import single_file_utils
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    LlamaConfig,
    LlamaModel,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen3Config,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
    UMT5Config,
    UMT5EncoderModel,
)

import case
import make_files

PUBLISHED = f"{case.HERE}/published"
OUT = f"{case.RESOURCES}/manifests"
PARTS = {
    "transformer": "diffusion_pytorch_model",
    "text_encoder": "model",
    "text_encoder_2": "model",
    "vae": "diffusion_pytorch_model",
}
ALIASES = {"T5EncoderModel": {"encoder.embed_tokens.weight": "shared.weight"}}
OPTIONAL = {"CLIPTextModel": ["text_model.embeddings.position_ids"]}
CLASSES = {
    "FluxTransformer2DModel": FluxTransformer2DModel.from_config,
    "Flux2Transformer2DModel": Flux2Transformer2DModel.from_config,
    "AutoencoderKLFlux2": AutoencoderKLFlux2.from_config,
    "HunyuanVideoTransformer3DModel": HunyuanVideoTransformer3DModel.from_config,
    "ZImageTransformer2DModel": ZImageTransformer2DModel.from_config,
    "AutoencoderKL": AutoencoderKL.from_config,
    "AutoencoderKLHunyuanVideo": AutoencoderKLHunyuanVideo.from_config,
    "AutoencoderKLQwenImage": AutoencoderKLQwenImage.from_config,
    "QwenImageTransformer2DModel": QwenImageTransformer2DModel.from_config,
    "Qwen2_5_VLForConditionalGeneration":
        lambda config: Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig.from_dict(config)),
    "AutoencoderKLWan": AutoencoderKLWan.from_config,
    "WanTransformer3DModel": WanTransformer3DModel.from_config,
    "UMT5EncoderModel": lambda config: UMT5EncoderModel(UMT5Config.from_dict(config)),
    "CLIPTextModel": lambda config: CLIPTextModel(CLIPTextConfig.from_dict(config)),
    "T5EncoderModel": lambda config: T5EncoderModel(T5Config.from_dict(config)),
    "LlamaModel": lambda config: LlamaModel(LlamaConfig.from_dict(config)),
    "Qwen3Model": lambda config: Qwen3Model(Qwen3Config.from_dict(config)),
}


def shapes(kind, config):
    """Returns {name: shape} in the order of the class's state dict, under the names of the published files."""
    with torch.device("meta"):
        model = CLASSES[kind](config)
    # transformers 5 saves CLIPTextModel without the prefix that the published files (4.43.3) have.
    prefix = "text_model." if kind == "CLIPTextModel" else ""
    found = {prefix + name: list(value.shape) for name, value in model.state_dict().items()}
    if kind.startswith("Qwen2_5_VL"):  # likewise; the published files are of 4.53
        found = {name.replace("model.language_model.", "model.").replace("model.visual.", "visual."): shape
                 for name, shape in found.items()}
    found.pop("encoder.embed_tokens.weight", None)  # the same tensor as shared.weight, stored once
    return found


def elements(shape):
    return torch.Size(shape).numel()


def file_bytes(tensors):
    """Returns the size of a bfloat16 safetensors file: the header, padded to 8 bytes, and the data."""
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name in sorted(tensors):
        end = at + 2 * elements(tensors[name])
        header[name] = {"dtype": "BF16", "shape": tensors[name], "data_offsets": [at, end]}
        at = end
    length = len(json.dumps(header, separators=(",", ":")))
    return 8 + (length + 7) // 8 * 8 + at


def shard(tensors, limit):
    """Splits tensors as the Hub's libraries do: in order, a new file when the next tensor would pass the limit."""
    shards, size = [{}], 0
    for name, shape in tensors.items():
        if shards[-1] and size + 2 * elements(shape) > limit:
            shards.append({})
            size = 0
        shards[-1][name] = shape
        size += 2 * elements(shape)
    return shards


def foretold(part, tensors):
    """Returns {file: bytes} of a published component."""
    limit = {"transformer": 10e9, "text_encoder_2": 5e9}.get(part)
    if limit is None:
        return {f"{PARTS[part]}.safetensors": file_bytes(tensors)}
    shards = shard(tensors, limit)
    return {f"{PARTS[part]}-{i + 1:05}-of-{len(shards):05}.safetensors": file_bytes(s) for i, s in enumerate(shards)}


def compact(tensors):
    """Returns {name: shape} with one entry for all blocks of a kind: `blocks.{0..18}.attn.to_q.weight`."""
    numbers = {}
    for name, shape in tensors.items():
        match = re.search(r"\.(\d+)\.", name)
        if match is None:
            numbers.setdefault((name, None, tuple(shape)), [])
        else:
            key = (name[: match.start(1)], name[match.end(1):], tuple(shape))
            numbers.setdefault(key, []).append(int(match.group(1)))
    out = {}
    for (head, tail, shape), found in numbers.items():
        for first, last in runs(found):
            out[f"{head}{{{first}..{last}}}{tail}"] = list(shape)
        if tail is None:
            out[head] = list(shape)
    assert expand(out) == tensors
    return out


def runs(numbers):
    """[0, 1, 2, 5] to [(0, 2), (5, 5)]."""
    found = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def expand(entries):
    """Undoes compact."""
    out = {}
    for name, shape in entries.items():
        match = re.search(r"\{(\d+)\.\.(\d+)\}", name)
        for number in range(int(match[1]), int(match[2]) + 1) if match else [None]:
            out[name if match is None else name[: match.start()] + str(number) + name[match.end():]] = shape
    return out


def write(model):
    source = f"{PUBLISHED}/{model}"
    with open(f"{source}/files.json") as file:
        known = json.load(file)
    with open(f"{source}/model_index.json") as file:
        classes = {part: value[1] for part, value in json.load(file).items() if part in PARTS}
    components = {}
    for part in filter(classes.__contains__, PARTS):
        with open(f"{source}/{part}/config.json") as file:
            tensors = shapes(classes[part], json.load(file))
        for name, size in foretold(part, tensors).items() if known["bytes"] else ():
            true = known["bytes"].get(f"{part}/{name}")
            print(f"{model}/{part}/{name}: {size} bytes foretold, {true} published")
            assert size == true
        components[part] = {"count": len(tensors), "parameters": sum(map(elements, tensors.values()))}
        components[part]["tensors"] = compact(tensors)
    aliases = {part: ALIASES[kind] for part, kind in classes.items() if kind in ALIASES}
    optional = {part: OPTIONAL[kind] for part, kind in classes.items() if kind in OPTIONAL}
    shutil.rmtree(f"{OUT}/{model}", ignore_errors=True)
    shutil.copytree(source, f"{OUT}/{model}", ignore=shutil.ignore_patterns("files.json"))
    manifest = {
        "generator": "tools/golden/manifests.py",
        "versions": case.versions(),
        "source": known["source"],
        "note": "{a..b} stands for each number from a to b; an alias or optional name may be in a file or not",
        "aliases": aliases,
        "optional": optional,
        "components": components,
    }
    store(model, manifest)


def store(name, manifest):
    text = json.dumps(manifest, indent=1)
    with open(f"{OUT}/{name}.json", "w") as file:
        file.write(re.sub(r"\[[\d,\s]+\]", lambda m: re.sub(r"\s+", "", m[0]).replace(",", ", "), text) + "\n")
    print(f"{OUT}/{name}.json", os.path.getsize(f"{OUT}/{name}.json"), "bytes")


def comfy_autoencoder():
    """Returns {name: shape} of HunyuanVideo's autoencoder as ComfyUI builds it, from its numbers there alone: 128
    channels, times 1, 2, 4 and 4 in its blocks, 16 of latents. Source: comfy/ldm/modules/diffusionmodules/model.py of ComfyUI@9b6bab1."""
    out = {}
    widths = [128, 256, 512, 512]

    def norm(name, channels):
        out[f"{name}.weight"] = out[f"{name}.bias"] = [channels]

    def conv(name, given, made, size):
        out[f"{name}.weight"] = [made, given, size, size, size]
        out[f"{name}.bias"] = [made]

    def resnet(name, given, made):
        norm(f"{name}.norm1", given)
        conv(f"{name}.conv1.conv", given, made, 3)
        norm(f"{name}.norm2", made)
        conv(f"{name}.conv2.conv", made, made, 3)
        if given != made:
            conv(f"{name}.nin_shortcut.conv", given, made, 1)

    def middle(name, channels):
        resnet(f"{name}.block_1", channels, channels)
        norm(f"{name}.attn_1.norm", channels)
        for layer in ("q", "k", "v", "proj_out"):
            conv(f"{name}.attn_1.{layer}", channels, channels, 1)
        resnet(f"{name}.block_2", channels, channels)

    channels = widths[0]
    conv("encoder.conv_in.conv", 3, channels, 3)
    for level, width in enumerate(widths):
        for block in range(2):
            resnet(f"encoder.down.{level}.block.{block}", channels, width)
            channels = width
        if level < 3:
            conv(f"encoder.down.{level}.downsample.conv.conv", channels, channels, 3)
    middle("encoder.mid", channels)
    norm("encoder.norm_out", channels)
    conv("encoder.conv_out.conv", channels, 32, 3)
    conv("decoder.conv_in.conv", 16, channels, 3)
    middle("decoder.mid", channels)
    for level, width in reversed(list(enumerate(widths))):
        for block in range(3):
            resnet(f"decoder.up.{level}.block.{block}", channels, width)
            channels = width
        if level > 0:
            conv(f"decoder.up.{level}.upsample.conv.conv", channels, channels, 3)
    norm("decoder.norm_out", channels)
    conv("decoder.conv_out.conv", channels, 3, 3)
    conv("quant_conv", 32, 32, 1)
    conv("post_quant_conv", 16, 16, 1)
    return out


def comfy_transformer():
    """Returns {name: shape} of HunyuanVideo's transformer as ComfyUI's file has it, from its numbers alone: 20 and 40
    blocks of 3072 channels, 24 keys and 8 each, as readers of the file count them."""
    out = {}
    width, text = 3072, 4096

    def linear(name, given, made):
        out[f"{name}.weight"], out[f"{name}.bias"] = [made, given], [made]

    def embedder(name, given):
        linear(f"{name}.in_layer", given, width)
        linear(f"{name}.out_layer", width, width)

    def mlp(name):
        linear(f"{name}.0", width, 4 * width)
        linear(f"{name}.2", 4 * width, width)

    def norms(name):
        for part in ("query", "key"):
            out[f"{name}.{part}_norm.scale"] = [128]

    out["img_in.proj.weight"], out["img_in.proj.bias"] = [width, 16, 1, 2, 2], [width]
    linear("txt_in.input_embedder", text, width)
    for name, given in (("txt_in.t_embedder", 256), ("txt_in.c_embedder", text), ("time_in", 256), ("vector_in", 768),
                        ("guidance_in", 256)):
        embedder(name, given)
    for i in range(2):
        block = f"txt_in.individual_token_refiner.blocks.{i}"
        for norm in ("norm1", "norm2"):
            out[f"{block}.{norm}.weight"], out[f"{block}.{norm}.bias"] = [width], [width]
        linear(f"{block}.self_attn.qkv", width, 3 * width)
        linear(f"{block}.self_attn.proj", width, width)
        mlp(f"{block}.mlp")
        linear(f"{block}.adaLN_modulation.1", width, 2 * width)
    for i in range(20):
        for stream in ("img", "txt"):
            block = f"double_blocks.{i}.{stream}"
            linear(f"{block}_mod.lin", width, 6 * width)
            linear(f"{block}_attn.qkv", width, 3 * width)
            norms(f"{block}_attn.norm")
            linear(f"{block}_attn.proj", width, width)
            mlp(f"{block}_mlp")
    for i in range(40):
        block = f"single_blocks.{i}"
        linear(f"{block}.linear1", width, 7 * width)
        linear(f"{block}.linear2", 5 * width, width)
        norms(f"{block}.norm")
        linear(f"{block}.modulation.lin", width, 3 * width)
    linear("final_layer.linear", width, 64)
    linear("final_layer.adaLN_modulation.1", width, 2 * width)
    assert sum("double_blocks." in name for name in out) == 480
    assert sum("single_blocks." in name for name in out) == 320
    return out


def write_comfy():
    parts = {"transformer": comfy_transformer(), "vae": comfy_autoencoder()}
    components = {part: {"tensors": compact(tensors)} for part, tensors in parts.items()}
    store("hunyuan-video-files", {"generator": "tools/golden/manifests.py", "components": components})


def write_klein():
    """Writes the transformers of FLUX.2-klein 4B and 9B, and their autoencoder, which is the class's default."""
    klein = {"num_layers": 5, "num_single_layers": 20, "num_attention_heads": 24, "joint_attention_dim": 7680, "guidance_embeds": False}
    larger = klein | {"num_layers": 8, "num_single_layers": 24, "num_attention_heads": 32, "joint_attention_dim": 12288}
    parts = {"4b": ("Flux2Transformer2DModel", klein), "9b": ("Flux2Transformer2DModel", larger), "vae": ("AutoencoderKLFlux2", {})}
    store_parts("flux2-klein", parts)


def store_parts(name, parts):
    """Writes {part: (class, configuration)}."""
    components = {}
    for part, (kind, config) in parts.items():
        tensors = shapes(kind, config)
        components[part] = {"config": config, "count": len(tensors), "parameters": sum(map(elements, tensors.values())),
                            "tensors": compact(tensors)}
    store(name, {"generator": "tools/golden/manifests.py", "versions": case.versions(), "components": components})


WAN22_VAE = ("AutoencoderKLWan", {
    "base_dim": 160, "decoder_base_dim": 256, "z_dim": 48, "latents_mean": [0.0] * 48, "latents_std": [1.0] * 48,
    "is_residual": True, "in_channels": 12, "out_channels": 12, "patch_size": 2, "scale_factor_spatial": 16})


def write_wan():
    """Writes the transformers of Wan 2.1 and of Wan 2.2's 5B, their autoencoders, Qwen-Image's, and UMT5-XXL, of the numbers that public code states."""
    small = {"num_attention_heads": 12, "ffn_dim": 8960, "num_layers": 30}
    wan22 = {"num_attention_heads": 24, "ffn_dim": 14336, "num_layers": 30, "in_channels": 48, "out_channels": 48}
    umt5 = {"vocab_size": 256384, "d_model": 4096, "d_ff": 10240, "num_layers": 24, "num_heads": 64}
    qwen = {"_class_name": "AutoencoderKLQwenImage"}
    parts = {"1.3b": ("WanTransformer3DModel", small), "14b": ("WanTransformer3DModel", {}), "5b": ("WanTransformer3DModel", wan22),
             "vae-2.1": ("AutoencoderKLWan", {}), "vae-2.2": WAN22_VAE, "vae-qwen": ("AutoencoderKLQwenImage", qwen),
             "umt5": ("UMT5EncoderModel", umt5)}
    store_parts("wan", parts)
    components = {}
    for part in ("1.3b", "14b", "5b", "vae-2.1"):
        found = shapes(*parts[part])
        if part == "vae-2.1":
            names, convert = {make_files.wan_vae_name(name, 3): name for name in found}, single_file_utils.convert_wan_vae_to_diffusers
        else:
            names, convert = {make_files.wan_name(name): name for name in found}, single_file_utils.convert_wan_transformer_to_diffusers
        assert convert(dict(names)) == {name: name for name in found}, part
        components[part.removesuffix("-2.1")] = {"tensors": compact({old: found[new] for old, new in names.items()})}
    store("wan-files", {"generator": "tools/golden/manifests.py", "components": components})


def main():
    case.prepare()
    write("flux1-dev")
    write("flux1-schnell")
    write("hunyuan-video")
    write("z-image")
    write("qwen-image")
    write_comfy()
    write_klein()
    write_wan()


if __name__ == "__main__":
    main()
