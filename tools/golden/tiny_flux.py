"""Writes a tiny, random FLUX folder in the diffusers layout, with any shape: what a loader must accept.

`python tiny_flux.py OUT TOKENIZERS [SEED]`, where TOKENIZERS holds the folders `tokenizer` and `tokenizer_2`.
"""
import os
import shutil
import sys

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer, T5Config, T5EncoderModel, T5TokenizerFast

DYNAMIC = {
    "shift": 3.0,
    "use_dynamic_shifting": True,
    "base_shift": 0.5,
    "max_shift": 1.15,
    "base_image_seq_len": 256,
    "max_image_seq_len": 4096,
}
STATIC = {"shift": 2.5, "use_dynamic_shifting": False}


def randomise(module, linear=1.2):
    """Gives every parameter a value that shows when it is left out: norms near one, biases near zero."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.ndim == 1:
                parameter.normal_(std=0.2)
                if name.endswith("weight"):
                    parameter.add_(1.0)
        for part in module.modules():
            if isinstance(part, torch.nn.Linear):
                part.weight.normal_(std=linear / part.in_features**0.5)


def transformer(heads, dbl, sgl, guidance, axes, joint, pooled, latent_channels):
    """Returns a FluxTransformer2DModel of the given shape."""
    model = FluxTransformer2DModel(
        patch_size=1, in_channels=4 * latent_channels, num_layers=dbl, num_single_layers=sgl,
        attention_head_dim=sum(axes), num_attention_heads=heads, joint_attention_dim=joint,
        pooled_projection_dim=pooled, guidance_embeds=guidance, axes_dims_rope=list(axes),
    )
    randomise(model)
    return model


def clip(vocab, eos, hidden=36, heads=3, act="quick_gelu", wide=64):
    """Returns a CLIPTextModel. With `eos` 2 the pooled row is the arg-max of the ids, else the first `eos`."""
    model = CLIPTextModel(CLIPTextConfig(
        vocab_size=vocab, hidden_size=hidden, intermediate_size=wide, projection_dim=hidden, num_hidden_layers=3,
        num_attention_heads=heads, max_position_embeddings=77, hidden_act=act, eos_token_id=eos, bos_token_id=0,
        pad_token_id=1,
    ))
    randomise(model)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "embedding" in name:
                parameter.normal_(std=0.6)
    return model


def t5(vocab, hidden=40, heads=4, head_dim=12, feed_forward="gated-gelu", wide=64):
    """Returns a T5EncoderModel whose queries and positions matter."""
    model = T5EncoderModel(T5Config(
        vocab_size=vocab, d_model=hidden, d_kv=head_dim, d_ff=wide, num_layers=3, num_heads=heads,
        feed_forward_proj=feed_forward, tie_word_embeddings=False,
    ))
    randomise(model, linear=0.8)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "relative_attention_bias" in name or "shared" in name:
                parameter.normal_(std=0.8)
    return model


def autoencoder(channels, layers_per_block, quant, latent_channels, sample_size):
    """Returns an AutoencoderKL with four levels (each latent cell is 8 px wide)."""
    model = AutoencoderKL(
        in_channels=3, out_channels=3, down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4, block_out_channels=list(channels), layers_per_block=layers_per_block,
        latent_channels=latent_channels, norm_num_groups=4, use_quant_conv=quant, use_post_quant_conv=quant,
        scaling_factor=0.3611, shift_factor=0.1159, force_upcast=True, sample_size=sample_size,
    )
    randomise(model, linear=1.0)
    return model


def build(
    out,
    tok,
    seed=0,
    heads=2,
    dbl=2,
    sgl=3,
    guidance=True,
    axes=(4, 6, 6),
    layers_per_block=2,
    quant=False,
    dtype=torch.float32,
    shards=None,
    clip_eos=2,
    clip_hidden=36,
    clip_heads=3,
    clip_act="quick_gelu",
    t5_hidden=40,
    t5_heads=4,
    t5_head_dim=12,
    t5_feed_forward="gated-gelu",
    text_wide=64,
    vae_channels=(8, 16, 16, 24),
    latent_channels=4,
    sample_size=32,
    scheduler=None,
    clip_prefix=False,
):
    """Writes the folder `out` and returns its pipeline. `clip_eos`: 2, or None for the tokenizer's own end token."""
    torch.manual_seed(seed)
    clip_tok = CLIPTokenizer.from_pretrained(f"{tok}/tokenizer")
    t5_tok = T5TokenizerFast.from_pretrained(f"{tok}/tokenizer_2")
    eos = clip_tok.eos_token_id if clip_eos is None else clip_eos
    parts = {
        "transformer": transformer(heads, dbl, sgl, guidance, axes, t5_hidden, clip_hidden, latent_channels),
        "text_encoder": clip(len(clip_tok), eos, clip_hidden, clip_heads, clip_act, text_wide),
        "text_encoder_2": t5(len(t5_tok), t5_hidden, t5_heads, t5_head_dim, t5_feed_forward, text_wide),
        "vae": autoencoder(vae_channels, layers_per_block, quant, latent_channels, sample_size),
    }
    pipe = FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, **(scheduler or DYNAMIC)),
        tokenizer=clip_tok, tokenizer_2=t5_tok, **{name: part.to(dtype).eval() for name, part in parts.items()},
    )
    shutil.rmtree(out, ignore_errors=True)
    if shards is None:
        pipe.save_pretrained(out)
    else:
        # Only the two large parts come in shards, as in the published folders.
        pipe.save_pretrained(out, max_shard_size="10GB")
        for name in ("transformer", "text_encoder_2"):
            shutil.rmtree(f"{out}/{name}")
            parts[name].save_pretrained(f"{out}/{name}", max_shard_size=shards)
    if clip_prefix:
        prefix_clip(f"{out}/text_encoder/model.safetensors")
    # The published FLUX folder holds the CLIP tokenizer as vocab.json and merges.txt only.
    shutil.rmtree(f"{out}/tokenizer")
    shutil.copytree(f"{tok}/tokenizer", f"{out}/tokenizer", copy_function=shutil.copyfile)
    return pipe


def prefix_clip(path):
    """Renames the tensors as transformers 4 wrote them, in the published folders, position ids included."""
    tensors = {f"text_model.{name}": value for name, value in load_file(path).items()}
    tensors["text_model.embeddings.position_ids"] = torch.arange(77)[None]
    save_file(tensors, path, metadata={"format": "pt"})


def folder_bytes(folder):
    """Returns the size of all files below `folder`."""
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names)


if __name__ == "__main__":
    build(sys.argv[1], sys.argv[2], seed=int(sys.argv[3]) if len(sys.argv) > 3 else 0)
