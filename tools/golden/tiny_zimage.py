"""Writes a tiny, random Z-Image folder in the diffusers layout, with any shape: what a loader must accept."""
import json

import diffusers
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, ZImagePipeline, ZImageTransformer2DModel

import tiny_flux
import tiny_qwen


def transformer(seed, heads, axes, **shape):
    """Returns a ZImageTransformer2DModel whose layers and padding tokens all matter. Its values fit bfloat16."""
    torch.manual_seed(seed)
    model = ZImageTransformer2DModel(dim=heads * sum(axes), n_heads=heads, n_kv_heads=heads, axes_dims=list(axes), **shape)
    tiny_flux.randomise(model, linear=0.8)
    for token in (model.x_pad_token, model.cap_pad_token):
        token.normal_(std=0.8)
    for parameter in model.parameters():
        parameter.copy_(parameter.bfloat16())
    return model.eval()


# Three axes of different widths; a feed-forward of 85, rounded down; one block a refiner.
A = dict(seed=51, heads=2, axes=(4, 6, 6), n_layers=2, n_refiner_layers=1, in_channels=4, cap_feat_dim=24,
         axes_lens=[80, 16, 12])
# Other numbers everywhere; two blocks a refiner and one layer.
B = dict(seed=52, heads=3, axes=(2, 4, 2), n_layers=1, n_refiner_layers=2, in_channels=8, cap_feat_dim=20, norm_eps=1e-3,
         rope_theta=100.0, t_scale=500.0, axes_lens=[128, 32, 24])


def build(out, shape, seed, scheduler, dtype=torch.float32, shards=None, published=False, vae_channels=(4, 8, 8, 8),
          layers_per_block=1, **text):
    """Writes the folder `out`. `published` writes text encoder and tokenizer as the published folder has them."""
    tiny_qwen.build(out, seed=seed, dtype=dtype, shards=shards or "10GB", published=published,
                    hidden=shape["cap_feat_dim"], **text)
    transformer(**shape).to(dtype).save_pretrained(f"{out}/transformer", max_shard_size=shards or "10GB")
    torch.manual_seed(seed)
    vae = tiny_flux.autoencoder(vae_channels, layers_per_block, False, shape["in_channels"], 64)
    vae.to(dtype).save_pretrained(f"{out}/vae")
    FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, **scheduler).save_pretrained(f"{out}/scheduler")
    parts = {"scheduler": "FlowMatchEulerDiscreteScheduler", "text_encoder": "Qwen3Model", "tokenizer": "Qwen2Tokenizer",
             "transformer": "ZImageTransformer2DModel", "vae": "AutoencoderKL"}
    index = {"_class_name": "ZImagePipeline", "_diffusers_version": diffusers.__version__}
    index |= {part: ["transformers" if kind.startswith("Qwen") else "diffusers", kind] for part, kind in parts.items()}
    with open(f"{out}/model_index.json", "w") as file:
        json.dump(index, file, indent=2)
        file.write("\n")


def load(folder):
    """Returns the pipeline of a folder in float32."""
    pipe = ZImagePipeline.from_pretrained(folder, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe
