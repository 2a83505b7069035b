"""Single files: golden/files/, weights of tiny-a, hunyuan-a, flux2-a, z-image-a and wan-a under the names that their families have
in files beside diffusers'. transformer and vae are FLUX.1's, hunyuan, hunyuan_vae, llava and llama_fp8 HunyuanVideo's."""
import inspect
import json
import os

import gguf
import torch
from diffusers.loaders import single_file_utils
from safetensors.torch import load_file, save_file

import case

ORIGINAL = {
    "x_embedder": "img_in",
    "context_embedder": "txt_in",
    "time_text_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_text_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "time_text_embed.text_embedder.linear_1": "vector_in.in_layer",
    "time_text_embed.text_embedder.linear_2": "vector_in.out_layer",
    "time_text_embed.guidance_embedder.linear_1": "guidance_in.in_layer",
    "time_text_embed.guidance_embedder.linear_2": "guidance_in.out_layer",
    "proj_out": "final_layer.linear",
}
DOUBLE = {
    "norm1.linear": "img_mod.lin",
    "norm1_context.linear": "txt_mod.lin",
    "attn.to_out.0": "img_attn.proj",
    "attn.to_add_out": "txt_attn.proj",
    "ff.net.0.proj": "img_mlp.0",
    "ff.net.2": "img_mlp.2",
    "ff_context.net.0.proj": "txt_mlp.0",
    "ff_context.net.2": "txt_mlp.2",
}
NORMS = {
    "attn.norm_q": "img_attn.norm.query_norm",
    "attn.norm_k": "img_attn.norm.key_norm",
    "attn.norm_added_q": "txt_attn.norm.query_norm",
    "attn.norm_added_k": "txt_attn.norm.key_norm",
}


def movers(weights, out, ends=("weight", "bias")):
    """Returns what puts several of diffusers' layers into one, and what gives layers other names."""

    def joined(original, block, layers):
        for end in ends:
            out[f"{original}.{end}"] = torch.cat([weights[f"{block}.{layer}.{end}"] for layer in layers])

    def moved(names, before, after):
        for name, original in names.items():
            for end in ends:
                out[f"{after}{original}.{end}"] = weights[f"{before}{name}.{end}"]

    return joined, moved


