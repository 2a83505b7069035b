"""LoRAs of FLUX.2, Z-Image, Qwen-Image and HunyuanVideo in the forms that are read, and the clean latents that diffusers makes with them:
golden/lora/FAMILY-FORM.*. FLUX.1's are make_lora.py's."""
import json

import torch
from safetensors.torch import save_file

import case
import flux2_reference
import make_files
import tiny_flux2
import tiny_hunyuan
import tiny_qwenimage
import tiny_wan
import tiny_zimage
from flux_reference import unpack
from make_lora import PROMPT, SEED, SIDE, STEPS, linear, pair, patch

LENGTH = 64

# Of the families that make videos; Wan's 1 is none.
GUIDANCE = {"hunyuan": 3.5, "wan": 1.0}


def linears(pipe, chosen=lambda name: True):
    """Returns the names of the transformer's linear layers."""
    return [n for n, part in pipe.transformer.named_modules() if isinstance(part, torch.nn.Linear) and chosen(n)]


def file_of(pipe, names, spell, rank, alphas):
    """Returns a LoRA of layers, {original name: diffusers' layers}, spelled so; alphas are half the rank, twice it, or
    not there; with "all" each has one."""
    file = {}
    for index, (name, layers) in enumerate(names.items()):
        out = sum(linear(pipe.transformer, layer)[0] for layer in layers)
        down, up = pair(out, linear(pipe.transformer, layers[0])[1], rank)
        key, (a, b) = spell(name)
        file |= {f"{key}.{a}.weight": down, f"{key}.{b}.weight": up}
        if alphas == "all" or (alphas and index % 3 < 2):
            file[f"{key}.alpha"] = torch.tensor((rank / 2, rank * 2.0, rank * 1.5)[index % 3])
    return file


def kohya(name):
    return "lora_unet_" + name.replace(".", "_"), ("lora_down", "lora_up")


def ai_toolkit(name):
    return "diffusion_model." + name, ("lora_A", "lora_B")


def diffusers(name):
    return "transformer." + name, ("lora_A", "lora_B")


def lightning(name):
    return name, ("lora_down", "lora_up")


