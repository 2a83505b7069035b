"""Times CLIP score over a folder of pictures: `evaluate score` and transformers, each a process from start to end, in turn.

  python bench_clip_score.py --java bin/bottleneck4j [--pictures 1000] [--rounds 2] [--threads 2] [--limit 330]

Makes a CLIPModel folder of ViT-B/32's shape with random weights (tokenizer: emoji-flux's), pictures of 256 px and a prompt for each, runs
both programs once on 32 pictures, then in turn on all, and prints one JSON document: every time, the medians, and the ratio of them (below
1 the Java program is faster). No further round begins when it would end after --limit seconds. Both load the same folder in float32, take
batches of 16, and must agree in the mean. `python bench_clip_score.py --reference FOLDER PICTURES PROMPTS` is transformers' run alone:
Pillow, CLIPImageProcessorPil, CLIPModel, prompts padded to the longest of a batch; its own seconds leave imports and loading out.
"""
import argparse
import json
import os
import shlex
import shutil
import statistics
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH = 16
WORDS = "red blue green small large old shiny fox owl boat cat robot tree sky sea hill road lamp cloud wooden".split()


def reference(folder, pictures, prompts, threads):
    """What torchmetrics' clip_score does for each picture, before it takes the mean and multiplies by 100."""
    import torch
    from PIL import Image
    from transformers import CLIPModel, CLIPTokenizer
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    model = CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    processor = CLIPImageProcessorPil.from_pretrained(folder)
    with open(prompts, encoding="utf-8") as file:
        texts = file.read().splitlines()
    files = sorted(os.listdir(pictures))
    start = time.perf_counter()
    scores = []
    for at in range(0, len(files), BATCH):
        images = [Image.open(f"{pictures}/{name}").convert("RGB") for name in files[at:at + BATCH]]
        pixels = processor(images, return_tensors="pt").pixel_values
        tokens = tokenizer(texts[at:at + BATCH], padding=True, max_length=77, truncation=True, return_tensors="pt")
        seen = model.get_image_features(pixels).pooler_output
        read = model.get_text_features(tokens.input_ids, tokens.attention_mask).pooler_output
        scores += torch.nn.functional.cosine_similarity(seen, read).tolist()
    print(json.dumps({"mean": sum(scores) / len(scores), "seconds": round(time.perf_counter() - start, 3)}))


def make(work, count):
    """Writes the folder, the pictures and the prompts."""
    import numpy as np
    import torch
    from PIL import Image
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(0)
    CLIPModel(CLIPConfig()).save_pretrained(f"{work}/clip")  # the defaults are ViT-B/32's
    for name in os.listdir(f"{HERE}/../emoji-flux/tokenizer"):
        shutil.copyfile(f"{HERE}/../emoji-flux/tokenizer/{name}", f"{work}/clip/{name}")
    with open(f"{work}/clip/preprocessor_config.json", "w", encoding="utf-8") as file:
        json.dump({"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}, "resample": 3}, file)
    rng = np.random.default_rng(0)
    for size, folder in ((count, "all"), (2 * BATCH, "few")):
        os.makedirs(f"{work}/{folder}")
        lines = []
        for i in range(size):
            coarse = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((256, 256), Image.BICUBIC)
            noisy = np.asarray(coarse) + rng.normal(0, 12, (256, 256, 3))
            Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(f"{work}/{folder}/{i:04}.png")
            lines.append(" ".join(rng.choice(WORDS, 8)) + "\n")
        with open(f"{work}/{folder}.txt", "w", encoding="utf-8") as file:
            file.writelines(lines)


def commands(java, work, folder, threads):
    return {
        "transformers": [sys.executable, os.path.abspath(__file__), "--reference", f"{work}/clip", f"{work}/{folder}",
                         f"{work}/{folder}.txt", "--threads", str(threads)],
        "java": [*shlex.split(java), "evaluate", "score", "--metric", "clip-cosine", "--metric-model", f"{work}/clip", "--pictures",
                 f"{work}/{folder}", "--prompts", f"{work}/{folder}.txt", "--batch", str(BATCH), "--threads", str(threads),
                 "--format", "json"],
    }


def compare(args, work):
    from compare_speed import json_lines, machine, run

    begun = time.perf_counter()
    make(work, args.pictures)
    for words in commands(args.java, work, "few", args.threads).values():
        run(words, args.threads)  # fills the file cache
    found, longest = {}, 0
    while len(found.get("java", [])) < args.rounds and time.perf_counter() - begun + longest < args.limit:
        round_begun = time.perf_counter()
        for program, words in commands(args.java, work, "all", args.threads).items():
            wall, peak, text = run(words, args.threads)
            line = json_lines(text)[-1]
            found.setdefault(program, []).append(
                {"wall_s": wall, "peak_rss_bytes": peak, "mean": line["mean"], "without_start_s": line.get("seconds")})
        longest = time.perf_counter() - round_begun
    means = [found[program][0]["mean"] for program in ("java", "transformers")]
    assert abs(means[0] - means[1]) < 1e-5, means
    walls = {program: statistics.median(one["wall_s"] for one in runs) for program, runs in found.items()}
    inner = statistics.median(one["without_start_s"] for one in found["transformers"])
    return {"what": "clip-score", "machine": machine(), "threads": args.threads, "pictures": args.pictures, "runs": found,
            "median_wall_s": walls, "ratio": round(walls["java"] / walls["transformers"], 3),
            "ratio_to_transformers_without_start": round(walls["java"] / inner, 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", nargs=3, metavar=("FOLDER", "PICTURES", "PROMPTS"))
    parser.add_argument("--java", default=f"{HERE}/../bin/bottleneck4j")
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=float, default=330)
    args = parser.parse_args()
    if args.reference:
        reference(*args.reference, args.threads)
        return
    with tempfile.TemporaryDirectory() as work:
        print(json.dumps(compare(args, work), indent=1))


if __name__ == "__main__":
    main()
