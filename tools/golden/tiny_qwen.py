"""Makes tiny, random Qwen3 text encoders, and folders of one with its tokenizer."""
import json
import shutil

import torch
from safetensors.torch import save_file
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3Model,
)

import tiny_tokenizers
from tiny_flux import randomise


def qwen3(vocab, kind=Qwen3Model, hidden=20, heads=4, kv_heads=2, head_dim=6, layers=5, wide=28, **more):
    """Returns a model whose queries, norms and positions matter; heads times head_dim need not be hidden."""
    model = kind(Qwen3Config(
        vocab_size=vocab, hidden_size=hidden, intermediate_size=wide, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=kv_heads, head_dim=head_dim, max_position_embeddings=1024,
        **({"rope_theta": 1000000.0} | more),
    ))
    randomise(model)
    with torch.no_grad():
        model.get_input_embeddings().weight.normal_(std=0.8)
    return model.eval()


def as_published(config):
    """Returns a configuration as transformers 4 wrote it."""
    config = dict(config)
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = None if rope["rope_type"] == "default" else rope
    config.pop("layer_types")
    return config | {"max_window_layers": config["num_hidden_layers"], "sliding_window": None, "use_sliding_window": False}


def qwen25_vl(vocab, wide=14, layers=3, **text):
    """Returns a whole Qwen2.5-VL, whose half for pictures is as small as can be."""
    rope = {"rope_type": "default", "rope_theta": 1000000.0, "mrope_section": [2, 1, 1]}
    model = Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(
        text_config={"vocab_size": vocab, "intermediate_size": wide, "num_hidden_layers": layers, "rope_parameters": rope,
                     **text},
        vision_config={"depth": 1, "hidden_size": 8, "intermediate_size": 8, "num_heads": 2, "patch_size": 2,
                       "out_hidden_size": text["hidden_size"], "fullatt_block_indexes": [0]},
    )).eval()
    randomise(model)
    with torch.no_grad():
        model.get_input_embeddings().weight.normal_(std=0.8)
    return model


def vl_as_published(weights, config):
    """Returns weights and configuration as transformers 4 wrote them."""
    weights = {key.replace("model.language_model.", "model.").replace("model.visual.", "visual."): value
               for key, value in weights.items()}
    config = dict(config)
    inner = dict(config.pop("text_config"))
    inner.pop("layer_types")
    inner["rope_theta"] = inner.pop("rope_parameters")["rope_theta"]
    return weights, inner | config | {"rope_scaling": {"type": "mrope", "mrope_section": [2, 1, 1]}}


def build_vl(out, seed, dtype=torch.float32, published=False, merges=400, **text):
    """Writes `out`/text_encoder, a Qwen2.5-VL, and `out`/tokenizer."""
    torch.manual_seed(seed)
    shutil.rmtree(out, ignore_errors=True)
    tiny_tokenizers.write_qwen(f"{out}/tokenizer", merges=merges, published=published)
    tokenizer = Qwen2Tokenizer.from_pretrained(f"{out}/tokenizer")
    model = qwen25_vl(len(tokenizer) + 7, **text).to(dtype)
    model.save_pretrained(f"{out}/text_encoder")
    if published:
        weights, config = vl_as_published(model.state_dict(), model.config.to_dict())
        save_file({key: value.contiguous() for key, value in weights.items()}, f"{out}/text_encoder/model.safetensors",
                  metadata={"format": "pt"})
        with open(f"{out}/text_encoder/config.json", "w") as file:
            json.dump(config, file, indent=2, sort_keys=True, default=str)
            file.write("\n")


def build(out, seed, dtype=torch.float32, shards="10GB", published=False, merges=400, **shape):
    """Writes `out`/text_encoder, a Qwen3ForCausalLM, and `out`/tokenizer."""
    torch.manual_seed(seed)
    shutil.rmtree(out, ignore_errors=True)
    tiny_tokenizers.write_qwen(f"{out}/tokenizer", merges=merges, published=published)
    tokenizer = Qwen2Tokenizer.from_pretrained(f"{out}/tokenizer")
    special = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id}
    # The published vocabulary, too, is longer than the tokenizer's.
    model = qwen3(len(tokenizer) + 7, Qwen3ForCausalLM, **special, **shape).to(dtype)
    model.save_pretrained(f"{out}/text_encoder", max_shard_size=shards)
    if published:
        path = f"{out}/text_encoder/config.json"
        with open(path) as file:
            config = as_published(json.load(file))
        with open(path, "w") as file:
            json.dump(config, file, indent=2, sort_keys=True)
            file.write("\n")
