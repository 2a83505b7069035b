"""Token ids of many prompts: golden/tokenizers/prompts.json and <folder>.json.

The tokenizers are the ones FluxPipeline.from_pretrained loads. A row holds the ids up to the last one the attention
mask covers; the rest up to the length is padding.
"""
import json
import os
import unicodedata

from diffusers import FluxPipeline
from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video import DEFAULT_PROMPT_TEMPLATE

import case
import tiny_hunyuan

LENGTHS = (32, 512)

ENGLISH = [
    "a red fox on a blue background, 3d style",
    "a cat above a dog",
    "two owls under a tree, flat style",
    "A Photo Of An ASTRONAUT Riding A Horse",
    "a sign that says \"hello world\"",
    "it's they're we've I'm you'll he'd don't",
    "IT'S THEY'RE WE'VE I'M YOU'LL HE'D DON'T",
    "it’s they’re with “curly” quotes",
    "rock'n'roll 'quoted' ''double'' o'clock's",
    "1234567890",
    "85mm f/1.8, 1/250 s, ISO 100, 4k 8K 1024x1024",
    "3.14159 -2.5e-10 1,000,000 50% #1 №2",
    "½ ¼ ² ³ ① ⑳ Ⅷ ⅻ",
    "snake_case camelCase kebab-case dot.case path/to/file C:\\dir",
    "user@example.com (masterpiece:1.2), [[best]], {a|b}, <lora:x:0.5>",
    "!!! ??? ... ,,, ;;; ::: --- ___ +++ === *** ///",
    "!?!?!?!?!?!?!?!?!?!?!?!?!?!?",
    "a,b;c:d.e!f?g",
    "~`@#$%^&*()_+-={}[]|\\:;\"'<>,.?/",
    "…—–‐•·«»‹›„“”‘’",
    "antidisestablishmentarianism floccinaucinihilipilification",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "x",
    "X",
    ".",
    "'",
    "'s",
    "▁",
    "▁a ▁ b▁c",
    "Ġ Ġa Ċ",
    "</w> a</w> fox</w>",
]

SPACES = [
    "",
    " ",
    "     ",
    "\t",
    "\n",
    " \t\r\n ",
    " leading",
    "trailing ",
    "  two  spaces   three    four  ",
    "a\tb\tc",
    "a\nb\n\nc",
    "a\r\nb\rc",
    "a\u00a0b\u2003c\u3000d\u2009e\u202fg",
    "a\u200bb\u200cc\u200dd\u2060e\ufefff",
    "a\u2028b\u2029c\u0085d\u000be\u000cf",
    "a\u1680b\u180ec\u205fd",
    "\u3000\u3000",
    "\u200b",
]

SPECIAL = [
    "<|endoftext|>",
    "<|startoftext|>",
    "a cat <|endoftext|> a dog",
    "a cat<|endoftext|>a dog",
    "<|startoftext|>a cat<|endoftext|>",
    "<|ENDOFTEXT|> <|EndOfText|>",
    "<|STARTOFTEXT|> a",
    "<|endoftext|><|endoftext|><|endoftext|>",
    "< |endoftext| > <|endoftext |>",
    "</s>",
    "a cat </s> a dog",
    "a cat</s>a dog",
    "<pad>",
    "a <pad> b<pad>c",
    "<unk>",
    "a <unk> b",
    "<s> <S> </S>",
    "<extra_id_0>",
    "a <extra_id_0> cat <extra_id_99> dog",
    "cat<extra_id_1>dog<extra_id_100>",
    "<extra_id_0><extra_id_1>",
    " <extra_id_2> ",
    "[MASK] [CLS] <mask> <bos> <eos>",
    "<image> <|im_start|> {{template}} %s %d ${x}",
]

SCRIPTS = [
    "一只红色的狐狸在蓝色背景上",
    "紅い狐が青い背景に立っています。",
    "猫とイヌ ﾊﾝｶｸ ｶﾞｷﾞ",
    "파란 배경 위의 빨간 여우",
    "ثعلب أحمر على خلفية زرقاء",
    "ثَعْلَبٌ أَحْمَرُ",
    "שועל אדום על רקע כחול",
    "नीले रंग की पृष्ठभूमि पर एक लाल लोमड़ी",
    "নীল পটভূমিতে একটি লাল শিয়াল",
    "நீல பின்னணியில் ஒரு சிவப்பு நரி",
    "สุนัขจิ้งจอกสีแดงบนพื้นหลังสีน้ำเงิน",
    "ລາວ ខ្មែរ မြန်မာ",
    "Красная лиса на синем фоне",
    "Κόκκινη αλεπού σε μπλε φόντο ΣΑΣ σας",
    "წითელი მელა ՀԱՅԵՐԵՆ հայերեն",
    "Ein Fuchs läuft über die Straße, STRASSE, ẞ",
    "Un renard à côté d'un château, l'été dernier",
    "El niño comió piñas ¿verdad? ¡Sí!",
    "Gökyüzünde İstanbul'da ışık, I ı İ i",
    "Đường phố Việt Nam, Tiếng Việt ồ ữ ặ",
    "Zażółć gęślą jaźń",
    "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "ﬁne ﬂow oﬃce ﬀ ﬆ",
    "Ｆｕｌｌ　ｗｉｄｔｈ　１２３！",
    "ⓒⓘⓡⓒⓛⓔ 𝓈𝒸𝓇𝒾𝓅𝓉 𝔻𝕠𝕦𝕓𝕝𝕖 𝟙𝟚𝟛",
    "x² + y³ = √z ≤ ∞ ∑ ∫ α β γ",
    "Ⅰ Ⅱ Ⅲ ℃ Å Ω ™ © ®",
    "٠١٢٣٤ ०१२३ ๑๒๓ 一二三",
    "𐍈 𒀀 𓀀 𠀋 𪚥",
    "ᏣᎳᎩ ꮳꮃꭹ ⴰⵎⴰⵣⵉⵖ ኢትዮጵያ",
    "ǅ ǆ Ǆ ŉ ẖ ΐ",
]

MARKS = [
    "café naïve Ångström",
    unicodedata.normalize("NFD", "café naïve Ångström"),
    unicodedata.normalize("NFD", "Tiếng Việt ồ ữ ặ"),
    unicodedata.normalize("NFD", "파란 여우"),
    unicodedata.normalize("NFD", "が ぎ ぐ パ"),
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    "a\u0301\u0327 a\u0327\u0301",
    "\u0301 starts with a mark",
    "K\u212a \u2126 \u00c5 \u212b",
    "ſ ß ẛ̣",
    "İ i̇ I\u0307",
    "İİİ Straße ΑΣ ΑΣΑ",
    "ﷺ ﷽",
    "한글 조합 ㅎㅏㄴ",
    "क्ष ज्ञ श्र",
]

EMOJI = [
    "🦊",
    "a 🦊 on a 🟦 background",
    "😀😃😄😁",
    "👩‍👩‍👧‍👦 family",
    "🏳️‍🌈 🏴‍☠️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "🇫🇷🇩🇪🇯🇵 flags",
    "👍🏽 👋🏿",
    "☀ ☀️ ☀︎ ❤ ❤️",
    "1️⃣ 2️⃣ #️⃣ *️⃣",
    "🦊fox🦊fox 🦊,🦊.",
    "♥♦♣♠ ★☆ →← ✓✗",
    "¯\\_(ツ)_/¯ (╯°□°)╯︵ ┻━┻",
]

CONTROL = [
    "a\u0000b",
    "\u0000",
    "a\u0001b\u0008c\u001bd\u007fe",
    "a\u0080b\u009fc",
    "a\u00adb soft hyphen",
    "a\u202eright to left\u202c b",
    "a\u2066isolate\u2069 b \u200e\u200f",
    "a\ufffdb",
    "a\ufffeb\uffff",
    "\ue000 private \U000f0000 use",
    "\U0010ffff",
    "a\u034fb\u061cc",
    "\u001c\u001d\u001e\u001f separators",
]

