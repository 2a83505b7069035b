"""Makes tiny, random transformers of Qwen-Image, of any shape, and folders of it in the diffusers layout."""
import json

import diffusers
import torch
from diffusers import AutoencoderKLQwenImage, FlowMatchEulerDiscreteScheduler, QwenImagePipeline, QwenImageTransformer2DModel

import tiny_flux
import tiny_qwen
from tiny_flux2 import rounded


def transformer(seed, heads, axes, channels, **shape):
    """Returns a QwenImageTransformer2DModel of latents of so many channels whose layers all matter. Its values fit bfloat16."""
    torch.manual_seed(seed)
    model = QwenImageTransformer2DModel(in_channels=4 * channels, out_channels=channels, num_attention_heads=heads,
                                        attention_head_dim=sum(axes), axes_dims_rope=list(axes), **shape)
    tiny_flux.randomise(model, linear=0.8)
    return rounded(model)


def autoencoder(seed, z_dim, **shape):
    """Returns an AutoencoderKLQwenImage whose norms and statistics matter. Its values fit bfloat16."""
    torch.manual_seed(seed)
    mean = [round(x, 4) for x in torch.randn(z_dim).tolist()]
    std = [round(1 + x, 4) for x in torch.rand(z_dim).tolist()]
    model = AutoencoderKLQwenImage(z_dim=z_dim, latents_mean=mean, latents_std=std, num_res_blocks=1, **shape)
    tiny_flux.randomise(model)
    for name, parameter in model.named_parameters():
        if name.endswith("gamma"):
            parameter.normal_(std=0.2).add_(1)
    return rounded(model)


# Three axes of different widths; two blocks.
A = dict(seed=81, heads=2, axes=(2, 4, 6), channels=4, num_layers=2, joint_attention_dim=24)
# Other numbers everywhere; three blocks.
B = dict(seed=82, heads=3, axes=(4, 2, 2), channels=8, num_layers=3, joint_attention_dim=16)

VAE_A = dict(seed=83, z_dim=4, base_dim=4, dim_mult=[1, 2, 2, 2], temperal_downsample=[False, True, True])
VAE_B = dict(seed=84, z_dim=8, base_dim=6, dim_mult=[1, 1, 2, 1], temperal_downsample=[True, False, True])

SCHEDULER = {"use_dynamic_shifting": True, "base_shift": 0.5, "max_shift": 0.9, "base_image_seq_len": 256,
             "max_image_seq_len": 8192, "shift_terminal": 0.02}


def build(out, shape, vae, seed, scheduler, dtype=torch.float32, shards="10GB", published=False, **text):
    """Writes the folder `out`. `published` writes text encoder and tokenizer as the published folder has them."""
    tiny_qwen.build_vl(out, seed=seed, dtype=dtype, published=published, hidden_size=shape["joint_attention_dim"], **text)
    transformer(**shape).to(dtype).save_pretrained(f"{out}/transformer", max_shard_size=shards)
    autoencoder(**vae).to(dtype).save_pretrained(f"{out}/vae")
    FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, **scheduler).save_pretrained(f"{out}/scheduler")
    parts = {"scheduler": "FlowMatchEulerDiscreteScheduler", "text_encoder": "Qwen2_5_VLForConditionalGeneration",
             "tokenizer": "Qwen2Tokenizer", "transformer": "QwenImageTransformer2DModel", "vae": "AutoencoderKLQwenImage"}
    index = {"_class_name": "QwenImagePipeline", "_diffusers_version": diffusers.__version__}
    index |= {part: ["transformers" if kind.startswith("Qwen2") else "diffusers", kind] for part, kind in parts.items()}
    with open(f"{out}/model_index.json", "w") as file:
        json.dump(index, file, indent=2)
        file.write("\n")


def load(folder):
    """Returns the pipeline of a folder in float32."""
    pipe = QwenImagePipeline.from_pretrained(folder, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe
