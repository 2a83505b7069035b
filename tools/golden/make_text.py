"""Text encoders: golden/clip/*.safetensors and golden/t5/*.safetensors."""
import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer, T5EncoderModel, T5TokenizerFast

import case

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


def main():
    case.prepare()
    clip("tiny-a", "tiny-a")
    clip("tiny-b", "tiny-b")
    # The other two pairings, on the same weights.
    clip("tiny-a-gelu", "tiny-a", hidden_act="gelu")
    clip("tiny-b-quick-gelu-argmax", "tiny-b", hidden_act="quick_gelu", eos_token_id=2)
    t5("tiny-a")
    t5("tiny-b")


if __name__ == "__main__":
    main()
