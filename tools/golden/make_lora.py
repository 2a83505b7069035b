"""LoRAs of tiny-a in every form that is read, and the clean latents that diffusers makes with them: golden/lora/*.

Two things are done for diffusers. Widths and numbers of blocks that its converters state for FLUX.1 become tiny-a's. And what its
converter of kohya's form leaves without the prefix `transformer.`, so that it would silently not be loaded (the layers outside the blocks),
gets it.
"""
import inspect
import os

import torch
from diffusers import FluxPipeline
from diffusers.loaders import lora_conversion_utils, lora_pipeline
from safetensors.torch import load_file, save_file

import case
import flux_reference

FOLDER = "tiny-a"
PROMPT = "a red fox on a blue background, 3d style"
SIDE, STEPS, SEED, LENGTH = 64, 4, 21, 32
INNER, WIDE = 16, 64

# diffusers' layers below each original one; the last half of a name is enough, the block before is the same.
DOUBLE = {
    "img_attn.qkv": ["attn.to_q", "attn.to_k", "attn.to_v"],
    "txt_attn.qkv": ["attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"],
    "img_attn.proj": ["attn.to_out.0"],
    "txt_attn.proj": ["attn.to_add_out"],
    "img_mlp.0": ["ff.net.0.proj"],
    "img_mlp.2": ["ff.net.2"],
    "txt_mlp.0": ["ff_context.net.0.proj"],
    "txt_mlp.2": ["ff_context.net.2"],
    "img_mod.lin": ["norm1.linear"],
    "txt_mod.lin": ["norm1_context.linear"],
}
SINGLE = {
    "linear1": ["attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"],
    "linear2": ["proj_out"],
    "modulation.lin": ["norm.linear"],
}
OUTSIDE = {
    "img_in": "x_embedder",
    "txt_in": "context_embedder",
    "time_in.in_layer": "time_text_embed.timestep_embedder.linear_1",
    "time_in.out_layer": "time_text_embed.timestep_embedder.linear_2",
    "vector_in.in_layer": "time_text_embed.text_embedder.linear_1",
    "vector_in.out_layer": "time_text_embed.text_embedder.linear_2",
    "guidance_in.in_layer": "time_text_embed.guidance_embedder.linear_1",
    "guidance_in.out_layer": "time_text_embed.guidance_embedder.linear_2",
    "final_layer.linear": "proj_out",
    "final_layer.adaLN_modulation.1": "norm_out.linear",
}


def patch(name, changes):
    """Compiles one of diffusers' converters again with other constants."""
    source = inspect.getsource(getattr(lora_conversion_utils, name))
    for old, new in changes.items():
        assert old in source, f"{name} has no {old}"
        source = source.replace(old, new)
    exec(compile(source, name, "exec"), lora_conversion_utils.__dict__)  # its own text, in its own module
    setattr(lora_pipeline, name, getattr(lora_conversion_utils, name))


