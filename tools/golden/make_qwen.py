"""Qwen3 as a text encoder: golden/folders/qwen-a and qwen-b, golden/qwen3/*.safetensors, golden/tokenizers/qwen-*.json.

The folders hold what Z-Image and FLUX.2-klein have in theirs, a text encoder and a tokenizer with its chat template; what their
pipelines make of a prompt is saved beside the states after each layer.
"""
import shutil
import tempfile
from types import SimpleNamespace

import torch
from diffusers import Flux2KleinPipeline, ZImagePipeline
from transformers import Qwen2Tokenizer, Qwen3Model

import case
import make_tokens
import tiny_qwen
from make_text import llama_rows, random_rows

PROMPT = "a red fox, 狐狸 in the forest <|im_end|> <think> it's café 12"
TURNS = [
    "<|im_start|>user\na cat<|im_end|>\n<|im_start|>assistant\n",
    "<|im_end|><|endoftext|><|IM_END|> <| im_end |>",
    "<think>\n\n</think>\n\n a <think>b</think> <tool_call>{}</tool_call> <tool_response>",
    "<tool_response>a</tool_response>",
    "\n\n a\r\n\r\nb \n c \n",
    "Don'T SHE'LL 1234567 12 3  45",
    "{} {0} {{a}} %s {% if x %} {{ y }} {# z #}",
    "  spaces around  ",
]
SOURCE = "transformers Qwen3Model"


def states(name, layers):
    """Saves the states of a folder's encoder, and what both pipelines make of a prompt. `layers`: for FLUX.2-klein."""
    path = f"{case.FOLDERS}/{name}"
    model = Qwen3Model.from_pretrained(f"{path}/text_encoder", torch_dtype=torch.float32).eval()
    tokenizer = Qwen2Tokenizer.from_pretrained(f"{path}/tokenizer")
    tensors = llama_rows(model, random_rows(model.config.vocab_size, ((1, 1), (30, 30), (50, 23))), last=None)
    tensors["klein"] = Flux2KleinPipeline._get_qwen3_prompt_embeds(
        model, tokenizer, PROMPT, max_sequence_length=72, hidden_states_layers=layers
    )
    pipeline = SimpleNamespace(tokenizer=tokenizer, text_encoder=model, _execution_device="cpu")
    tensors["z_image"] = ZImagePipeline._encode_prompt(pipeline, PROMPT, max_sequence_length=72)[0][None]
    assert tensors["z_image"].shape[1] < 72, "the prompt must leave room for padding"
    case.save(
        "make_qwen.py", "qwen3", name, tensors, SOURCE, 1e-4, rows=3, folder=f"golden/folders/{name}",
        layers=model.config.num_hidden_layers, prompt=PROMPT, max_length=72, klein_layers=layers,
    )


def shape(name, published=False, **more):
    """Saves a model of its own, weights and configuration included, and its states."""
    torch.manual_seed(len(name))
    model = tiny_qwen.qwen3(40, layers=3, wide=14, **more)
    rows = random_rows(40, ((33, 33), (33, 12), (90, 90)))
    tensors = {f"weights.{key}": value for key, value in model.state_dict().items()} | llama_rows(model, rows, last=None)
    config = model.config.to_dict()
    case.save("make_qwen.py", "qwen3", name, tensors, SOURCE, 1e-4, rows=len(rows), layers=3,
              config=tiny_qwen.as_published(config) if published else config)


def vl(name, published, **text):
    """Saves a whole Qwen2.5-VL and its states of texts alone. With `published`, names and settings are as transformers 4 wrote them."""
    torch.manual_seed(len(name))
    model = tiny_qwen.qwen25_vl(40, **text)
    rows = random_rows(40, ((33, 33), (33, 12), (90, 90)))
    weights, config = model.state_dict(), model.config.to_dict()
    if published:
        weights, config = tiny_qwen.vl_as_published(weights, config)
    tensors = {f"weights.{key}": value for key, value in weights.items()} | llama_rows(model, rows, last=None)
    case.save("make_qwen.py", "qwen3", name, tensors, "transformers Qwen2_5_VLForConditionalGeneration", 1e-4,
              rows=len(rows), layers=3, config=config)


def chats(tokenizer, thinking):
    """Returns the prompts as the pipelines give them to the tokenizer."""
    return [
        tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True, enable_thinking=thinking
        )
        for prompt in TURNS + make_tokens.LONG
    ]


def tokens(name):
    path = f"{case.FOLDERS}/{name}"
    tokenizer = Qwen2Tokenizer.from_pretrained(f"{path}/tokenizer")
    prompts = make_tokens.PROMPTS + TURNS
    info = {"generator": "tools/golden/make_qwen.py", "versions": case.versions(), "folder": f"golden/folders/{name}"}
    info |= {"more": TURNS, "in_template": TURNS + make_tokens.LONG}
    info["qwen"] = make_tokens.tokenizer_info(tokenizer, make_tokens.LENGTHS, prompts)
    for key, thinking in (("thinking", True), ("not_thinking", False)):
        info[key] = make_tokens.tokenizer_info(tokenizer, make_tokens.LENGTHS, chats(tokenizer, thinking))
    make_tokens.write(f"{case.GOLDEN}/tokenizers/{name}.json", info)
    return tokenizer, prompts


def main():
    case.prepare()
    # As transformers 5 writes it, in float32; the head is tied.
    tiny_qwen.build(f"{case.FOLDERS}/qwen-a", seed=51, tie_word_embeddings=True)
    # As published: bfloat16 in shards, a configuration of transformers 4, all four files of the tokenizer; biases and a head of its own.
    tiny_qwen.build(
        f"{case.FOLDERS}/qwen-b", seed=53, dtype=torch.bfloat16, shards="20KB", published=True, merges=360, hidden=16,
        heads=6, kv_heads=2, head_dim=8, layers=4, wide=24, attention_bias=True, tie_word_embeddings=False,
    )
    states("qwen-a", (1, 2, 4))
    states("qwen-b", (0, 3, 1))
    shape("one-for-all", hidden=10, heads=3, kv_heads=1, head_dim=4)
    llama3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    llama3 |= {"original_max_position_embeddings": 32, "rope_theta": 5000.0}
    shape("every-head-its-own", hidden=12, heads=2, kv_heads=2, head_dim=10, hidden_act="gelu", attention_bias=True,
          rms_norm_eps=1e-5, rope_parameters=llama3, published=True)
    vl("vl-nested", False, hidden_size=24, num_attention_heads=3, num_key_value_heads=1)
    vl("vl-published", True, hidden_size=16, num_attention_heads=2, num_key_value_heads=2, rms_norm_eps=1e-6)
    for name in ("qwen-a", "qwen-b"):
        tokenizer, prompts = tokens(name)
    with tempfile.TemporaryDirectory() as work:
        for file in ("vocab.json", "merges.txt", "tokenizer_config.json"):
            shutil.copy(f"{case.FOLDERS}/qwen-b/tokenizer/{file}", work)
        older = Qwen2Tokenizer.from_pretrained(work)
        assert all(older(prompt).input_ids == tokenizer(prompt).input_ids for prompt in prompts)


if __name__ == "__main__":
    main()
