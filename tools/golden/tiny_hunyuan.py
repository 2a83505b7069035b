"""Writes a tiny, random HunyuanVideo folder in the diffusers layout, with any shape: what a loader must accept."""
import shutil

import torch
from diffusers import (
    AutoencoderKLHunyuanVideo,
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideoPipeline,
    HunyuanVideoTransformer3DModel,
)
from transformers import CLIPTokenizer, LlamaConfig, LlamaModel, PreTrainedTokenizerFast

import tiny_flux
from tiny_flux import randomise


def transformer(heads, dbl, sgl, refiner, guidance, axes, text, pooled, latent_channels):
    """Returns a HunyuanVideoTransformer3DModel of the given shape."""
    model = HunyuanVideoTransformer3DModel(
        in_channels=latent_channels, out_channels=latent_channels, num_attention_heads=heads,
        attention_head_dim=sum(axes), num_layers=dbl, num_single_layers=sgl, num_refiner_layers=refiner, mlp_ratio=4.0,
        patch_size=2, patch_size_t=1, qk_norm="rms_norm", guidance_embeds=guidance, text_embed_dim=text,
        pooled_projection_dim=pooled, rope_theta=256.0, rope_axes_dim=tuple(axes),
    )
    randomise(model)
    return model


def llama(vocab, pad, hidden=16, heads=4, kv_heads=2, layers=5, wide=32, **more):
    """Returns a LlamaModel whose queries and positions matter."""
    model = LlamaModel(LlamaConfig(
        vocab_size=vocab, hidden_size=hidden, intermediate_size=wide, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=kv_heads, max_position_embeddings=1024, rms_norm_eps=1e-5,
        pad_token_id=pad, **({"rope_theta": 500000.0} | more),
    ))
    randomise(model)
    with torch.no_grad():
        model.embed_tokens.weight.normal_(std=0.8)
    return model


def autoencoder(channels, layers_per_block, latent_channels):
    """Returns an AutoencoderKLHunyuanVideo: each latent cell is 8 px wide and 4 frames long."""
    model = AutoencoderKLHunyuanVideo(
        in_channels=3, out_channels=3, latent_channels=latent_channels, block_out_channels=list(channels),
        layers_per_block=layers_per_block, norm_num_groups=4, scaling_factor=0.476986, spatial_compression_ratio=8,
        temporal_compression_ratio=4, mid_block_add_attention=True,
        down_block_types=("HunyuanVideoDownBlock3D",) * 4, up_block_types=("HunyuanVideoUpBlock3D",) * 4,
    )
    randomise(model, linear=1.0)
    return model


def build(
    out,
    tok,
    seed=0,
    heads=2,
    dbl=1,
    sgl=2,
    refiner=2,
    guidance=True,
    axes=(2, 2, 4),
    dtype=torch.float32,
    shards=None,
    clip_hidden=12,
    clip_prefix=False,
    llama_shape=None,
    vae_channels=(4, 8, 8, 8),
    layers_per_block=1,
    latent_channels=4,
    shift=7.0,
    published=False,
):
    """Writes the folder `out`. `tok` holds `llama` and `tokenizer` (CLIP); `published` names the tokenizer's class as there."""
    torch.manual_seed(seed)
    clip_tok = CLIPTokenizer.from_pretrained(f"{tok}/tokenizer")
    llama_tok = PreTrainedTokenizerFast.from_pretrained(f"{tok}/llama")
    encoder = llama(len(llama_tok), llama_tok.pad_token_id, **(llama_shape or {}))
    text = encoder.config.hidden_size
    parts = {
        "transformer": transformer(heads, dbl, sgl, refiner, guidance, axes, text, clip_hidden, latent_channels),
        "text_encoder": encoder,
        "text_encoder_2": tiny_flux.clip(len(clip_tok), 2, clip_hidden, 3, "quick_gelu", 24),
        "vae": autoencoder(vae_channels, layers_per_block, latent_channels),
    }
    pipe = HunyuanVideoPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=shift), tokenizer=llama_tok,
        tokenizer_2=clip_tok, **{name: part.to(dtype).eval() for name, part in parts.items()},
    )
    shutil.rmtree(out, ignore_errors=True)
    pipe.save_pretrained(out, max_shard_size="10GB")
    if shards is not None:
        # Only the two large parts come in shards, as in the published folder.
        for name in ("transformer", "text_encoder"):
            shutil.rmtree(f"{out}/{name}")
            parts[name].save_pretrained(f"{out}/{name}", max_shard_size=shards)
    if clip_prefix:
        tiny_flux.prefix_clip(f"{out}/text_encoder_2/model.safetensors")
    # The published folder holds the CLIP tokenizer as vocab.json and merges.txt only.
    for name, source in (("tokenizer_2", "tokenizer"), ("tokenizer", "llama")):
        shutil.rmtree(f"{out}/{name}")
        shutil.copytree(f"{tok}/{source}", f"{out}/{name}", copy_function=shutil.copyfile)
    if published:
        with open(f"{out}/model_index.json") as file:
            index = file.read()
        assert index.count('"TokenizersBackend"') == 1
        with open(f"{out}/model_index.json", "w") as file:
            file.write(index.replace('"TokenizersBackend"', '"LlamaTokenizerFast"'))


def load(folder):
    """Returns the pipeline of a folder in float32, its tokenizer as tokenizer.json says.

    LlamaTokenizerFast of transformers 5.23.0 would put SentencePiece's steps in place of those of the file.
    """
    pipe = HunyuanVideoPipeline.from_pretrained(
        folder, torch_dtype=torch.float32, tokenizer=PreTrainedTokenizerFast.from_pretrained(f"{folder}/tokenizer")
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe
