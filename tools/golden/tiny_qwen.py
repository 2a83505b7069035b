"""Makes tiny, random Qwen3 text encoders, and folders of one with its tokenizer."""
import json
import shutil

import torch
from transformers import Qwen2Tokenizer, Qwen3Config, Qwen3ForCausalLM, Qwen3Model

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
