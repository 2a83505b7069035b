"""Packed weights: GGUF and 8-bit floats, with the values gguf-py and torch make of them.

Writes torch/src/test/resources/golden/packed.gguf, packed-f8.safetensors and packed-values.safetensors, and below
models/src/test/resources/golden/packed/ one FLUX forward of each kind: weights under FLUX.1's original names, as ComfyUI's users have
them, and what diffusers computes of their values in float32.
"""
import json
import pathlib

import gguf
import numpy as np
import torch
from diffusers import FluxTransformer2DModel
from gguf import GGMLQuantizationType as Type
from safetensors.torch import save_file

import case
from flux_reference import image_ids
from tiny_flux import transformer

TORCH = pathlib.Path(case.REPOSITORY) / "torch/src/test/resources/golden"
PACKED = (Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0, Type.Q2_K, Type.Q3_K, Type.Q4_K, Type.Q5_K, Type.Q6_K)
# Where a block has its float16 numbers: any other byte may be what it likes.
HALVES = {
    Type.Q4_0: (0,), Type.Q4_1: (0, 2), Type.Q5_0: (0,), Type.Q5_1: (0, 2), Type.Q8_0: (0,), Type.Q2_K: (80, 82),
    Type.Q3_K: (108,), Type.Q4_K: (0, 2), Type.Q5_K: (0, 2), Type.Q6_K: (208,),
}
EDGES = np.array([0, -0.0, 6e-8, -6e-8, 65504, -65504, 1, -0.333], np.float16)


def blocks(kind, rows, in_features, seed, halves=None):
    """Returns random bytes [rows, bytes of a row] of a type, with finite scales, or these."""
    size, width = gguf.GGML_QUANT_SIZES[kind]
    generator = np.random.default_rng(seed)
    count = rows * in_features // size
    data = generator.integers(0, 256, (count, width), dtype=np.uint8)
    for place, at in enumerate(HALVES[kind]):
        scales = (generator.standard_normal(count) * 0.05).astype(np.float16)
        scales[: len(EDGES)] = EDGES[:count]
        if halves is not None:
            scales[:] = halves[place]
        data[:, at : at + 2] = scales.view(np.uint8).reshape(count, 2)
    return data.reshape(rows, -1)


def every_type():
    """One tensor of every type, random bytes."""
    values = {}
    writer = gguf.GGUFWriter(TORCH / "packed.gguf", "flux")
    writer.add_uint8("numbers.u8", 200)
    writer.add_int8("numbers.i8", -100)
    writer.add_uint16("numbers.u16", 60000)
    writer.add_int16("numbers.i16", -30000)
    writer.add_uint32("numbers.u32", 4000000000)
    writer.add_int32("numbers.i32", -2000000000)
    writer.add_float32("numbers.f32", 0.5)
    writer.add_bool("numbers.bool", True)
    writer.add_uint64("numbers.u64", 2**63 - 1)
    writer.add_int64("numbers.i64", -(2**63))
    writer.add_float64("numbers.f64", 0.1)
    writer.add_string("text", "naïve 🦊")
    writer.add_array("list.numbers", [1, -2, 3])
    writer.add_array("list.texts", ["a", "", "ccc"])
    writer.add_array("comfy.gguf.orig_shape.reshaped.weight", (4, 3, 16))
    for number, kind in enumerate(PACKED):
        name = f"{kind.name.lower()}.weight"
        data = blocks(kind, 4, 512, seed=number)
        writer.add_tensor(name, data, raw_dtype=kind)
        values[name] = gguf.dequantize(data, kind).reshape(4, 512)
    reshaped = blocks(Type.Q8_0, 6, 32, seed=99)
    writer.add_tensor("reshaped.weight", reshaped, raw_dtype=Type.Q8_0)
    values["reshaped.weight"] = gguf.dequantize(reshaped, Type.Q8_0).reshape(4, 3, 16)
    plain = np.array([[-1, -0.5, 0], [0.25, 1.5, 3]])
    writer.add_tensor("f32", plain.astype(np.float32))
    writer.add_tensor("f16", plain.astype(np.float16))
    bfloat = gguf.quantize(plain.astype(np.float32), Type.BF16)
    writer.add_tensor("bf16", bfloat, raw_dtype=Type.BF16)
    for kind in (np.int8, np.int16, np.int32, np.int64, np.float64):
        writer.add_tensor(np.dtype(kind).name, np.array([[-1, 0, 5]], kind))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return values