def load():
    pipe = FluxPipeline.from_pretrained(f"{case.FOLDERS}/{FOLDER}", torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def originals(pipe):
    """Returns original names of the transformer's linear layers, each with diffusers' layers below it."""
    config = pipe.transformer.config
    names = {}
    for i in range(config.num_layers):
        names |= {f"double_blocks.{i}.{old}": [f"transformer_blocks.{i}.{n}" for n in new] for old, new in DOUBLE.items()}
    for i in range(config.num_single_layers):
        names |= {
            f"single_blocks.{i}.{old}": [f"single_transformer_blocks.{i}.{n}" for n in new] for old, new in SINGLE.items()
        }
    return names | {old: [new] for old, new in OUTSIDE.items()}


def linear(model, name):
    """Returns outputs and inputs of a layer."""
    return model.get_submodule(name).weight.shape


def pair(out, inputs, rank, dtype=torch.float32):
    """Returns A and B whose product is about a third of a weight."""
    down = torch.randn(rank, inputs) / inputs**0.5
    up = torch.randn(out, rank) * 0.4 / rank**0.5
    return down.to(dtype), up.to(dtype)


def original_pairs(pipe, rank, dtype=torch.float32, names=lambda name: True):
    """Yields original names of the transformer with their A and B."""
    for name, layers in originals(pipe).items():
        if names(name):
            out = sum(linear(pipe.transformer, layer)[0] for layer in layers)
            yield name, *pair(out, linear(pipe.transformer, layers[0])[1], rank, dtype)


def text_layers(pipe):
    return [name for name, part in pipe.text_encoder.named_modules() if isinstance(part, torch.nn.Linear)]


def kohya(pipe):
    """All layers of the transformer and of CLIP; alpha is half of the rank, twice it, or not there."""
    file = {}
    for index, (name, down, up) in enumerate(original_pairs(pipe, 4)):
        key = "lora_unet_" + name.replace(".", "_")
        file |= {f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up}
        if not name.startswith("final_layer") and index % 3 < 2:  # diffusers drops alphas of the final layer
            file[f"{key}.alpha"] = torch.tensor((2.0, 8.0)[index % 3])
    for name in text_layers(pipe):
        down, up = pair(*linear(pipe.text_encoder, name), 2)
        key = "lora_te1_text_model_" + name.replace(".", "_")
        file |= {f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up, f"{key}.alpha": torch.tensor(1.0)}
    return file


def kohya_bfloat16(pipe):
    """The layers of attention alone, in bfloat16, with alpha 1 of rank 8."""
    file = {}
    for name, down, up in original_pairs(pipe, 8, torch.bfloat16, lambda name: "attn" in name or "linear" in name):
        if name.startswith("final_layer"):
            continue
        key = "lora_unet_" + name.replace(".", "_")
        file |= {f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up}
        file[f"{key}.alpha"] = torch.tensor(1.0, dtype=torch.bfloat16)
    return file


def onetrainer(pipe):
    """diffusers' names with underscores, as OneTrainer writes them."""
    file = {}
    for name, part in pipe.transformer.named_modules():
        if isinstance(part, torch.nn.Linear) and "attn" in name:
            down, up = pair(*part.weight.shape, 2)
            key = "lora_transformer_" + name.replace(".", "_")
            file |= {f"{key}.lora_down.weight": down, f"{key}.lora_up.weight": up, f"{key}.alpha": torch.tensor(4.0)}
    return file


def ai_toolkit(pipe):
    """Original names below `diffusion_model.`, in float16, without alphas."""
    return {
        f"diffusion_model.{name}.{which}.weight": value
        for name, down, up in original_pairs(pipe, 3, torch.float16)
        for which, value in (("lora_A", down), ("lora_B", up))
    }


def peft_pairs(pipe, rank, chosen):
    """Returns A and B of chosen layers of transformer and CLIP under diffusers' names."""
    file = {}
    for prefix, model in (("transformer", pipe.transformer), ("text_encoder", pipe.text_encoder)):
        for name, part in model.named_modules():
            if isinstance(part, torch.nn.Linear) and chosen(name):
                down, up = pair(*part.weight.shape, rank)
                key = f"{prefix}.text_model.{name}" if prefix == "text_encoder" else f"{prefix}.{name}"
                file |= {f"{key}.lora_A.weight": down, f"{key}.lora_B.weight": up}
    return file


def diffusers_plain(pipe):
    return peft_pairs(pipe, 4, lambda name: True)


def diffusers_alphas(pipe):
    """An alpha beside each pair."""
    file = peft_pairs(pipe, 4, lambda name: "transformer_blocks" in name and "attn" in name)
    alphas = {f"{key.removesuffix('.lora_A.weight')}.alpha": torch.tensor(2.0) for key in file if ".lora_A." in key}
    return file | alphas


def xlabs(pipe):
    """XLabs-AI/x-flux: the processors of attention."""
    file = {}
    for name, layers in originals(pipe).items():
        block, _, layer = name.partition("_attn.") if "_attn." in name else ("", "", "")
        if layer:
            block, stream = block.rsplit(".", 1)
            key = f"{block}.processor.{layer}_lora{1 if stream == 'img' else 2}"
        elif name.endswith(".linear1"):
            key, layers = name.replace("linear1", "processor.qkv_lora"), layers[:3]
        elif name.endswith(".linear2"):
            key = name.replace("linear2", "processor.proj_lora")
        else:
            continue
        out = sum(linear(pipe.transformer, layer)[0] for layer in layers)
        down, up = pair(out, linear(pipe.transformer, layers[0])[1], 4)
        file |= {f"{key}.down.weight": down, f"{key}.up.weight": up}
    return file


def base_model(pipe):
    """peft's own names around the original ones, as fal's trainers write them."""
    inside = lambda name: "_blocks." in name or name == "final_layer.linear"
    return {
        f"base_model.model.{name}.{which}.weight": value
        for name, down, up in original_pairs(pipe, 2, names=inside)
        for which, value in (("lora_A", down), ("lora_B", up))
    }


def for_diffusers(path):
    """Returns a file as diffusers can load it all."""
    tensors = load_file(path)
    if all(key.startswith("diffusion_model.") for key in tensors):  # of these it reads kohya's words alone
        tensors = {k.replace("lora_A", "lora_down").replace("lora_B", "lora_up"): v for k, v in tensors.items()}
    if any(key.startswith(("transformer.", "text_encoder.")) for key in tensors):
        return path
    converted = FluxPipeline.lora_state_dict(tensors)
    return {
        key if key.startswith(("transformer.", "text_encoder.")) else f"transformer.{key}": value
        for key, value in converted.items()
    }


def latents(pipe):
    packed = pipe(
        PROMPT, width=SIDE, height=SIDE, num_inference_steps=STEPS, guidance_scale=3.5, max_sequence_length=LENGTH,
        generator=torch.Generator("cpu").manual_seed(SEED), output_type="latent",
    ).images
    return flux_reference.unpack(packed, SIDE // 8, SIDE // 8)


def run(name, loras, plain):
    """Saves what diffusers makes with LoRAs, {name: scale}."""
    pipe = load()
    before = {key: value.clone() for part in (pipe.transformer, pipe.text_encoder) for key, value in part.state_dict().items()}
    for lora in loras:
        pipe.load_lora_weights(for_diffusers(f"{case.GOLDEN}/lora/files/{lora}.safetensors"), adapter_name=lora)
    parts = [part for part in ("transformer", "text_encoder") if getattr(getattr(pipe, part), "peft_config", None)]
    if len(loras) > 1:
        pipe.set_adapters(list(loras), list(loras.values()))
        pipe.fuse_lora(components=parts)
    else:
        pipe.fuse_lora(components=parts, lora_scale=next(iter(loras.values())))
    pipe.unload_lora_weights()
    after = {key: value for part in (pipe.transformer, pipe.text_encoder) for key, value in part.state_dict().items()}
    changed = sum(not torch.equal(before[key], after[key]) for key in before)
    result = latents(pipe)
    distance = (result - plain).abs().max().item()
    assert distance > 0.1, f"{name}: the LoRA shows too little, {distance}"
    case.save("make_lora.py", "lora", name, {"latents": result}, "diffusers FluxPipeline, load_lora_weights and fuse_lora", 1e-4,
              folder=f"golden/folders/{FOLDER}", prompt=PROMPT, seed=SEED, width=SIDE, height=SIDE, num_inference_steps=STEPS,
              guidance_scale=3.5, max_sequence_length=LENGTH, loras=loras, changed=changed, from_plain=round(distance, 4))


def main():
    case.prepare()
    patch("_convert_kohya_flux_lora_to_diffusers", {"[3072, 3072, 3072, 12288]": f"[{INNER}, {INNER}, {INNER}, {WIDE}]"})
    patch("_convert_fal_kontext_lora_to_diffusers", {
        "num_layers = 19": "num_layers = 2", "num_single_layers = 38": "num_single_layers = 3",
        "inner_dim = 3072": f"inner_dim = {INNER}",
    })
    os.makedirs(f"{case.GOLDEN}/lora/files", exist_ok=True)
    pipe = load()
    plain = latents(pipe)
    forms = {
        "kohya": kohya, "kohya-bfloat16": kohya_bfloat16, "onetrainer": onetrainer, "ai-toolkit": ai_toolkit,
        "diffusers": diffusers_plain, "diffusers-alphas": diffusers_alphas, "xlabs": xlabs, "base-model": base_model,
    }
    for form, make in forms.items():
        torch.manual_seed(sum(form.encode()))
        file = {key: value.contiguous() for key, value in make(pipe).items()}
        save_file(file, f"{case.GOLDEN}/lora/files/{form}.safetensors", metadata={"format": "pt"})
    with_metadata(pipe)
    scales = {
        "kohya": 0.8, "kohya-bfloat16": 1.0, "onetrainer": 0.5, "ai-toolkit": 1.0, "diffusers": 0.75, "diffusers-alphas": 1.5,
        "diffusers-metadata": 1.0, "xlabs": 1.0, "base-model": -0.6,
    }
    for form, scale in scales.items():
        run(form, {form: scale}, plain)
    run("several", {"kohya": 0.7, "xlabs": -0.4, "diffusers": 0.25}, plain)


def with_metadata(pipe):
    """Saved by diffusers itself, with peft's settings in the header: alphas by pattern, divided by the rank's root."""
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    torch.manual_seed(5)
    trained = load()
    trained.transformer.add_adapter(LoraConfig(
        r=4, lora_alpha=6, use_rslora=True, alpha_pattern={"attn.to_q": 2, "transformer_blocks.0.attn.to_k": 1},
        target_modules=["to_q", "to_k", "to_v", "to_out.0", "proj_mlp"],
    ))
    for name, value in trained.transformer.named_parameters():
        if "lora_" in name:
            value.normal_(std=0.2)
    FluxPipeline.save_lora_weights(
        f"{case.GOLDEN}/lora/files", transformer_lora_layers=get_peft_model_state_dict(trained.transformer),
        weight_name="diffusers-metadata.safetensors",
        transformer_lora_adapter_metadata=trained.transformer.peft_config["default"].to_dict(),
    )


if __name__ == "__main__":
    main()
