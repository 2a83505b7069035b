"""HunyuanVideo-1.5 as single files and with LoRAs: golden/files/hunyuan15*, golden/lora/hunyuan15-*, manifests/hunyuan-video-1.5-files.json.

    python tools/golden/make_hunyuan15_files.py CONVERTER

CONVERTER is scripts/convert_hunyuan_video1_5_to_diffusers.py of diffusers, which its package lacks; 58eb52c was taken. The original names
are those that it asks a file for: it is run on what only writes down the names. ComfyUI's file has queries, keys and values as one
layer (hunyuan_video_1_5_models.py of musubi-tuner@30c658c, which reads both); what ComfyUI itself saves is renamed as process_unet_state_dict
in comfy/supported_models.py of ComfyUI@a125cd8 does it. diffusers reads no LoRAs of this family: they are added to the weights here.
"""
import ast
import sys
import types

import torch
from diffusers import AutoencoderKLHunyuanVideo15, HunyuanVideo15Transformer3DModel
from safetensors.torch import save_file

import case
import make_files
import make_lora_families
import tiny_hunyuan15
from manifests import compact, store

TRANSFORMER = "convert_hyvideo15_transformer_to_diffusers"
VAE = "convert_hunyuan_video_15_vae_checkpoint_to_diffusers"
FOLDER = f"{case.FOLDERS}/hunyuan15-a"
PARTS = "qkv"


class Part:
    """What the converter takes from a file: a tensor's name, and which of how many runs of its rows; `swapped` has its halves change places."""

    def __init__(self, name, index=0, of=1, swapped=False):
        self.name, self.index, self.of, self.swapped = name, index, of, swapped

    def chunk(self, of, dim):
        assert dim == 0
        return [Part(self.name, index, of) for index in range(of)]

    def whole(self, tensors):
        """Returns the file's tensor, of diffusers' tensors by their parts."""
        rows = [tensors[index] for index in range(self.of)]
        if self.swapped:
            scale, shift = rows[0].chunk(2)
            rows = [shift, scale]
        return torch.cat(rows)


class Names(dict):
    """A file that has every tensor, and nothing but names."""

    def __init__(self, has):
        super().__init__()
        self.has = has

    def pop(self, name):
        return Part(name)

    def __contains__(self, name):
        return self.has(name)


def functions(path, changes):
    """Returns the converter's functions, with another text where it states numbers of the published model."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    tree = ast.parse(text)
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in (TRANSFORMER, VAE)]
    space = {"torch": types.SimpleNamespace(chunk=Part.chunk), "swap_scale_shift": lambda part: Part(part.name, swapped=True)}
    exec(compile(tree, path, "exec"), space)
    return space


def asked(path, model, layers=54, refiners=2, **arguments):
    """Returns {diffusers' name: Part} of a transformer or an autoencoder, which are exactly the class's own names."""
    space = functions(path, {"num_layers = 54": f"num_layers = {layers}", "num_refiner_blocks = 2": f"num_refiner_blocks = {refiners}"})
    own = model.state_dict()
    if isinstance(model, HunyuanVideo15Transformer3DModel):
        found = space[TRANSFORMER](Names(lambda name: False), types.SimpleNamespace(use_meanflow=False))
    else:
        ends = {n for n in own if "samplers" in n}

        def has(name):
            half, level = name.split(".")[0], name.split(".")[2]
            return any(n.startswith(f"{half}.{'down' if half == 'encoder' else 'up'}_blocks.{level}.") for n in ends)

        found = space[VAE](Names(has), **arguments)
    assert found.keys() == own.keys(), found.keys() ^ own.keys()
    return found


def file_of(parts, weights):
    """Returns the original file of diffusers' weights."""
    together = {}
    for name, part in parts.items():
        together.setdefault(part.name, (part, {}))[1][part.index] = weights[name]
    return {name: part.whole(rows) for name, (part, rows) in together.items()}


def comfy(file):
    """Returns a file of the release as ComfyUI's has it."""
    out = {}
    for name, value in file.items():
        if "_attn_q." in name:
            out[name.replace("_attn_q.", "_attn_qkv.")] = torch.cat([file[name.replace("_attn_q.", f"_attn_{p}.")] for p in PARTS])
        elif "_attn_k." not in name and "_attn_v." not in name:
            out[name] = value
    return out


def saved(file):
    """Returns ComfyUI's file as it saves it again."""
    out = {}
    for name, value in file.items():
        for old, new in (("txt_in.t_embedder.mlp.0.", "txt_in.t_embedder.in_layer."), ("txt_in.t_embedder.mlp.2.", "txt_in.t_embedder.out_layer."),
                         ("txt_in.c_embedder.linear_1.", "txt_in.c_embedder.in_layer."), ("txt_in.c_embedder.linear_2.", "txt_in.c_embedder.out_layer."),
                         ("_mod.linear.", "_mod.lin."), ("_attn_qkv.", "_attn.qkv."), ("mlp.fc1.", "mlp.0."), ("mlp.fc2.", "mlp.2."),
                         ("_attn_q_norm.weight", "_attn.norm.query_norm.scale"), ("_attn_k_norm.weight", "_attn.norm.key_norm.scale"),
                         ("_attn_proj.", "_attn.proj."), ("_in.mlp.2.", "_in.out_layer."), ("_in.mlp.0.", "_in.in_layer.")):
            name = name.replace(old, new)
        out[f"model.model.{name}"] = value
    return out


def manifest(path):
    with torch.device("meta"):
        transformer = HunyuanVideo15Transformer3DModel.from_config({})
        vae = AutoencoderKLHunyuanVideo15.from_config({})
    released = file_of(asked(path, transformer), transformer.state_dict())
    files = {"transformer": released, "comfy": comfy(released), "saved": saved(comfy(released)),
             "vae": file_of(asked(path, vae), vae.state_dict())}
    components = {part: {"tensors": compact({name: list(value.shape) for name, value in file.items()})} for part, file in files.items()}
    store("hunyuan-video-1.5-files", {"generator": "tools/golden/make_hunyuan15_files.py", "versions": case.versions(),
                                      "components": components})


def tiny(path):
    """Writes hunyuan15-a's files, without the weights that its folder lacks too; returns {diffusers' name: Part} of its transformer."""
    pipe = tiny_hunyuan15.load(FOLDER)
    shape = pipe.vae.config
    parts = asked(path, pipe.transformer, tiny_hunyuan15.A["num_layers"], tiny_hunyuan15.A["num_refiner_layers"])
    files = {"hunyuan15": file_of(parts, pipe.transformer.state_dict()),
             "hunyuan15_vae": file_of(asked(path, pipe.vae, block_out_channels=shape.block_out_channels, layers_per_block=shape.layers_per_block),
                                      pipe.vae.state_dict())}
    files["hunyuan15_comfy"] = saved(comfy(files["hunyuan15"]))
    for name, file in files.items():
        wide = [n for n in file if any(end in n for end in ("byt5_in.fc1.weight", "byt5_in.fc2.weight", "byt5_in.fc3.weight"))]
        make_files.write(name, {n: value.bfloat16() for n, value in file.items() if n not in wide})
    return parts


def names(parts, joined):
    """Returns {original layer: diffusers' layers} of double-stream blocks, as musubi-tuner trains them; joined, as it writes them for ComfyUI."""
    out = {}
    for name, part in parts.items():
        layer = part.name.removesuffix(".weight")
        if "double_blocks" in layer and part.name.endswith(".weight") and "_norm" not in layer:
            for one in PARTS if joined else "":
                layer = layer.removesuffix(f"_attn_{one}") + "_attn_qkv" if layer.endswith(f"_attn_{one}") else layer
            out.setdefault(layer, []).append(name.removesuffix(".weight"))
    return out


def comfy_kohya(name):
    """Source: convert_hunyuan_video_1_5_lora_to_comfy.py of musubi-tuner@30c658c."""
    for old, new in (("mlp.fc1", "mlp.0"), ("mlp.fc2", "mlp.2"), ("mod.linear", "mod.lin")):
        name = name.replace(old, new)
    return make_lora_families.kohya(name)


def lora(parts, form, joined, spell, rank, scale):
    torch.manual_seed(sum(f"hunyuan15-{form}".encode()))
    pipe = tiny_hunyuan15.load(FOLDER)
    layers = names(parts, joined)
    file = make_lora_families.file_of(pipe, layers, spell, rank, "all")
    path = f"{case.GOLDEN}/lora/files/hunyuan15-{form}.safetensors"
    save_file({key: value.contiguous() for key, value in file.items()}, path, metadata={"format": "pt"})
    plain = latents(pipe)
    for name, targets in layers.items():
        key, (a, b) = spell(name)
        update = file[f"{key}.{b}.weight"] @ file[f"{key}.{a}.weight"] * (scale * file[f"{key}.alpha"] / rank)
        for target, rows in zip(targets, update.chunk(len(targets))):
            pipe.transformer.get_parameter(f"{target}.weight").add_(rows)
    result = latents(pipe)
    distance = (result - plain).abs().max().item()
    assert distance > 0.1, distance
    case.save("make_hunyuan15_files.py", "lora", f"hunyuan15-{form}", {"latents": result},
              "diffusers HunyuanVideo15Pipeline, with scale * alpha / rank * up @ down added to its weights", 2e-3,
              folder="golden/folders/hunyuan15-a", prompt=make_lora_families.PROMPT, seed=make_lora_families.SEED, width=SIDE, height=SIDE,
              num_inference_steps=make_lora_families.STEPS, max_sequence_length=1000, num_frames=5, true_cfg_scale=1.0,
              loras={f"hunyuan15-{form}": scale}, changed=sum(map(len, layers.values())), from_plain=round(distance, 4))


SIDE = 64


def latents(pipe):
    pipe.guider.guidance_scale = 1.0
    return pipe(make_lora_families.PROMPT, width=SIDE, height=SIDE, num_frames=5, num_inference_steps=make_lora_families.STEPS,
                output_type="latent", generator=torch.Generator("cpu").manual_seed(make_lora_families.SEED)).frames


def main(path):
    case.prepare()
    manifest(path)
    parts = tiny(path)
    lora(parts, "kohya", False, make_lora_families.kohya, 2, 0.8)
    lora(parts, "comfy", True, comfy_kohya, 2, -0.6)


if __name__ == "__main__":
    main(sys.argv[1])