def every_float8():
    """All values of both types, and scales as ComfyUI and ModelOpt lay them beside."""
    codes = torch.arange(256, dtype=torch.uint8).view(16, 16)
    finite = (torch.arange(48) * 5 % 126).to(torch.uint8).view(4, 12)
    scale = torch.tensor(0.0173)
    rows = torch.tensor([0.5, 0.0173, -3.0, 1e-6])
    e4m3, e5m2 = finite.view(torch.float8_e4m3fn), finite.clone().view(torch.float8_e5m2)
    save_file(
        {
            "e4m3": codes.view(torch.float8_e4m3fn),
            "e5m2": codes.clone().view(torch.float8_e5m2),
            "comfy.weight": e4m3,
            "comfy.scale_weight": scale,
            "comfy.scale_input": scale.clone(),
            "scaled_fp8": torch.zeros(0, dtype=torch.float8_e4m3fn),
            "modelopt.weight": e4m3.clone(),
            "modelopt.weight_scale": rows,
            "modelopt.input_scale": scale.clone(),
            "columns.weight": e5m2,
            "columns.weight_scale": rows.view(4, 1).clone(),
            "newer.weight": e5m2.clone(),
            "newer.weight_scale": scale.clone(),
            "newer.comfy_quant": torch.tensor(list(b'{"format": "float8_e5m2"}'), dtype=torch.uint8),
            "plain.bias": torch.tensor([1.0, 2.0]),
        },
        TORCH / "packed-f8.safetensors",
    )
    return {
        "e4m3": codes.view(torch.float8_e4m3fn).float(),
        "e5m2": codes.view(torch.float8_e5m2).float(),
        "comfy.weight": e4m3.float() * scale,
        "modelopt.weight": e4m3.float() * rows.view(4, 1),
        "columns.weight": e5m2.float() * rows.view(4, 1),
        "newer.weight": e5m2.float() * scale,
    }


# diffusers' layers whose rows lie one below the other in an original layer.
DOUBLE = {
    "img_mod.lin": ["norm1.linear"], "txt_mod.lin": ["norm1_context.linear"],
    "img_attn.qkv": ["attn.to_q", "attn.to_k", "attn.to_v"],
    "txt_attn.qkv": ["attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"],
    "img_attn.norm.query_norm": ["attn.norm_q"], "img_attn.norm.key_norm": ["attn.norm_k"],
    "txt_attn.norm.query_norm": ["attn.norm_added_q"], "txt_attn.norm.key_norm": ["attn.norm_added_k"],
    "img_attn.proj": ["attn.to_out.0"], "txt_attn.proj": ["attn.to_add_out"],
    "img_mlp.0": ["ff.net.0.proj"], "img_mlp.2": ["ff.net.2"],
    "txt_mlp.0": ["ff_context.net.0.proj"], "txt_mlp.2": ["ff_context.net.2"],
}
SINGLE = {
    "modulation.lin": ["norm.linear"], "linear1": ["attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"],
    "linear2": ["proj_out"], "norm.query_norm": ["attn.norm_q"], "norm.key_norm": ["attn.norm_k"],
}
OUTSIDE = {
    "img_in": ["x_embedder"], "txt_in": ["context_embedder"],
    "time_in.in_layer": ["time_text_embed.timestep_embedder.linear_1"],
    "time_in.out_layer": ["time_text_embed.timestep_embedder.linear_2"],
    "vector_in.in_layer": ["time_text_embed.text_embedder.linear_1"],
    "vector_in.out_layer": ["time_text_embed.text_embedder.linear_2"],
    "guidance_in.in_layer": ["time_text_embed.guidance_embedder.linear_1"],
    "guidance_in.out_layer": ["time_text_embed.guidance_embedder.linear_2"],
    "final_layer.linear": ["proj_out"], "final_layer.adaLN_modulation.1": ["norm_out.linear"],
}


def layers(config):
    """Yields each original layer with diffusers' layers in it."""
    for group, table, count in (("double_blocks", DOUBLE, config.num_layers), ("single_blocks", SINGLE, config.num_single_layers)):
        mine = "transformer_blocks" if group == "double_blocks" else "single_transformer_blocks"
        for index in range(count):
            for name, parts in table.items():
                yield f"{group}.{index}.{name}", [f"{mine}.{index}.{part}" for part in parts]
    yield from OUTSIDE.items()


def swapped(tensor):
    """The halves of the rows the other way round."""
    return torch.cat(tensor.chunk(2)[::-1])


