"""Text encoders: golden/clip/*.safetensors, golden/t5/*.safetensors and golden/llama/*.safetensors."""
import torch
from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video import DEFAULT_PROMPT_TEMPLATE
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    LlamaConfig,
    LlamaModel,
    PreTrainedTokenizerFast,
    T5EncoderModel,
    T5TokenizerFast,
)

import case
import tiny_hunyuan

PROMPTS = ["a red fox on a blue background, 3d style", "", "word " * 120, "two owls <|endoftext|> under a tree"]


def clip(name, folder, **overrides):
    """Saves hidden states and pooled row for each prompt and for rows of ids no tokenizer makes."""
    path = f"{case.FOLDERS}/{folder}"
    tokenizer = CLIPTokenizer.from_pretrained(f"{path}/tokenizer")
    config = CLIPTextConfig.from_pretrained(f"{path}/text_encoder", **overrides)
    model = CLIPTextModel.from_pretrained(f"{path}/text_encoder", config=config, torch_dtype=torch.float32).eval()
    rows = [tokenizer(p, padding="max_length", max_length=77, truncation=True).input_ids for p in PROMPTS]
    end, vocab = tokenizer.eos_token_id, len(tokenizer)
    generator = torch.Generator().manual_seed(7)
    loose = torch.randint(3, vocab - 2, (77,), generator=generator).tolist()
    rows.append(loose[:20] + [end - 1] + loose[21:40] + [end] + loose[41:50] + [end] + loose[51:])  # end token twice
    if config.eos_token_id == 2:
        rows.append(loose[:30] + [vocab - 3] + loose[31:60] + [vocab - 3] + loose[61:])  # no end token, arg-max twice
        rows.append(loose[:8] + [2] + loose[9:])  # id 2 in a row is an ordinary token
    tensors = {}
    for index, row in enumerate(rows):
        ids = torch.tensor([row])
        out = model(ids)
        tensors[f"{index}.input_ids"] = ids
        tensors[f"{index}.last_hidden_state"] = out.last_hidden_state
        tensors[f"{index}.pooler_output"] = out.pooler_output
    case.save(
        "make_text.py", "clip", name, tensors, "transformers CLIPTextModel", 1e-4, folder=f"golden/folders/{folder}",
        rows=len(rows), prompts=PROMPTS, config_overrides=overrides, hidden_act=config.hidden_act,
        eos_token_id=config.eos_token_id,
    )


def t5(name):
    """Saves hidden states for random rows of several lengths (all attended) and for a padded prompt."""
    path = f"{case.FOLDERS}/{name}"
    model = T5EncoderModel.from_pretrained(f"{path}/text_encoder_2", torch_dtype=torch.float32).eval()
    tokenizer = T5TokenizerFast.from_pretrained(f"{path}/tokenizer_2")
    generator = torch.Generator().manual_seed(8)
    rows = [torch.randint(3, model.config.vocab_size, (1, n), generator=generator) for n in (20, 60, 200)]
    padded = tokenizer(PROMPTS[0], padding="max_length", max_length=32, truncation=True, return_tensors="pt")
    tensors = {}
    for index, ids in enumerate(rows + [padded.input_ids]):
        tensors[f"{index}.input_ids"] = ids
        tensors[f"{index}.last_hidden_state"] = model(ids, output_hidden_states=False)[0]
    case.save(
        "make_text.py", "t5", name, tensors, "transformers T5EncoderModel", 1e-4, folder=f"golden/folders/{name}",
        rows=len(rows) + 1, prompt_of_last_row=PROMPTS[0], feed_forward_proj=model.config.feed_forward_proj,
    )


def llama_rows(model, rows, last=-1):
    """Returns ids, how many come before the padding, and the states after each layer up to the `last`, for each row."""
    tensors = {}
    for index, (ids, tokens) in enumerate(rows):
        mask = (torch.arange(len(ids)) < tokens).long()[None]
        out = model(input_ids=torch.tensor([ids]), attention_mask=mask, output_hidden_states=True)
        tensors[f"{index}.input_ids"] = torch.tensor([ids])
        tensors[f"{index}.tokens"] = torch.tensor([tokens])
        for layer, states in enumerate(out.hidden_states[:last]):
            tensors[f"{index}.hidden_states.{layer}"] = states
    return tensors


def random_rows(vocab, lengths):
    generator = torch.Generator().manual_seed(9)
    return [(torch.randint(0, vocab, (n,), generator=generator).tolist(), tokens) for n, tokens in lengths]


def llama(name):
    """Saves the states of a folder's encoder for random rows and for prompts in the template, padded and cut."""
    path = f"{case.FOLDERS}/{name}"
    model = LlamaModel.from_pretrained(f"{path}/text_encoder", torch_dtype=torch.float32).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(f"{path}/tokenizer")
    rows = random_rows(model.config.vocab_size, ((1, 1), (30, 30), (50, 23)))
    prompt = tokenizer(DEFAULT_PROMPT_TEMPLATE["template"].format(PROMPTS[0]), padding="max_length", max_length=220)
    rows.append((prompt.input_ids, sum(prompt.attention_mask)))
    tensors = llama_rows(model, rows)
    case.save("make_text.py", "llama", name, tensors, "transformers LlamaModel", 1e-4, rows=len(rows),
              folder=f"golden/folders/{name}", layers=model.config.num_hidden_layers)


def llama_shape(name, hidden, heads, kv_heads, spelling="rope_parameters", **more):
    """Saves a model of its own, weights and configuration included, and its states."""
    torch.manual_seed(len(name))
    model = tiny_hunyuan.llama(40, None, hidden=hidden, heads=heads, kv_heads=kv_heads, layers=3, wide=14, **more).eval()
    rows = random_rows(40, ((33, 33), (33, 12), (90, 90)))
    tensors = {f"weights.{key}": value for key, value in model.state_dict().items()} | llama_rows(model, rows)
    config = model.config.to_dict()
    if spelling == "rope_scaling":  # as transformers 4 writes it
        rope = config.pop("rope_parameters")
        config["rope_theta"] = rope.pop("rope_theta")
        config["rope_scaling"] = None if rope["rope_type"] == "default" else rope
    case.save("make_text.py", "llama", name, tensors, "transformers LlamaModel", 1e-4, rows=len(rows), config=config,
              layers=3)


def main():
    case.prepare()
    clip("tiny-a", "tiny-a")
    clip("tiny-b", "tiny-b")
    # The other two pairings, on the same weights.
    clip("tiny-a-gelu", "tiny-a", hidden_act="gelu")
    clip("tiny-b-quick-gelu-argmax", "tiny-b", hidden_act="quick_gelu", eos_token_id=2)
    t5("tiny-a")
    t5("tiny-b")
    llama("hunyuan-a")
    llama("hunyuan-b")
    scaled = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    scaled |= {"original_max_position_embeddings": 32}
    llama_shape("every-head-its-own", 12, 3, 3, spelling="rope_scaling")
    llama_shape("one-for-all", 16, 4, 1, hidden_act="gelu", rope_theta=100.0)
    llama_shape("llama3-new-spelling", 18, 6, 3, head_dim=10, rope_parameters=scaled | {"rope_theta": 500.0})
    llama_shape("llama3-old-spelling", 16, 4, 2, "rope_scaling", rope_scaling=scaled, rope_theta=5000.0, mlp_bias=True)


if __name__ == "__main__":
    main()
