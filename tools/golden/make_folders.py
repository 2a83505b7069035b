"""Writes the tiny folders of the tests below golden/folders: tiny-a and tiny-b (FLUX), hunyuan-a and hunyuan-b, z-image-a and z-image-b, flux2-a and flux2-b, qwen-image-a and qwen-image-b, wan-a and wan-b."""
import os
import tempfile

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler

import case
import make_wan_vae
import tiny_flux
import tiny_flux2
import tiny_hunyuan
import tiny_qwenimage
import tiny_tokenizers
import tiny_wan
import tiny_zimage


def wan():
    with tempfile.TemporaryDirectory() as work:
        tiny_tokenizers.write(f"{work}/a")
        tiny_tokenizers.write(f"{work}/b", pieces=520, extra_ids=0, charsmap=False, max_length=96)
        # Wan 2.1, with the scheduler that published folders hold.
        flows = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0)
        tiny_wan.build(f"{case.FOLDERS}/wan-a", f"{work}/a", 71, tiny_wan.A | {"text_dim": 16}, make_wan_vae.build("a"),
                       flows, {"d_kv": 6, "d_ff": 24, "num_layers": 2, "num_heads": 3})
        # Wan 2.2's autoencoder, a timestep for each token, no norm before the attention to the text.
        euler = FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=5.0)
        tiny_wan.build(f"{case.FOLDERS}/wan-b", f"{work}/b", 74, tiny_wan.B | {"text_dim": 12}, make_wan_vae.build("b"),
                       euler, {"d_kv": 4, "d_ff": 20, "num_layers": 3, "num_heads": 2})


def zimage():
    """Writes the two folders of Z-Image."""
    # As Z-Image-Turbo: static shift 3; bfloat16, one file a component; the tokenizer as transformers 5 writes it.
    tiny_zimage.build(f"{case.FOLDERS}/z-image-a", tiny_zimage.A, seed=61, scheduler={"shift": 3.0}, dtype=torch.bfloat16)
    # Dynamic shift; bfloat16 in shards; text encoder and tokenizer as published; one key-value head, wide heads.
    tiny_zimage.build(
        f"{case.FOLDERS}/z-image-b", tiny_zimage.B, seed=62, scheduler=tiny_flux.DYNAMIC, dtype=torch.bfloat16,
        shards="300KB", published=True, heads=2, kv_heads=1, head_dim=8, layers=4, wide=36, vae_channels=(4, 8, 8, 12),
        layers_per_block=2,
    )


def klein():
    """Writes the two folders of FLUX.2-klein."""
    # Guided; bfloat16, one file a component; the tokenizer as transformers 5 writes it.
    tiny_flux2.build(
        f"{case.FOLDERS}/flux2-a", tiny_flux2.A | {"guidance_embeds": False}, tiny_flux2.VAE_A, seed=63, distilled=False,
        dtype=torch.bfloat16, heads=2, kv_heads=1, head_dim=6, wide=12,
    )
    # Distilled; bfloat16 in shards; text encoder and tokenizer as published.
    tiny_flux2.build(
        f"{case.FOLDERS}/flux2-b", tiny_flux2.B | {"joint_attention_dim": 18}, tiny_flux2.VAE_B, seed=64, distilled=True,
        dtype=torch.bfloat16, shards="80KB", published=True, heads=2, kv_heads=2, head_dim=4, wide=10,
    )


def qwen_image():
    """Writes the two folders of Qwen-Image."""
    # As transformers 5 writes it; bfloat16, one file a component; one key-value head.
    tiny_qwenimage.build(
        f"{case.FOLDERS}/qwen-image-a", tiny_qwenimage.A, tiny_qwenimage.VAE_A, seed=65, scheduler=tiny_qwenimage.SCHEDULER,
        dtype=torch.bfloat16, num_attention_heads=3, num_key_value_heads=1,
    )
    # Text encoder and tokenizer as published; the transformer in shards; the scheduler's levels end as they come.
    tiny_qwenimage.build(
        f"{case.FOLDERS}/qwen-image-b", tiny_qwenimage.B, tiny_qwenimage.VAE_B, seed=66,
        scheduler=tiny_qwenimage.SCHEDULER | {"shift_terminal": None}, dtype=torch.bfloat16, shards="40KB", published=True,
        merges=360, num_attention_heads=2, num_key_value_heads=2, rms_norm_eps=1e-6,
    )


def main():
    case.prepare()
    with tempfile.TemporaryDirectory() as work:
        tiny_tokenizers.write(f"{work}/a")
        tiny_tokenizers.write(f"{work}/b", pieces=520, extra_ids=0, charsmap=False, max_length=96)
        # Guidance embedding, dynamic shift, float32 in one file each, arg-max pooling, no quant convs.
        tiny_flux.build(
            f"{case.FOLDERS}/tiny-a", f"{work}/a", seed=11, axes=(2, 2, 4), clip_hidden=12, t5_hidden=14, t5_head_dim=4,
            text_wide=24, vae_channels=(4, 8, 8, 8), sample_size=64,
        )
        # No guidance, static shift, bfloat16 in shards, three heads, first-end-token pooling, quant convs,
        # and the CLIP tensors under their published names.
        tiny_flux.build(
            f"{case.FOLDERS}/tiny-b", f"{work}/b", seed=23, heads=3, dbl=1, sgl=2, guidance=False, axes=(2, 4, 6),
            layers_per_block=1, quant=True, dtype=torch.bfloat16, shards="40KB", clip_eos=None, clip_hidden=24,
            clip_heads=4, clip_act="gelu", t5_hidden=28, t5_heads=2, t5_head_dim=8, t5_feed_forward="relu",
            text_wide=40, vae_channels=(4, 8, 8, 12), scheduler=tiny_flux.STATIC, clip_prefix=True,
        )
        tiny_tokenizers.write_llama(f"{work}/a/llama")
        tiny_tokenizers.write_llama(f"{work}/b/llama", merges=380, pad="<pad>", published=True)
        # Float32, one file a component, two key-value heads of four, plain positions, as transformers 5 writes it.
        tiny_hunyuan.build(f"{case.FOLDERS}/hunyuan-a", f"{work}/a", seed=31)
        # As published: bfloat16 in shards, tokenizer with a table; one key-value head, wide heads, llama3 positions, biases.
        llama3 = {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
        tiny_hunyuan.build(
            f"{case.FOLDERS}/hunyuan-b", f"{work}/b", seed=43, heads=3, dbl=2, sgl=1, refiner=1, guidance=False,
            axes=(2, 4, 6), dtype=torch.bfloat16, shards="40KB", clip_hidden=24, clip_prefix=True,
            llama_shape={
                "hidden": 20, "heads": 2, "kv_heads": 1, "layers": 4, "wide": 28, "head_dim": 8, "attention_bias": True,
                "mlp_bias": True, "rope_theta": 10000.0,
                "rope_scaling": llama3 | {"original_max_position_embeddings": 64},
            },
            vae_channels=(4, 8, 8, 12), layers_per_block=2, shift=5.0, published=True,
        )
    zimage()
    klein()
    qwen_image()
    wan()
    for name in sorted(os.listdir(case.FOLDERS)):
        print(name, tiny_flux.folder_bytes(f"{case.FOLDERS}/{name}"), "bytes")


if __name__ == "__main__":
    main()
