"""The FLUX folder: parts in bfloat16, tokenizers, scheduler, index."""
import json
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
from transformers import CLIPTextModel, T5EncoderModel

from .sampling import Stage, pictures

PARTS = {"vae": AutoencoderKL, "transformer": FluxTransformer2DModel, "text_encoder": CLIPTextModel,
         "text_encoder_2": T5EncoderModel}
MOST_BYTES = 90 * 2**20


def write(work, init, out, shift):
    """Writes the folder `out`; parts that `work` lacks come from the FLUX folder `init`."""
    def source(name, file):
        for folder in (work, init):
            if folder is not None and (folder / name / file).exists():
                return folder / name
        raise SystemExit(f"{work / name}: not there; run the step that makes it, or give --init FOLDER")

    out.mkdir(parents=True, exist_ok=True)
    for name, cls in PARTS.items():
        cls.from_pretrained(source(name, "config.json"), dtype=torch.bfloat16).save_pretrained(out / name)
        config = json.loads((out / name / "config.json").read_text())
        config.pop("_name_or_path", None)  # where it lay here, which tells nobody anything
        (out / name / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    for name, file in (("tokenizer", "vocab.json"), ("tokenizer_2", "tokenizer.json")):
        shutil.copytree(source(name, file), out / name, dirs_exist_ok=True)
    scheduler = FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=shift, use_dynamic_shifting=False)
    scheduler.save_pretrained(out / "scheduler")
    index = {
        "_class_name": "FluxPipeline", "_diffusers_version": "0.42.1",
        "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
        "text_encoder_2": ["transformers", "T5EncoderModel"], "tokenizer": ["transformers", "CLIPTokenizer"],
        "tokenizer_2": ["transformers", "T5TokenizerFast"], "transformer": ["diffusers", "FluxTransformer2DModel"],
        "vae": ["diffusers", "AutoencoderKL"]}
    (out / "model_index.json").write_text(json.dumps(index, indent=2))


def check(folder):
    """Opens the folder with FluxPipeline and makes a picture; fails if it is too large or not what it should be."""
    weights = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file() and f.suffix in (".safetensors", ".json", ".txt"))
    if weights > MOST_BYTES:
        raise SystemExit(f"{folder}: {weights / 2**20:.0f} MiB, more than {MOST_BYTES // 2**20}; train a smaller --size")
    pipe = FluxPipeline.from_pretrained(folder, dtype=torch.bfloat16)
    pipe.set_progress_bar_config(disable=True)
    picture = pictures(pipe, ["a fox on a blue background, 3d style"], [0], [Stage(128, 128, 4, 1.0, 2.0)])[0]
    if picture.shape != (128, 128, 3) or picture.std() == 0:
        raise SystemExit(f"{folder}: the picture is empty or of the wrong size; look at the parts")
    print(f"{folder}: {weights / 2**20:.1f} MiB, opened by FluxPipeline, makes pictures")
