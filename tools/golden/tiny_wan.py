"""Tiny random parts of Wan: what make_wan.py runs."""
import torch
from diffusers import WanTransformer3DModel
from transformers import UMT5Config, UMT5EncoderModel

import tiny_flux

# Heads of 12 (axes 4, 4, 4) and a norm before the attention to the text.
A = {
    "num_attention_heads": 2, "attention_head_dim": 12, "in_channels": 4, "out_channels": 4, "text_dim": 10,
    "ffn_dim": 40, "num_layers": 2,
}
# One more head, of 10 (axes 6, 2, 2), no norm before that attention, another epsilon.
B = {
    "num_attention_heads": 3, "attention_head_dim": 10, "in_channels": 3, "out_channels": 3, "text_dim": 8, "ffn_dim": 33,
    "num_layers": 1, "cross_attn_norm": False, "eps": 1e-5, "rope_max_seq_len": 32,
}


def rounded(model):
    """Rounds the parameters to bfloat16, in which they are saved; not the positions, which are computed."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.bfloat16().float())
    return model


def transformer(seed, settings):
    """Returns a WanTransformer3DModel."""
    torch.manual_seed(seed)
    model = WanTransformer3DModel(**settings).eval()
    tiny_flux.randomise(model)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("scale_shift_table"):
                parameter.normal_(std=0.3)
    return rounded(model)


def umt5(seed, **settings):
    """Returns a UMT5EncoderModel whose layers have biases that differ."""
    torch.manual_seed(seed)
    model = UMT5EncoderModel(UMT5Config(**settings)).eval()
    tiny_flux.randomise(model)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "relative_attention_bias" in name or "shared" in name:
                parameter.normal_(std=0.8)
    return rounded(model)
