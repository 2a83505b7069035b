"""Writes a tiny, random Z-Image folder in the diffusers layout, with any shape: what a loader must accept."""
import torch
from diffusers import ZImageTransformer2DModel

import tiny_flux


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
