"""Writes a tiny, random HunyuanVideo-1.5 folder in the diffusers layout, with any shape: what a loader must accept.

Three weights of `context_embedder_2` are 2048 wide whatever the configuration says. They are no random numbers but a pattern, and in no
file here: `complete` writes them, and TinyHunyuanVideo15.java does the same.
"""
import json
import shutil
import tempfile

import diffusers
import numpy as np
import torch
from diffusers import (
    AutoencoderKLHunyuanVideo15,
    ClassifierFreeGuidance,
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideo15Pipeline,
    HunyuanVideo15Transformer3DModel,
)
from safetensors.torch import save_file
from transformers import ByT5Tokenizer, Qwen2_5_VLTextConfig, Qwen2_5_VLTextModel, Qwen2Tokenizer, T5Config, T5EncoderModel

import tiny_flux
import tiny_tokenizers

WIDE = ("context_embedder_2.linear_1.weight", "context_embedder_2.linear_2.weight", "context_embedder_2.linear_3.weight")
SHARD = "diffusion_pytorch_model-{:05}-of-00002.safetensors"

# Of Qwen/Qwen2.5-VL-7B-Instruct.
TEMPLATE = (
    "{% set image_count = namespace(value=0) %}{% set video_count = namespace(value=0) %}{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}{{ message['content'] }}<|im_end|>\n{% else %}"
    "{% for content in message['content'] %}"
    "{% if content['type'] == 'image' or 'image' in content or 'image_url' in content %}"
    "{% set image_count.value = image_count.value + 1 %}{% if add_vision_id %}Picture {{ image_count.value }}: {% endif %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% elif content['type'] == 'video' or 'video' in content %}"
    "{% set video_count.value = video_count.value + 1 %}{% if add_vision_id %}Video {{ video_count.value }}: {% endif %}"
    "<|vision_start|><|video_pad|><|vision_end|>{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}"
    "<|im_end|>\n{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def pattern(rows, columns, seed):
    """Returns a weight whose values look random and fit bfloat16."""
    i = np.arange(rows, dtype=np.uint64)[:, None]
    j = np.arange(columns, dtype=np.uint64)[None]
    mixed = ((i * np.uint64(7919) + j * np.uint64(104729) + np.uint64(seed)) * np.uint64(2654435761)) % np.uint64(1 << 32)
    scale = 2.0 ** -round(np.log2(columns) / 2)
    return torch.from_numpy(((mixed >> np.uint64(24)).astype(np.float32) - 128) / 128 * scale)


def fill(model):
    for seed, name in enumerate(WIDE):
        weight = model.get_parameter(name)
        weight.copy_(pattern(*weight.shape, seed))


def transformer(seed, heads, axes, channels, **shape):
    """Returns a HunyuanVideo15Transformer3DModel whose layers all matter. Its values fit bfloat16."""
    torch.manual_seed(seed)
    model = HunyuanVideo15Transformer3DModel(
        in_channels=2 * channels + 1, out_channels=channels, num_attention_heads=heads, attention_head_dim=sum(axes),
        rope_axes_dim=tuple(axes), **shape)
    tiny_flux.randomise(model, linear=0.8)
    model.cond_type_embed.weight.normal_(std=0.8)
    for parameter in model.parameters():
        parameter.copy_(parameter.bfloat16())
    fill(model)
    return model.eval()


def kept(model):
    """Returns the weights that are stored."""
    return {name: value.bfloat16().contiguous() for name, value in model.state_dict().items() if name not in WIDE}


def autoencoder(seed, **shape):
    """Returns an AutoencoderKLHunyuanVideo15 whose layers all matter. Its values fit bfloat16."""
    torch.manual_seed(seed)
    model = AutoencoderKLHunyuanVideo15(**shape)
    tiny_flux.randomise(model)
    for name, parameter in model.named_parameters():
        if name.endswith("gamma"):
            parameter.normal_(std=0.2).add_(1)
        parameter.copy_(parameter.bfloat16())
    return model.eval()


# Two blocks, one of the text; cells as they are.
A = dict(seed=71, heads=2, axes=(2, 2, 4), channels=4, num_layers=2, num_refiner_layers=1, text_embed_dim=16,
         text_embed_2_dim=12, image_embed_dim=10)
# Other numbers everywhere, and 2 x 2 cells a token.
B = dict(seed=72, heads=3, axes=(2, 2, 2), channels=4, num_layers=1, num_refiner_layers=2, mlp_ratio=3.0, patch_size=2,
         text_embed_dim=12, text_embed_2_dim=14, image_embed_dim=6, rope_theta=100.0, target_size=960, task_type="t2v")
# As published but for the numbers of channels: 16 x 16 pixels and 4 frames a cell.
VAE_A = dict(seed=73, latent_channels=4, block_out_channels=(8, 8, 8, 8, 8), layers_per_block=1)
# 4 x 4 pixels and 2 frames; channels grow and shrink, and the decoder's blocks end with their own.
VAE_B = dict(seed=74, latent_channels=4, block_out_channels=(8, 16, 8), layers_per_block=2, spatial_compression_ratio=4,
             temporal_compression_ratio=2, upsample_match_channel=False, scaling_factor=0.8)


def texts(out, dtype, hidden, wide, heads, kv_heads, layers, glyph_hidden, colours, published):
    """Writes both text encoders with their tokenizers."""
    tiny_tokenizers.write_qwen(f"{out}/tokenizer", merges=360, published=published)
    if published:
        path = f"{out}/tokenizer/tokenizer_config.json"
        with open(path, encoding="utf-8") as file:
            config = json.load(file) | {"chat_template": TEMPLATE}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file, indent=2)
    else:
        with open(f"{out}/tokenizer/chat_template.jinja", "w", encoding="utf-8") as file:
            file.write(TEMPLATE)
    tokenizer = Qwen2Tokenizer.from_pretrained(f"{out}/tokenizer")
    rope = {"rope_type": "default", "rope_theta": 1000000.0, "mrope_section": [1, 1, hidden // heads // 2 - 2]}
    qwen = Qwen2_5_VLTextModel(Qwen2_5_VLTextConfig(
        vocab_size=len(tokenizer) + 5, hidden_size=hidden, intermediate_size=wide, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=kv_heads, max_position_embeddings=2048, rope_parameters=rope,
        pad_token_id=tokenizer.pad_token_id))
    tiny_flux.randomise(qwen)
    qwen.embed_tokens.weight.normal_(std=0.8)
    qwen.to(dtype).save_pretrained(f"{out}/text_encoder")
    byt5 = ByT5Tokenizer()
    byt5.add_tokens([f"<color-{i}>" for i in range(colours)], special_tokens=True)
    byt5.save_pretrained(f"{out}/tokenizer_2")
    glyphs = T5EncoderModel(T5Config(
        vocab_size=len(byt5) + 1, d_model=glyph_hidden, d_kv=4, d_ff=20, num_layers=2, num_heads=3,
        feed_forward_proj="gated-gelu", tie_word_embeddings=False))
    tiny_flux.randomise(glyphs)
    glyphs.shared.weight.normal_(std=0.8)
    glyphs.to(dtype).save_pretrained(f"{out}/text_encoder_2")


def build(out, shape, vae, seed, shift, guider, dtype=torch.bfloat16, published=False, **text):
    """Writes the folder `out`."""
    shutil.rmtree(out, ignore_errors=True)
    torch.manual_seed(seed)
    texts(out, dtype, shape["text_embed_dim"], glyph_hidden=shape["text_embed_2_dim"], published=published, **text)
    model = transformer(**shape)
    model.save_config(f"{out}/transformer")
    save_file(kept(model), f"{out}/transformer/{SHARD.format(1)}", metadata={"format": "pt"})
    weights = {name: SHARD.format(2 if name in WIDE else 1) for name in model.state_dict()}
    with open(f"{out}/transformer/diffusion_pytorch_model.safetensors.index.json", "w") as file:
        json.dump({"metadata": {"total_size": 0}, "weight_map": weights}, file, indent=1)
        file.write("\n")
    autoencoder(**vae).to(dtype).save_pretrained(f"{out}/vae")
    FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=shift).save_pretrained(f"{out}/scheduler")
    ClassifierFreeGuidance(**guider).save_pretrained(f"{out}/guider")
    parts = {"guider": "ClassifierFreeGuidance", "scheduler": "FlowMatchEulerDiscreteScheduler",
             "text_encoder": "Qwen2_5_VLTextModel", "text_encoder_2": "T5EncoderModel", "tokenizer": "Qwen2Tokenizer",
             "tokenizer_2": "ByT5Tokenizer", "transformer": "HunyuanVideo15Transformer3DModel",
             "vae": "AutoencoderKLHunyuanVideo15"}
    index = {"_class_name": "HunyuanVideo15Pipeline", "_diffusers_version": diffusers.__version__}
    index |= {part: ["transformers" if part.startswith("t") and part != "transformer" else "diffusers", kind]
              for part, kind in parts.items()}
    with open(f"{out}/model_index.json", "w") as file:
        json.dump(index, file, indent=2)
        file.write("\n")


def complete(folder, to):
    """Copies a folder, and writes the shard that it lacks."""
    shutil.copytree(folder, to)
    with open(f"{to}/transformer/config.json") as file:
        config = json.load(file)
    width = config["num_attention_heads"] * config["attention_head_dim"]
    sizes = ((2048, config["text_embed_2_dim"]), (2048, 2048), (width, 2048))
    shard = {name: pattern(*size, seed).bfloat16() for seed, (name, size) in enumerate(zip(WIDE, sizes))}
    save_file(shard, f"{to}/transformer/{SHARD.format(2)}", metadata={"format": "pt"})


def load(folder):
    """Returns the pipeline of a folder in float32."""
    with tempfile.TemporaryDirectory() as work:
        complete(folder, f"{work}/model")
        pipe = HunyuanVideo15Pipeline.from_pretrained(f"{work}/model", torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def main():
    """Writes hunyuan15-a and hunyuan15-b."""
    import case

    case.prepare()
    build(f"{case.FOLDERS}/hunyuan15-a", A, VAE_A, seed=75, shift=5.0, guider={"guidance_scale": 6.0}, wide=20, heads=2,
          kv_heads=1, layers=4, colours=0)
    build(f"{case.FOLDERS}/hunyuan15-b", B, VAE_B, seed=76, shift=9.0, published=True, wide=18, heads=2, kv_heads=2, layers=3,
          guider={"guidance_scale": 2.0, "use_original_formulation": True}, colours=3)
    for name in ("hunyuan15-a", "hunyuan15-b"):
        print(name, tiny_flux.folder_bytes(f"{case.FOLDERS}/{name}"), "bytes")


if __name__ == "__main__":
    main()