def two_streams(joined, blocks):
    """Returns {original name: diffusers' layers} of double-stream blocks, from names of whole layers and of joined ones."""
    attention = {"img": ("attn.to_q", "attn.to_k", "attn.to_v"),
                 "txt": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj")}
    names = {}
    for i in range(blocks):
        for stream, layers in attention.items():
            names[f"double_blocks.{i}.{stream}_attn{joined}qkv"] = [f"transformer_blocks.{i}.{layer}" for layer in layers]
    return names


def flux2_names(pipe):
    """The final modulation is left out: of it diffusers takes shift for scale."""
    config = pipe.transformer.config
    names = two_streams(".", config.num_layers)
    for i in range(config.num_layers):
        names |= {f"double_blocks.{i}.{o}": [f"transformer_blocks.{i}.{n}"] for n, o in make_files.FLUX2_DOUBLE.items()}
    for i in range(config.num_single_layers):
        for n, o in (("attn.to_qkv_mlp_proj", "linear1"), ("attn.to_out", "linear2")):
            names[f"single_blocks.{i}.{o}"] = [f"single_transformer_blocks.{i}.{n}"]
    return names | {o: [n] for n, o in make_files.FLUX2.items()}


def without_modulation(names):
    """What diffusers' reader of kohya's FLUX.2 knows."""
    return {name: layers for name, layers in names.items() if "modulation" not in name}


def zimage_names(pipe):
    """ComfyUI's names, in which queries, keys and values are three, as trainers of LoRAs have them."""
    return {n.replace("attention.to_out.0", "attention.out"): [n] for n in linears(pipe) if "_embedder" not in n and "final" not in n}


def wan_names(pipe, inside=""):
    return {make_files.wan_name(f"{n}.").removesuffix("."): [n] for n in linears(pipe, lambda n: n.startswith(inside))}


def hunyuan_names(pipe):
    config = pipe.transformer.config
    names = two_streams("_", config.num_layers)
    for i in range(config.num_layers):
        names |= {f"double_blocks.{i}.{o}": [f"transformer_blocks.{i}.{n}"] for n, o in make_files.HUNYUAN_DOUBLE.items()}
    for i in range(config.num_single_layers):
        names[f"single_blocks.{i}.linear1"] = [
            f"single_transformer_blocks.{i}.{n}" for n in ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp")]
        names[f"single_blocks.{i}.linear2"] = [f"single_transformer_blocks.{i}.proj_out"]
    return names


def same(pipe):
    return {name: [name] for name in linears(pipe)}


FAMILIES = {
    "flux2": ("flux2-a", tiny_flux2.load, {
        "kohya": lambda pipe: file_of(pipe, without_modulation(flux2_names(pipe)), kohya, 4, True),
        "ai-toolkit": lambda pipe: file_of(pipe, flux2_names(pipe), ai_toolkit, 2, False),
        "diffusers": lambda pipe: file_of(pipe, same(pipe), diffusers, 3, False),
    }),
    "z-image": ("z-image-a", tiny_zimage.load, {
        "kohya": lambda pipe: file_of(pipe, zimage_names(pipe), kohya, 4, True),
        "ai-toolkit": lambda pipe: file_of(pipe, {n: [n] for n in linears(pipe, lambda n: "attention" in n)}, ai_toolkit, 2, True),
        "diffusers": lambda pipe: file_of(pipe, same(pipe), diffusers, 3, False),
    }),
    "qwen-image": ("qwen-image-a", tiny_qwenimage.load, {
        "kohya": lambda pipe: file_of(pipe, same(pipe), kohya, 4, True),
        "ai-toolkit": lambda pipe: file_of(pipe, same(pipe), ai_toolkit, 2, False),
        "diffusers": lambda pipe: file_of(pipe, same(pipe), diffusers, 3, False),
        "lightning": lambda pipe: file_of(pipe, same(pipe), lightning, 4, True),
    }),
    "wan": ("wan-a", tiny_wan.load, {
        "kohya": lambda pipe: file_of(pipe, wan_names(pipe, "blocks"), kohya, 4, "all"),
        "original": lambda pipe: file_of(pipe, wan_names(pipe), ai_toolkit, 2, False),
        "diffusers": lambda pipe: file_of(pipe, same(pipe), diffusers, 3, False),
    }),
    "hunyuan": ("hunyuan-a", tiny_hunyuan.load, {
        "original": lambda pipe: file_of(pipe, hunyuan_names(pipe), diffusers, 4, False),
        "diffusers": lambda pipe: file_of(pipe, same(pipe), diffusers, 3, False),
    }),
}


def latents(family, pipe):
    settings = dict(width=SIDE, height=SIDE, num_inference_steps=STEPS, max_sequence_length=LENGTH, output_type="latent",
                    generator=torch.Generator("cpu").manual_seed(SEED))
    if family in GUIDANCE:
        return pipe(PROMPT, num_frames=5, guidance_scale=GUIDANCE[family], **settings).frames
    if family == "flux2":
        return flux2_reference.of_model(pipe, pipe(prompt=PROMPT, guidance_scale=1.0, **settings).images)
    if family == "qwen-image":
        return unpack(pipe(PROMPT, true_cfg_scale=1.0, **settings).images, SIDE // 8, SIDE // 8)
    return pipe(PROMPT, guidance_scale=0.0, **settings).images


def run(family, folder, load, form, make, scale):
    torch.manual_seed(sum(f"{family}-{form}".encode()))
    path = f"{case.GOLDEN}/lora/files/{family}-{form}.safetensors"
    pipe = load(f"{case.FOLDERS}/{folder}")
    plain = latents(family, pipe)
    save_file({key: value.contiguous() for key, value in make(pipe).items()}, path, metadata={"format": "pt"})
    before = {key: value.clone() for key, value in pipe.transformer.state_dict().items()}
    pipe.load_lora_weights(path)
    pipe.fuse_lora(components=["transformer"], lora_scale=scale)
    pipe.unload_lora_weights()
    after = pipe.transformer.state_dict()
    changed = sum(not torch.equal(before[key], after[key]) for key in before)
    result = latents(family, pipe)
    distance = (result - plain).abs().max().item()
    assert distance > 0.1, f"{family}-{form}: the LoRA shows too little, {distance}"
    case.save("make_lora_families.py", "lora", f"{family}-{form}", {"latents": result},
              f"diffusers {type(pipe).__name__}, load_lora_weights and fuse_lora", 2e-3, folder=f"golden/folders/{folder}",
              prompt=PROMPT, seed=SEED, width=SIDE, height=SIDE, num_inference_steps=STEPS, max_sequence_length=LENGTH,
              **({"num_frames": 5} if family in GUIDANCE else {}),
              **({"guidance_scale": 3.5} if family == "hunyuan" else {"true_cfg_scale": 1.0}),
              loras={f"{family}-{form}": scale}, changed=changed, from_plain=round(distance, 4))


def tiny_hunyuan_width():
    with open(f"{case.FOLDERS}/hunyuan-a/transformer/config.json") as file:
        config = json.load(file)
    return config["num_attention_heads"] * config["attention_head_dim"]


def main():
    case.prepare()
    patch("_convert_hunyuan_video_lora_to_diffusers", {"3072": str(tiny_hunyuan_width())})
    for family, (folder, load, forms) in FAMILIES.items():
        for (form, make), scale in zip(forms.items(), (0.8, 1.0, -0.6, 0.8)):
            run(family, folder, load, form, make, scale)


if __name__ == "__main__":
    main()
