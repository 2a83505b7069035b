"""Writes small tokenizers in the layout of a FLUX folder, one of a HunyuanVideo folder, and one of Qwen3's.

`tokenizer` holds vocab.json and merges.txt, as published folders have them: every byte with and without the word-end
suffix, a few merges, the two special tokens last. `tokenizer_2` holds what transformers' T5Tokenizer.save_pretrained
writes for a SentencePiece unigram model, with a normalisation table of its own (a "charsmap") or without one.
"""
import itertools
import json
import os
import re
import shutil
import sys
import tempfile
from collections import Counter

import sentencepiece
from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video import DEFAULT_PROMPT_TEMPLATE
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import Qwen2Tokenizer, T5Tokenizer
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

LLAMA_SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
LLAMA_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|image_pad|>"]
QWEN_PLAIN = ["<tool_call>", "</tool_call>", "<think>", "</think>"]  # found in texts, but not special
# What Qwen3's chat templates make of users' messages; those make the same of one, and more of other messages and of tools.
QWEN_TEMPLATE = """
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
""".lstrip()
START, END = "<|startoftext|>", "<|endoftext|>"
SPLIT = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"

# SentencePiece normalisation rules: hexadecimal source, tab, hexadecimal target.
CHARSMAP = (
    [(0x09, 0x20), (0x0A, 0x20), (0x0D, 0x20), (0xA0, 0x20), (0x3000, 0x20), (0x200B, None), (0x7F, None)]
    + [(0xFF01 + i, 0x21 + i) for i in range(94)]  # full-width forms
    + [(0x2018, 0x27), (0x2019, 0x27), (0x201C, 0x22), (0x201D, 0x22)]
)


WORDS = """
about above across again almost along already always among another around automobile autumn balloon banana beautiful
because before behind below beside between bicycle blossom bottle breakfast bridge bright brother brown building
butterfly cactus camera candle carrot castle ceiling children chocolate cinematic circle cloud coffee colourful
comfortable cottage country crystal curtain dangerous daughter detailed different distance doughnut dragon drawing
dramatic driving early elephant evening everything expressive family feather festival fireplace floating flower
following forest forgotten friend garden ghost giant glass golden grandmother green guitar hamburger handsome
happiness harbour hidden holding horizon hundred illustration imagination impression industrial interesting island
jacket journey jungle kitchen kitten landscape lantern laughing library lighthouse lightning little looking lovely
machine magical marble market masterpiece meadow midnight minimal mirror misty modern monochrome morning mountain
mysterious narrow nature necklace nothing ocean octopus orange orchestra ornament outside painting panda paper
parade peaceful penguin perspective photograph picture pineapple pirate planet playing portrait purple quality quiet
rainbow reading realistic reflection restaurant river robot romantic sailing sculpture season shadow shining silver
singing sketch skyscraper sleeping smiling snowman softly something sparkling spring square standing starlight
station stone storm strawberry street studio summer sunflower sunrise sunset surreal swimming temple texture
thousand through thunder together traditional train translucent travelling treasure turtle umbrella underwater
universe valley village vintage violin waiting walking wandering warm waterfall watermelon weather whale whisper
white window winter without wizard wonderful wooden yellow yesterday
""".split()


def captions():
    """Returns a fixed list of captions: the text both tokenizers are trained on."""
    things = ["a red fox", "a cat", "two owls", "a large mushroom", "the moon", "a rocket", "an old house"]
    places = ["on a blue background", "above the sea", "to the left of a dog", "in the forest", "under a tree"]
    styles = ["3d style", "flat style", "a photo, 85mm", "it's raining", "they're running", "watercolour"]
    words = [f"a {a} {b} and the {c} of {d}" for a, b, c, d in zip(WORDS, WORDS[61:], WORDS[17:], WORDS[101:])]
    return [f"{t} {p}, {s}" for t, p, s in itertools.product(things, places, styles)] + words * 3


def pair_up(words, spelled, count):
    """Returns `count` byte-pair merges of counted words. Ties go to the smaller pair: the library's own trainer varies."""
    found = []
    for _ in range(count):
        pairs = Counter()
        for word, parts in spelled.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += words[word]
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        found.append(best)
        for parts in spelled.values():
            i = 0
            while i + 1 < len(parts):
                if (parts[i], parts[i + 1]) == best:
                    parts[i : i + 2] = ["".join(best)]
                i += 1
    return found


