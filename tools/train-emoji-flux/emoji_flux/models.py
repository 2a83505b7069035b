"""The parts of emoji-flux, by size, and small things that several steps need."""
from dataclasses import dataclass

import torch
from diffusers import AutoencoderKL, FluxTransformer2DModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer, T5Config, T5EncoderModel, T5TokenizerFast

CLIP_LENGTH = 77


@dataclass(frozen=True)
class Size:
    """Widths and depths. `small` is version 0's and 1's (9 M parameters), `base` is meant for a GPU (about 21 M)."""

    heads: int
    double_blocks: int
    single_blocks: int
    text_width: int
    text_layers: int
    vae_channels: tuple


SIZES = {
    "small": Size(4, 2, 4, 128, 2, (16, 32, 64, 96)),
    "base": Size(5, 3, 6, 192, 3, (32, 64, 96, 128)),
}


def transformer(size):
    return FluxTransformer2DModel(
        patch_size=1, in_channels=64, num_layers=size.double_blocks, num_single_layers=size.single_blocks,
        attention_head_dim=64, num_attention_heads=size.heads, joint_attention_dim=size.text_width,
        pooled_projection_dim=size.text_width, guidance_embeds=False, axes_dims_rope=(8, 28, 28))


def clip(size, vocabulary):
    return CLIPTextModel(CLIPTextConfig(
        vocab_size=vocabulary, hidden_size=size.text_width, intermediate_size=2 * size.text_width,
        projection_dim=size.text_width, num_hidden_layers=size.text_layers, num_attention_heads=4,
        max_position_embeddings=CLIP_LENGTH, hidden_act="quick_gelu", eos_token_id=2, bos_token_id=0, pad_token_id=1))


def t5(size, vocabulary):
    return T5EncoderModel(T5Config(
        vocab_size=vocabulary, d_model=size.text_width, d_kv=size.text_width // 4, d_ff=2 * size.text_width,
        num_layers=size.text_layers, num_heads=4, feed_forward_proj="gated-gelu", tie_word_embeddings=False,
        dropout_rate=0.0))


def vae(size):
    model = AutoencoderKL(
        in_channels=3, out_channels=3, down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4, block_out_channels=list(size.vae_channels), layers_per_block=1,
        latent_channels=16, norm_num_groups=8, sample_size=256, use_quant_conv=False, use_post_quant_conv=False,
        mid_block_add_attention=True, force_upcast=False)
    with torch.no_grad():  # a small variance at first: with 1 the decoder would see little but noise for long
        model.encoder.conv_out.weight[16:].zero_()
        model.encoder.conv_out.bias[16:].fill_(-5.0)
    return model


class Tokenizers:
    """The two tokenizers of a FLUX folder; `t5_length` is the number of T5 tokens a caption is padded to."""

    def __init__(self, folder):
        self.clip = CLIPTokenizer.from_pretrained(f"{folder}/tokenizer")
        self.t5 = T5TokenizerFast.from_pretrained(f"{folder}/tokenizer_2")
        self.t5_length = self.t5.model_max_length

    def ids(self, captions):
        """Returns CLIP ids [B, 77] and T5 ids [B, t5_length], padded as FluxPipeline pads them."""
        return self._pad(self.clip, captions, CLIP_LENGTH), self._pad(self.t5, captions, self.t5_length)

    @staticmethod
    def _pad(tokenizer, captions, length):
        return tokenizer(list(captions), padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids


@torch.no_grad()
def fit_vocabulary(t5, before, now):
    """Gives `t5` a row for each token of the tokenizer `now` that `before` lacks: the mean of the pieces it was split into."""
    had = t5.get_input_embeddings().weight.shape[0]
    if len(now) == had:
        return
    t5.resize_token_embeddings(len(now), mean_resizing=False)
    rows = t5.get_input_embeddings().weight
    for token in range(had, len(now)):
        word = now.convert_ids_to_tokens(token).lstrip("▁")
        rows[token] = rows[before(word, add_special_tokens=False).input_ids].mean(0)


def choose_device(name):
    """`auto` is a CUDA device where there is one."""
    return ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name


def autocast(device, enabled=True):
    return torch.autocast(device, torch.bfloat16, enabled=enabled)