def repacked(model, pack):
    """Packs each tensor of the model under its original name; the model gets the values that this leaves."""
    state, values = model.state_dict(), {}
    for layer, parts in layers(model.config):
        for suffix in ("weight", "bias"):
            keys = [f"{part}.{suffix}" for part in parts if f"{part}.{suffix}" in state]
            if not keys:
                continue
            whole = torch.cat([state[key] for key in keys])
            turned = layer == "final_layer.adaLN_modulation.1"
            # The original calls a norm's weight scale.
            name = f"{layer}.scale" if layer.endswith("_norm") else f"{layer}.{suffix}"
            left = pack(name, swapped(whole) if turned else whole)
            left = swapped(left) if turned else left
            values.update(zip(keys, left.split([len(state[key]) for key in keys])))
    model.load_state_dict(values)


def forward(name, model, pack):
    """Packs the model, runs it, saves what it computed."""
    repacked(model, pack)
    generator = torch.Generator().manual_seed(7)
    config = model.config
    inputs = {
        "hidden_states": torch.randn(1, 12, config.in_channels, generator=generator),
        "encoder_hidden_states": torch.randn(1, 5, config.joint_attention_dim, generator=generator),
        "pooled_projections": torch.randn(1, config.pooled_projection_dim, generator=generator),
        "timestep": torch.tensor([0.625]),
        "img_ids": image_ids(6, 8),
        "txt_ids": torch.zeros(5, 3),
        "guidance": torch.tensor([3.5]),
    }
    out = model(**inputs, return_dict=False)[0]
    case.save(
        "make_packed.py", "packed", name, {f"in.{key}": value for key, value in inputs.items()} | {"out.proj_out": out},
        f"diffusers FluxTransformer2DModel, gguf@{version()}", 1e-4, grid_height=3, grid_width=4,
        config={key: value for key, value in config.items() if not key.startswith("_")},
    )


def version():
    """Returns gguf's version."""
    from importlib.metadata import version as of

    return of("gguf")


def tiny():
    """A FLUX transformer whose layers take 32, 128, 160 and 256 inputs."""
    torch.manual_seed(5)
    return transformer(heads=2, dbl=1, sgl=1, guidance=True, axes=(4, 6, 6), joint=256, pooled=256, latent_channels=8).eval()


def flux_gguf():
    """Types in turn, the K types where rows are long enough."""
    path = f"{case.GOLDEN}/packed/flux-gguf-weights.gguf"
    writer = gguf.GGUFWriter(path, "flux")
    older = [Type.Q8_0, Type.Q4_0, Type.Q5_1, Type.Q4_1, Type.Q5_0]
    # Scales that make random bytes weights of about the size of the others.
    large = [
        (Type.Q6_K, (5e-5,)), (Type.Q5_K, (2e-4, 3e-3)), (Type.Q4_K, (4e-4, 3e-3)), (Type.Q3_K, (1.5e-3,)), (Type.Q2_K, (4e-3, 6e-3)),
    ]

    def pack(name, whole):
        array = whole.float().numpy()
        if array.ndim == 1:
            writer.add_tensor(name, array)
            return whole
        if array.shape[1] == 256:
            kind, halves = large[0]
            large.append(large.pop(0))
            data = blocks(kind, len(array), 256, seed=len(name), halves=halves)
        else:
            kind = older[0]
            older.append(older.pop(0))
            data = gguf.quantize(array, kind)
        writer.add_tensor(name, data, raw_dtype=kind)
        return torch.from_numpy(gguf.dequantize(data, kind).reshape(array.shape).copy())

    forward("flux-gguf", tiny(), pack)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def flux_float8():
    """ComfyUI's scaled_fp8: matrices with a scale, all else in bfloat16."""
    tensors = {"scaled_fp8": torch.zeros(0, dtype=torch.float8_e4m3fn)}

    def pack(name, whole):
        if whole.ndim == 1:
            tensors[name] = whole.bfloat16()
            return tensors[name].float()
        scale = whole.abs().max() / torch.finfo(torch.float8_e4m3fn).max
        tensors[name] = (whole / scale).to(torch.float8_e4m3fn)
        tensors[name.replace(".weight", ".scale_weight")] = scale
        return tensors[name].float() * scale

    forward("flux-f8", tiny(), pack)
    save_file(tensors, f"{case.GOLDEN}/packed/flux-f8-weights.safetensors")


def main():
    case.prepare()
    values = {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in every_type().items()}
    values |= every_float8()
    save_file(values, TORCH / "packed-values.safetensors")
    about = {
        "generator": "tools/golden/make_packed.py",
        "source": f"gguf@{version()} dequantize; torch's own float8",
        "versions": case.versions() | {"gguf": version()},
        "dtype": "float32",
        "tolerance": 0,
    }
    (TORCH / "packed-values.json").write_text(json.dumps(about, indent=2) + "\n")
    flux_gguf()
    flux_float8()


if __name__ == "__main__":
    main()