def learn_merges(count):
    """Returns CLIP's byte-pair merges of the captions."""
    normal = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    split = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), behavior="removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    texts = (split.pre_tokenize_str(normal.normalize_str(caption)) for caption in captions())
    words = Counter(word for text in texts for word, _ in text)
    return pair_up(words, {word: [*word[:-1], word[-1] + "</w>"] for word in words}, count)


def write_clip(folder, merges=180):
    """Writes vocab.json, merges.txt and the two small configuration files of a CLIP tokenizer."""
    os.makedirs(folder, exist_ok=True)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    pairs = learn_merges(merges)
    # Byte symbols first, in CLIP's order: plain, then with the suffix; then one entry a merge; then the specials.
    pieces = alphabet + [b + "</w>" for b in alphabet] + ["".join(pair) for pair in pairs] + [START, END]
    vocab = {piece: index for index, piece in enumerate(pieces)}
    assert len(vocab) == len(pieces), "a merge makes a piece that is there already"
    with open(f"{folder}/vocab.json", "w", encoding="utf-8") as file:
        json.dump(vocab, file, ensure_ascii=False)
    with open(f"{folder}/merges.txt", "w", encoding="utf-8") as file:
        file.write("#version: 0.2\n" + "".join(" ".join(pair) + "\n" for pair in pairs))
    special = {"content": END, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
    with open(f"{folder}/special_tokens_map.json", "w") as file:
        specials = {"bos_token": {**special, "content": START}, "eos_token": special}
        specials |= {"pad_token": END, "unk_token": special}
        json.dump(specials, file, indent=2)
    with open(f"{folder}/tokenizer_config.json", "w") as file:
        config = {"add_prefix_space": False, "bos_token": START, "clean_up_tokenization_spaces": True}
        config |= {"do_lower_case": True, "eos_token": END, "errors": "replace", "model_max_length": 77}
        config |= {"pad_token": END}
        json.dump(config | {"tokenizer_class": "CLIPTokenizer", "unk_token": END}, file, indent=2)


def write_t5(folder, pieces=500, extra_ids=100, charsmap=True, max_length=512):
    """Writes tokenizer.json and tokenizer_config.json of a T5 tokenizer with `pieces` + `extra_ids` entries."""
    with tempfile.TemporaryDirectory() as work:
        with open(f"{work}/text", "w") as file:
            file.write("\n".join(captions()))
        with open(f"{work}/rules", "w") as file:
            file.write("".join(f"{a:X}\t{'' if b is None else f'{b:X}'}\n" for a, b in sorted(CHARSMAP)))
        rule = {"normalization_rule_tsv": f"{work}/rules"} if charsmap else {"normalization_rule_name": "identity"}
        sentencepiece.SentencePieceTrainer.train(
            input=f"{work}/text",
            model_prefix=f"{work}/spiece",
            vocab_size=pieces,
            model_type="unigram",
            pad_id=0,
            eos_id=1,
            unk_id=2,
            bos_id=-1,
            pad_piece="<pad>",
            eos_piece="</s>",
            hard_vocab_limit=False,
            required_chars="".join(chr(c) for c in range(33, 127)) + "àéüñ日本語猫я",
            num_threads=1,
            minloglevel=2,
            **rule,
        )
        os.makedirs(f"{work}/t5")
        shutil.move(f"{work}/spiece.model", f"{work}/t5/spiece.model")
        tokenizer = T5Tokenizer.from_pretrained(f"{work}/t5", extra_ids=extra_ids, model_max_length=max_length)
        tokenizer.save_pretrained(folder)
    for name in os.listdir(folder):
        if name.endswith(".model"):
            os.remove(f"{folder}/{name}")


def byte_split(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])


def byte_pairs(split, texts, count):
    """Returns the pieces of a byte-level vocabulary, in the order of their ids, and its merges."""
    words = Counter(word for text in texts for word, _ in split.pre_tokenize_str(text))
    pairs = pair_up(words, {word: list(word) for word in words}, count)
    return sorted(pre_tokenizers.ByteLevel.alphabet()) + ["".join(pair) for pair in pairs], pairs