def transformer(weights, config):
    """Returns the transformer's tensors under their original names."""
    out = {}
    joined, moved = movers(weights, out)
    moved(ORIGINAL, "", "")
    for end in ("weight", "bias"):
        scale, shift = weights[f"norm_out.linear.{end}"].chunk(2)
        out[f"final_layer.adaLN_modulation.1.{end}"] = torch.cat([shift, scale])
    for i in range(config["num_layers"]):
        block, original = f"transformer_blocks.{i}", f"double_blocks.{i}"
        moved(DOUBLE, f"{block}.", f"{original}.")
        joined(f"{original}.img_attn.qkv", block, ("attn.to_q", "attn.to_k", "attn.to_v"))
        joined(f"{original}.txt_attn.qkv", block, ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"))
        for name, norm in NORMS.items():
            out[f"{original}.{norm}.scale"] = weights[f"{block}.{name}.weight"]
    for i in range(config["num_single_layers"]):
        block, original = f"single_transformer_blocks.{i}", f"single_blocks.{i}"
        moved({"norm.linear": "modulation.lin", "proj_out": "linear2"}, f"{block}.", f"{original}.")
        joined(f"{original}.linear1", block, ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"))
        for name, norm in (("norm_q", "query_norm"), ("norm_k", "key_norm")):
            out[f"{original}.norm.{norm}.scale"] = weights[f"{block}.attn.{name}.weight"]
    return out


HUNYUAN = {
    "x_embedder.proj": "img_in.proj",
    "context_embedder.proj_in": "txt_in.input_embedder",
    "context_embedder.time_text_embed.timestep_embedder.linear_1": "txt_in.t_embedder.mlp.0",
    "context_embedder.time_text_embed.timestep_embedder.linear_2": "txt_in.t_embedder.mlp.2",
    "context_embedder.time_text_embed.text_embedder.linear_1": "txt_in.c_embedder.linear_1",
    "context_embedder.time_text_embed.text_embedder.linear_2": "txt_in.c_embedder.linear_2",
    "time_text_embed.timestep_embedder.linear_1": "time_in.mlp.0",
    "time_text_embed.timestep_embedder.linear_2": "time_in.mlp.2",
    "time_text_embed.text_embedder.linear_1": "vector_in.in_layer",
    "time_text_embed.text_embedder.linear_2": "vector_in.out_layer",
    "time_text_embed.guidance_embedder.linear_1": "guidance_in.mlp.0",
    "time_text_embed.guidance_embedder.linear_2": "guidance_in.mlp.2",
    "proj_out": "final_layer.linear",
}
HUNYUAN_DOUBLE = {
    "norm1.linear": "img_mod.linear",
    "norm1_context.linear": "txt_mod.linear",
    "attn.to_out.0": "img_attn_proj",
    "attn.to_add_out": "txt_attn_proj",
    "ff.net.0.proj": "img_mlp.fc1",
    "ff.net.2": "img_mlp.fc2",
    "ff_context.net.0.proj": "txt_mlp.fc1",
    "ff_context.net.2": "txt_mlp.fc2",
}
REFINER = {
    "norm1": "norm1",
    "norm2": "norm2",
    "attn.to_out.0": "self_attn_proj",
    "ff.net.0.proj": "mlp.fc1",
    "ff.net.2": "mlp.fc2",
    "norm_out.linear": "adaLN_modulation.1",
}


def hunyuan(weights, config):
    """Returns HunyuanVideo's tensors under their original names."""
    out = {}
    joined, moved = movers(weights, out)
    moved(HUNYUAN, "", "")
    for end in ("weight", "bias"):
        scale, shift = weights[f"norm_out.linear.{end}"].chunk(2)
        out[f"final_layer.adaLN_modulation.1.{end}"] = torch.cat([shift, scale])
    for i in range(config["num_refiner_layers"]):
        block = f"context_embedder.token_refiner.refiner_blocks.{i}"
        original = f"txt_in.individual_token_refiner.blocks.{i}"
        moved(REFINER, f"{block}.", f"{original}.")
        joined(f"{original}.self_attn_qkv", block, ("attn.to_q", "attn.to_k", "attn.to_v"))
    for i in range(config["num_layers"]):
        block, original = f"transformer_blocks.{i}", f"double_blocks.{i}"
        moved(HUNYUAN_DOUBLE, f"{block}.", f"{original}.")
        joined(f"{original}.img_attn_qkv", block, ("attn.to_q", "attn.to_k", "attn.to_v"))
        joined(f"{original}.txt_attn_qkv", block, ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"))
        for stream, added in (("img", ""), ("txt", "added_")):
            for part in "qk":
                out[f"{original}.{stream}_attn_{part}_norm.weight"] = weights[f"{block}.attn.norm_{added}{part}.weight"]
    for i in range(config["num_single_layers"]):
        block, original = f"single_transformer_blocks.{i}", f"single_blocks.{i}"
        moved({"norm.linear": "modulation.linear", "proj_out": "linear2"}, f"{block}.", f"{original}.")
        joined(f"{original}.linear1", block, ("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"))
        for part in "qk":
            out[f"{original}.{part}_norm.weight"] = weights[f"{block}.attn.norm_{part}.weight"]
    return out


FLUX2 = {
    "x_embedder": "img_in",
    "context_embedder": "txt_in",
    "time_guidance_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_guidance_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "double_stream_modulation_img.linear": "double_stream_modulation_img.lin",
    "double_stream_modulation_txt.linear": "double_stream_modulation_txt.lin",
    "single_stream_modulation.linear": "single_stream_modulation.lin",
    "proj_out": "final_layer.linear",
}
FLUX2_DOUBLE = {
    "attn.to_out.0": "img_attn.proj",
    "attn.to_add_out": "txt_attn.proj",
    "ff.linear_in": "img_mlp.0",
    "ff.linear_out": "img_mlp.2",
    "ff_context.linear_in": "txt_mlp.0",
    "ff_context.linear_out": "txt_mlp.2",
}


def flux2(weights, config):
    """Returns FLUX.2's tensors under their original names."""
    out = {}
    joined, moved = movers(weights, out, ("weight",))
    moved(FLUX2, "", "")
    if config["guidance_embeds"]:
        for number, layer in ((1, "in_layer"), (2, "out_layer")):
            name = f"time_guidance_embed.guidance_embedder.linear_{number}"
            moved({name: f"guidance_in.{layer}"}, "", "")
    scale, shift = weights["norm_out.linear.weight"].chunk(2)
    out["final_layer.adaLN_modulation.1.weight"] = torch.cat([shift, scale])
    for i in range(config["num_layers"]):
        block, original = f"transformer_blocks.{i}", f"double_blocks.{i}"
        moved(FLUX2_DOUBLE, f"{block}.", f"{original}.")
        joined(f"{original}.img_attn.qkv", block, ("attn.to_q", "attn.to_k", "attn.to_v"))
        joined(f"{original}.txt_attn.qkv", block, ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"))
        for name, norm in NORMS.items():
            out[f"{original}.{norm}.scale"] = weights[f"{block}.{name}.weight"]
    for i in range(config["num_single_layers"]):
        block, original = f"single_transformer_blocks.{i}", f"single_blocks.{i}"
        moved({"attn.to_qkv_mlp_proj": "linear1", "attn.to_out": "linear2"}, f"{block}.", f"{original}.")
        for name, norm in (("norm_q", "query_norm"), ("norm_k", "key_norm")):
            out[f"{original}.norm.{norm}.scale"] = weights[f"{block}.attn.{name}.weight"]
    return out


ZIMAGE = (
    ("all_x_embedder.2-1.", "x_embedder."),
    ("all_final_layer.2-1.", "final_layer."),
    (".attention.to_out.0.", ".attention.out."),
    (".attention.norm_q.", ".attention.q_norm."),
    (".attention.norm_k.", ".attention.k_norm."),
)


def zimage(weights):
    """Returns Z-Image's tensors as ComfyUI's files hold them, with a norm that nothing uses."""
    out = {}
    for name, value in weights.items():
        for old, new in ZIMAGE:
            name = name.replace(old, new)
        if name.endswith(".attention.to_q.weight"):
            block = name.removesuffix("to_q.weight")
            out[f"{block}qkv.weight"] = torch.cat([weights[f"{block}to_{part}.weight"] for part in "qkv"])
        elif not name.endswith((".attention.to_k.weight", ".attention.to_v.weight")):
            out[name] = value
    return out | {"norm_final.weight": torch.ones(weights["all_x_embedder.2-1.weight"].shape[0])}


WAN = (
    ("condition_embedder.time_embedder.linear_1.", "time_embedding.0."),
    ("condition_embedder.time_embedder.linear_2.", "time_embedding.2."),
    ("condition_embedder.text_embedder.linear_1.", "text_embedding.0."),
    ("condition_embedder.text_embedder.linear_2.", "text_embedding.2."),
    ("condition_embedder.time_proj.", "time_projection.1."),
    ("proj_out.", "head.head."),
    (".attn1.", ".self_attn."),
    (".attn2.", ".cross_attn."),
    (".to_out.0.", ".o."),
    (".to_q.", ".q."),
    (".to_k.", ".k."),
    (".to_v.", ".v."),
    (".ffn.net.0.proj.", ".ffn.0."),
    (".ffn.net.2.", ".ffn.2."),
    (".norm2.", ".norm3."),
    (".scale_shift_table", ".modulation"),
)


def wan_name(name):
    """Returns what a tensor of Wan's transformer is called in its release."""
    for old, new in WAN:
        name = name.replace(old, new)
    return "head.modulation" if name == "scale_shift_table" else name


WAN_VAE = (
    ("post_quant_conv.", "conv2."),
    ("quant_conv.", "conv1."),
    (".conv_in.", ".conv1."),
    (".norm_out.", ".head.0."),
    (".conv_out.", ".head.2."),
    (".mid_block.resnets.0.", ".middle.0."),
    (".mid_block.attentions.0.", ".middle.1."),
    (".mid_block.resnets.1.", ".middle.2."),
    (".down_blocks.", ".downsamples."),
)
WAN_RESNET = {"norm1": "residual.0", "conv1": "residual.2", "norm2": "residual.3", "conv2": "residual.6",
              "conv_shortcut": "shortcut"}


def wan_vae_name(name, resnets):
    """Returns what a tensor of Wan 2.1's autoencoder is called in its release; `resnets` of a block of the decoder."""
    for old, new in WAN_RESNET.items():
        if ".resnets." in name or ".down_blocks." in name:
            name = name.replace(f".{old}.", f".{new}.")
    for old, new in WAN_VAE:
        name = name.replace(old, new)
    parts = name.split(".")
    if parts[1] == "up_blocks":
        layer = resnets if parts[3] == "upsamplers" else int(parts[4])
        parts = ["decoder", "upsamples", str(int(parts[2]) * (resnets + 1) + layer), *parts[5:]]
    return ".".join(parts)


def flux2_vae(original):
    """Returns FLUX.2's autoencoder as it was released: convolutions beside encoder and decoder lie in them."""
    prefixes = {"quant_conv.": "encoder.", "post_quant_conv.": "decoder."}
    return {
        next((inside for start, inside in prefixes.items() if name.startswith(start)), "") + name: value
        for name, value in original.items()
    }


COMFY = (
    ("_embedder.mlp.0.", "_embedder.in_layer."),
    ("_embedder.mlp.2.", "_embedder.out_layer."),
    ("_embedder.linear_1.", "_embedder.in_layer."),
    ("_embedder.linear_2.", "_embedder.out_layer."),
    ("_in.mlp.0.", "_in.in_layer."),
    ("_in.mlp.2.", "_in.out_layer."),
    ("mlp.fc1.", "mlp.0."),
    ("mlp.fc2.", "mlp.2."),
    ("_mod.linear.", "_mod.lin."),
    (".modulation.linear.", ".modulation.lin."),
    ("_attn_qkv.", "_attn.qkv."),
    ("_attn_proj.", "_attn.proj."),
    ("_attn_q_norm.weight", "_attn.norm.query_norm.scale"),
    ("_attn_k_norm.weight", "_attn.norm.key_norm.scale"),
    (".q_norm.weight", ".norm.query_norm.scale"),
    (".k_norm.weight", ".norm.key_norm.scale"),
)


def comfy(original):
    """Returns HunyuanVideo's tensors as ComfyUI saves them, from those of the release. Sources: diffusion-pipe's and
    OneTrainer's readers of such files."""
    out = {}
    for name, value in original.items():
        for old, new in COMFY:
            name = name.replace(old, new)
        out[f"model.model.{name}"] = value
    assert len(out) == len(original)
    return out


def autoencoder(weights, config, pixel):
    """Returns the autoencoder's tensors under their original names; its attention is of kernels of this shape."""
    blocks = len(config["block_out_channels"])
    out = {}
    for name, value in weights.items():
        for i in range(blocks):
            name = name.replace(f"encoder.down_blocks.{i}.", f"encoder.down.{i}.")
            name = name.replace(f"decoder.up_blocks.{i}.", f"decoder.up.{blocks - 1 - i}.")
        for old, new in (("mid_block.resnets.0", "mid.block_1"), ("mid_block.resnets.1", "mid.block_2"),
                         ("mid_block.attentions.0", "mid.attn_1"), (".resnets.", ".block."),
                         ("conv_shortcut", "nin_shortcut"), ("conv_norm_out", "norm_out"), ("group_norm", "norm"),
                         ("to_out.0", "proj_out"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"),
                         ("downsamplers.0", "downsample"), ("upsamplers.0", "upsample")):
            name = name.replace(old, new)
        attention = ".attn_1." in name and value.dim() == 2
        out[name] = value.reshape(*value.shape, *pixel) if attention else value
    return out


def flat(name):
    """Returns a name of a convolution in an autoencoder of videos as one of pictures has it."""
    return name.replace(".conv.weight", ".weight").replace(".conv.bias", ".bias")


def llava(weights):
    """Returns Llama's tensors as a Llava holds them: beside a head, a vision tower and what joins the two."""
    width = weights["norm.weight"].shape[0]
    out = {f"language_model.model.{name}": value for name, value in weights.items()}
    out["language_model.lm_head.weight"] = torch.zeros_like(weights["embed_tokens.weight"])
    out["vision_tower.vision_model.embeddings.class_embedding"] = torch.zeros(4)
    out["multi_modal_projector.linear_1.weight"] = torch.zeros(width, 4)
    out["multi_modal_projector.linear_1.bias"] = torch.zeros(width)
    return out


def scaled(weights):
    """Returns Llama's tensors as ComfyUI's fp8_scaled files hold them: linear layers in 8 bits, each with a scale."""
    out = {"scaled_fp8": torch.zeros(2, dtype=torch.float8_e4m3fn)}
    for name, value in weights.items():
        if "_proj." in name:
            scale = value.abs().max() / torch.finfo(torch.float8_e4m3fn).max
            out[f"model.{name}"] = (value / scale).to(torch.float8_e4m3fn)
            out[f"model.{name.removesuffix('.weight')}.scale_weight"] = scale.reshape(1)
        else:
            out[f"model.{name}"] = value
    return out


def require_same(found, wanted):
    """Holds what diffusers makes of an original file against the folder's tensors."""
    assert found.keys() == wanted.keys(), found.keys() ^ wanted.keys()
    for name, value in wanted.items():
        assert torch.equal(found[name], value), name


def read(name, part):
    with open(f"{case.FOLDERS}/{name}/{part}/config.json") as file:
        config = json.load(file)
    return load_file(f"{case.FOLDERS}/{name}/{part}/diffusion_pytorch_model.safetensors"), config


def converted(function, width, original):
    """Returns what a function of diffusers makes of an original file; the function's text has the published width."""
    text = inspect.getsource(getattr(single_file_utils, function))
    assert "3072" in text
    space = dict(vars(single_file_utils))
    exec(text.replace("3072", str(width)), space)
    return space[function](dict(original))


def write(name, tensors):
    save_file({key: value.contiguous() for key, value in tensors.items()}, f"{case.GOLDEN}/files/{name}.safetensors")


def main():
    case.prepare()
    os.makedirs(f"{case.GOLDEN}/files", exist_ok=True)
    weights, config = read("tiny-a", "transformer")
    original = transformer(weights, config)
    width = config["num_attention_heads"] * config["attention_head_dim"]
    require_same(converted("convert_flux_transformer_checkpoint_to_diffusers", width, original), weights)
    write("transformer", original)
    writer = gguf.GGUFWriter(f"{case.GOLDEN}/files/transformer.gguf", "flux")
    for name, value in original.items():
        writer.add_tensor(name, value.contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    weights, config = read("tiny-a", "vae")
    original = autoencoder(weights, config, (1, 1))
    require_same(single_file_utils.convert_ldm_vae_checkpoint(dict(original), config), weights)
    write("vae", original)
    weights, config = read("hunyuan-a", "transformer")
    original = hunyuan(weights, config)
    width = config["num_attention_heads"] * config["attention_head_dim"]
    require_same(converted("convert_hunyuan_video_transformer_to_diffusers", width, original), weights)
    write("hunyuan", original)
    write("hunyuan_comfy", comfy(original))
    weights, config = read("hunyuan-a", "vae")
    original = autoencoder(weights, config, (1, 1, 1))
    # diffusers converts the names of pictures, whose convolutions lie a name higher, and matrices of four dimensions.
    found = single_file_utils.convert_ldm_vae_checkpoint({flat(name): value for name, value in original.items()}, config)
    wanted = {flat(name): value for name, value in weights.items()}
    require_same({name: value.reshape(wanted[name].shape) for name, value in found.items()}, wanted)
    write("hunyuan_vae", original)
    weights, config = read("flux2-a", "transformer")
    original = flux2(weights, config)
    require_same(single_file_utils.convert_flux2_transformer_checkpoint_to_diffusers(dict(original)), weights)
    write("flux2", original)
    weights, config = read("flux2-a", "vae")
    original = autoencoder(weights, config, (1, 1))
    found = single_file_utils.convert_ldm_vae_checkpoint(dict(original), config)
    require_same(found | {name: value for name, value in original.items() if name.startswith("bn.")}, weights)
    write("flux2_vae", flux2_vae(original))
    weights, _ = read("z-image-a", "transformer")
    original = zimage(weights)
    require_same(single_file_utils.convert_z_image_transformer_checkpoint_to_diffusers(dict(original)), weights)
    write("zimage", {name: value.bfloat16() for name, value in original.items()})
    weights, _ = read("wan-a", "transformer")
    original = {wan_name(name): value for name, value in weights.items()}
    require_same(single_file_utils.convert_wan_transformer_to_diffusers(dict(original)), weights)
    write("wan", original)
    weights, config = read("wan-a", "vae")
    write("wan_vae", {wan_vae_name(name, config["num_res_blocks"] + 1): value for name, value in weights.items()})
    weights = load_file(f"{case.FOLDERS}/hunyuan-a/text_encoder/model.safetensors")
    write("llava", llava(weights))
    write("llama_fp8", scaled(weights))


if __name__ == "__main__":
    main()
