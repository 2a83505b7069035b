"""Trains the two tokenizers on captions, or gives older ones new words: CLIP's byte-level BPE and T5's unigram model, in FLUX's file layout."""
import json
import shutil

import numpy as np
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from .models import CLIP_LENGTH, Tokenizers

T5_LENGTHS = (32, 48, 64, 96, 128)
START, END = "<|startoftext|>", "<|endoftext|>"
CLIP_PATTERN = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def captions(maker, count, seed):
    """Draws captions without painting anything."""
    rng = np.random.default_rng(seed)
    return [maker.draw(rng).caption for _ in range(count)]


def train_clip(texts, folder, vocabulary):
    tokenizer = Tokenizer(models.BPE(unk_token=END, end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(CLIP_PATTERN), behavior="removed", invert=True),
         pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=vocabulary - 2, end_of_word_suffix="</w>", initial_alphabet=alphabet, special_tokens=[],
        show_progress=False))
    model = json.loads(tokenizer.to_str())["model"]
    vocab = model["vocab"]
    for name in [byte + "</w>" for byte in alphabet] + [START, END]:  # CLIP also has each byte as the end of a word
        vocab.setdefault(name, len(vocab))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False), encoding="utf-8")
    merges = [" ".join(pair) if isinstance(pair, list) else pair for pair in model["merges"]]
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n", encoding="utf-8")
    special = {"bos_token": START, "eos_token": END, "pad_token": END, "unk_token": END}
    write_json(folder / "special_tokens_map.json", special)
    write_json(folder / "tokenizer_config.json", {
        "add_prefix_space": False, "clean_up_tokenization_spaces": True, "do_lower_case": True, "errors": "replace",
        "model_max_length": CLIP_LENGTH, "tokenizer_class": "CLIPTokenizer", **special})


def train_t5(texts, folder, vocabulary):
    """The length that captions are padded to, which FluxPipeline is to be given, is the least of T5_LENGTHS that holds all."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.train_from_iterator(texts, trainers.UnigramTrainer(
        vocab_size=vocabulary, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>",
        initial_alphabet=[chr(code) for code in range(33, 127)], show_progress=False))
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))])
    longest = max(len(encoding.ids) for encoding in tokenizer.encode_batch(texts))
    length = next(length for length in T5_LENGTHS if length >= longest)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    write_json(folder / "special_tokens_map.json", special)
    write_json(folder / "tokenizer_config.json", {
        "clean_up_tokenization_spaces": True, "extra_ids": 0, "model_max_length": length,
        "tokenizer_class": "T5Tokenizer", **special})


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def extend(init, folder, labels):
    """Writes the tokenizers of the FLUX folder `init` to `folder`, T5's with a piece for every word of `labels`, names of things, that it splits.

    Ids stay as they are; new ones follow. Each is as likely as the whole words that are there, so a word is one token again and
    captions do not outgrow their length.
    """
    shutil.copytree(init / "tokenizer", folder / "tokenizer", dirs_exist_ok=True)
    shutil.copytree(init / "tokenizer_2", folder / "tokenizer_2", dirs_exist_ok=True)
    old, file = Tokenizers(init).t5, folder / "tokenizer_2" / "tokenizer.json"
    added = sorted({word for label in labels for word in label.split() if len(old.tokenize(word)) > 1})
    tokenizer = json.loads(file.read_text(encoding="utf-8"))
    tokenizer["model"]["vocab"] += [[f"▁{word}", -9.0] for word in added]
    file.write_text(json.dumps(tokenizer, ensure_ascii=False, indent=2), encoding="utf-8")
    print(f"{folder}: T5 {len(Tokenizers(folder).t5)} entries, new {', '.join(added) or 'none'}")


def train(maker, folder, seed, count=60000):
    """Writes `folder`/tokenizer and tokenizer_2; the vocabulary has room for every concept's name."""
    texts = captions(maker, count, seed)
    vocabulary = 1500 + 2 * len(maker.labels)
    train_clip(texts, folder / "tokenizer", vocabulary)
    train_t5(texts, folder / "tokenizer_2", vocabulary)
    tokens = Tokenizers(folder)
    print(f"{folder}: CLIP {len(tokens.clip)} entries, T5 {len(tokens.t5)}, captions padded to {tokens.t5_length} T5 tokens")