def write_qwen(folder, merges=400, published=False):
    """Writes a tokenizer as Qwen3's: as transformers 5 does, or, with `published`, in the four files of the published folders."""
    texts = captions() + ["user\nassistant\n\n"] * 100 + ["一只红色的狐狸 в лесу café 12 34"] * 40
    pieces, pairs = byte_pairs(byte_split(PRETOKENIZE_REGEX), texts, merges)
    vocab = {piece: index for index, piece in enumerate(pieces)}
    assert len(vocab) == len(pieces), "a merge makes a piece that is there already"
    named = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    os.makedirs(folder, exist_ok=True)
    if not published:
        more = {"unk_token": "<|endoftext|>", "extra_special_tokens": QWEN_SPECIAL[3:], "model_max_length": 512}
        tokenizer = Qwen2Tokenizer(vocab=vocab, merges=pairs, **named, **more)
        tokenizer.add_tokens([AddedToken(token, normalized=False) for token in ["<|im_start|>", *QWEN_PLAIN]])
        tokenizer.chat_template = QWEN_TEMPLATE
        tokenizer.save_pretrained(folder)
        return
    with open(f"{folder}/vocab.json", "w", encoding="utf-8") as file:
        json.dump(vocab, file, ensure_ascii=False)
    with open(f"{folder}/merges.txt", "w", encoding="utf-8") as file:
        file.write("#version: 0.2\n" + "".join(" ".join(pair) + "\n" for pair in pairs))
    flags = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False}
    table = [{"content": token, **flags, "special": token in QWEN_SPECIAL} for token in QWEN_SPECIAL + QWEN_PLAIN]
    config = {"add_bos_token": False, "add_prefix_space": False}
    config |= {"added_tokens_decoder": {str(len(vocab) + i): token for i, token in enumerate(table)}}
    config |= {"additional_special_tokens": QWEN_SPECIAL[1:], "bos_token": None, "chat_template": QWEN_TEMPLATE.rstrip()}
    config |= {"clean_up_tokenization_spaces": False, **named, "errors": "replace", "model_max_length": 131072}
    config |= {"split_special_tokens": False, "tokenizer_class": "Qwen2Tokenizer", "unk_token": None}
    with open(f"{folder}/tokenizer_config.json", "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2)
    tokenizer = Qwen2Tokenizer.from_pretrained(folder).backend_tokenizer
    tokenizer.post_processor = processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False)
    tokenizer.save(f"{folder}/tokenizer.json", pretty=False)


def write_llama(folder, merges=420, pad="<|end_of_text|>", published=False):
    """Writes tokenizer.json and tokenizer_config.json of a byte-level tokenizer as Llama 3's.

    With `published`, as the folders have them that transformers 4 wrote: the class LlamaTokenizer, a table of the added
    tokens and no length. With a `pad` of its own, that is one more token.
    """
    split = byte_split(LLAMA_SPLIT)
    template = re.sub(r"<\|\w+\|>", "", DEFAULT_PROMPT_TEMPLATE["template"])
    pieces, pairs = byte_pairs(split, [template] * 200 + captions(), merges)
    tokenizer = Tokenizer(models.BPE({p: i for i, p in enumerate(pieces)}, pairs, ignore_merges=True))
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.ByteLevel()
    begin, end = LLAMA_SPECIAL[:2]
    specials = LLAMA_SPECIAL + [pad] * (pad not in LLAMA_SPECIAL)
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in specials])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A", pair=f"{begin} $A {begin} $B", special_tokens=[(begin, tokenizer.token_to_id(begin))]
    )
    os.makedirs(folder, exist_ok=True)
    tokenizer.save(f"{folder}/tokenizer.json", pretty=False)
    config = {"bos_token": begin, "eos_token": end, "pad_token": pad, "padding_side": "right"}
    if published:
        flags = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
        table = {str(tokenizer.token_to_id(token)): {"content": token, **flags} for token in specials}
        config |= {"add_bos_token": True, "add_eos_token": False, "added_tokens_decoder": table}
        config |= {"model_max_length": int(1e30), "tokenizer_class": "LlamaTokenizer"}
    else:
        config |= {"backend": "tokenizers", "model_max_length": 256, "tokenizer_class": "TokenizersBackend"}
    with open(f"{folder}/tokenizer_config.json", "w") as file:
        json.dump(config, file, indent=2)


def write(folder, **t5):
    """Writes `folder`/tokenizer and `folder`/tokenizer_2."""
    write_clip(f"{folder}/tokenizer")
    write_t5(f"{folder}/tokenizer_2", **t5)


if __name__ == "__main__":
    write(sys.argv[1])
