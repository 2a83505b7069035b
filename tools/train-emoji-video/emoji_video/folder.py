"""The HunyuanVideo folder: parts in bfloat16, tokenizers, scheduler, index."""
import json
import shutil
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKLHunyuanVideo,
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideoPipeline,
    HunyuanVideoTransformer3DModel,
)
from transformers import CLIPTextModel, LlamaModel

from .clips import FRAMES
from .text import Texts, shortened

PARTS = {"vae": AutoencoderKLHunyuanVideo, "transformer": HunyuanVideoTransformer3DModel, "text_encoder": LlamaModel,
         "text_encoder_2": CLIPTextModel}
MOST_BYTES = 60 * 2**20
PROMPT = "a balloon moves from left to right on a blue background"


def write(work, init, out, shift):
    """Writes the folder `out` from the work folder, and CLIP's tokenizer from the FLUX folder `init`."""
    out.mkdir(parents=True, exist_ok=True)
    for name, cls in PARTS.items():
        if not (work / name / "config.json").exists():
            raise SystemExit(f"{work / name}: not there; run the step that makes it")
        cls.from_pretrained(work / name, dtype=torch.bfloat16).save_pretrained(out / name)
        config = json.loads((out / name / "config.json").read_text())
        config.pop("_name_or_path", None)  # where it lay here, which tells nobody anything
        (out / name / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    shutil.copytree(work / "tokenizer", out / "tokenizer", dirs_exist_ok=True)
    shutil.copytree(init / "tokenizer", out / "tokenizer_2", dirs_exist_ok=True)
    FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=shift).save_pretrained(out / "scheduler")
    index = {
        "_class_name": "HunyuanVideoPipeline", "_diffusers_version": "0.42.1",
        "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"], "text_encoder": ["transformers", "LlamaModel"],
        "text_encoder_2": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "PreTrainedTokenizerFast"],
        "tokenizer_2": ["transformers", "CLIPTokenizer"], "transformer": ["diffusers", "HunyuanVideoTransformer3DModel"],
        "vae": ["diffusers", "AutoencoderKLHunyuanVideo"]}
    (out / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")


@torch.no_grad()
def check(folder):
    """Opens the folder with diffusers' own pipeline and calls it as its users do.

    Fails if it is too large, if the clip is empty or of the wrong size, or if the pipeline, which pads captions to 256 tokens and
    cuts the template off by its length, reads other text states than training does.
    """
    weights = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
    if weights > MOST_BYTES:
        raise SystemExit(f"{folder}: {weights / 2**20:.0f} MiB, more than {MOST_BYTES // 2**20}; train a smaller model")
    pipe = HunyuanVideoPipeline.from_pretrained(folder, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    states, pooled, mask = pipe.encode_prompt(prompt=PROMPT)
    tokens = int(mask.sum())
    mine = texts(pipe).states([PROMPT])
    for name, given, wanted in (("states", states[:, :tokens], mine[0]), ("pooled", pooled, mine[2])):
        if given.shape != wanted.shape or not torch.allclose(given, wanted, atol=1e-4):
            raise SystemExit(f"{folder}: HunyuanVideoPipeline's {name} differ from those of training; look at tokenizer and template")
    pipe.to(dtype=torch.bfloat16)
    clip = pipe(PROMPT, height=64, width=64, num_frames=FRAMES, num_inference_steps=4, output_type="np").frames[0]
    if clip.shape != (FRAMES, 64, 64, 3) or clip.std() == 0:
        raise SystemExit(f"{folder}: the clip is empty or of the wrong size; look at the parts")
    print(f"{folder}: {weights / 2**20:.1f} MiB, opened by HunyuanVideoPipeline, {tokens} text tokens, makes clips")


def texts(pipe):
    """The pipeline's tokenizers and encoders, read as training reads them."""
    return Texts(pipe.tokenizer, shortened(pipe.text_encoder), pipe.tokenizer_2, pipe.text_encoder_2)