LONG = [
    "a " * 74 + "a",
    "a " * 75 + "a",
    "a " * 76 + "a",
    "a " * 29 + "a",
    "a " * 30 + "a",
    "a " * 31 + "a",
    "a " * 510 + "a",
    "a " * 511 + "a",
    "the quick red fox jumps over the lazy dog and " * 200,
    "🦊" * 40,
    "一只红色的狐狸" * 30,
    "word" * 300,
    "a cat " * 40 + "<|endoftext|> </s>",
]

TURNS = [
    "<|eot_id|>",
    "a cat<|eot_id|><|start_header_id|>user<|end_header_id|>\n\na dog",
    "<|begin_of_text|>a <|end_of_text|> b",
    "\n\n a\r\n\r\nb \n c",
    "Don'T SHE'LL 1234567 12 3  45",
    "{} {0} {{a}} %s",
]

TEMPLATE = DEFAULT_PROMPT_TEMPLATE["template"]

PROMPTS = ENGLISH + SPACES + SPECIAL + SCRIPTS + MARKS + EMOJI + CONTROL + LONG


def rows(tokenizer, length, prompts):
    """Returns ids without padding, and which prompts lost tokens, at `length`."""
    ids, cut = [], []
    for index, prompt in enumerate(prompts):
        out = tokenizer(prompt, padding="max_length", max_length=length, truncation=True)
        count = sum(out.attention_mask)
        assert len(out.input_ids) == length and out.attention_mask == [1] * count + [0] * (length - count)
        assert all(i == tokenizer.pad_token_id for i in out.input_ids[count:])
        ids.append(out.input_ids[:count])
        if len(tokenizer(prompt).input_ids) > length:
            cut.append(index)
    return {"length": length, "truncated": cut, "ids": ids}


def tokenizer_info(tokenizer, lengths, prompts=PROMPTS):
    return {
        "class": type(tokenizer).__name__,
        "vocab_size": len(tokenizer),
        "model_max_length": tokenizer.model_max_length,
        "pad_id": tokenizer.pad_token_id,
        "eos_id": tokenizer.eos_token_id,
        "rows": [rows(tokenizer, length, prompts) for length in lengths],
    }


def write(path, value):
    """One row a line: small, and a difference shows as one line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text.replace("],[", "],\n[").replace("\",\"", "\",\n\"") + "\n")
    assert json.load(open(path, encoding="utf-8")) == value
    print(path.removeprefix(case.GOLDEN), os.path.getsize(path), "bytes")


def main():
    case.prepare()
    assert len(set(PROMPTS)) == len(PROMPTS)
    out = f"{case.GOLDEN}/tokenizers"
    os.makedirs(out, exist_ok=True)
    with open(f"{out}/prompts.json", "w", encoding="utf-8") as file:
        json.dump({"generator": "tools/golden/make_tokens.py", "prompts": PROMPTS}, file, indent=0, ensure_ascii=True)
        file.write("\n")
    folders = {n: f"{case.FOLDERS}/{n}" for n in ("tiny-a", "tiny-b")} | {"emoji-flux": f"{case.REPOSITORY}/emoji-flux"}
    for name, path in folders.items():
        pipe = FluxPipeline.from_pretrained(path)
        info = {"generator": "tools/golden/make_tokens.py", "versions": case.versions()}
        info["folder"] = "emoji-flux" if name == "emoji-flux" else f"golden/folders/{name}"
        info |= {"clip": tokenizer_info(pipe.tokenizer, (77,)), "t5": tokenizer_info(pipe.tokenizer_2, LENGTHS)}
        write(f"{out}/{name}.json", info)
    for name in ("hunyuan-a", "hunyuan-b"):
        pipe = tiny_hunyuan.load(f"{case.FOLDERS}/{name}")
        info = {"generator": "tools/golden/make_tokens.py", "versions": case.versions()}
        info |= {"folder": f"golden/folders/{name}", "more": TURNS, "in_template": TURNS + LONG}
        info["llama"] = tokenizer_info(pipe.tokenizer, LENGTHS, PROMPTS + TURNS)
        info["template"] = tokenizer_info(pipe.tokenizer, (351,), [TEMPLATE.format(p) for p in TURNS + LONG])
        write(f"{out}/{name}.json", info)
    print(len(PROMPTS), "prompts")


if __name__ == "__main__":
    main()
