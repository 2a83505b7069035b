"""Attention that trains faster on a CPU: torch's fused kernel is slow there in bfloat16, above all backward."""
import torch
import torch.nn.functional as F

FUSED = F.scaled_dot_product_attention


def composed(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    """softmax(q k' / sqrt d) v by matrix products and a float32 softmax; [B, heads, L, d]. Of masks only boolean ones."""
    if attn_mask is not None and attn_mask.dtype != torch.bool or is_causal or dropout_p or scale is not None or enable_gqa:
        return FUSED(query, key, value, attn_mask=attn_mask, dropout_p=dropout_p, is_causal=is_causal, scale=scale,
                     enable_gqa=enable_gqa)
    weights = query * query.shape[-1] ** -.5 @ key.transpose(-1, -2)
    weights = weights.float()
    if attn_mask is not None:
        weights = weights.masked_fill(~attn_mask, float("-inf"))
    return torch.softmax(weights, -1).to(value.dtype) @ value


def compose_on_cpu():
    """Makes the models of diffusers, which look the function up by name at each call, use `composed`."""
    torch.nn.functional.scaled_dot_product_attention = composed
