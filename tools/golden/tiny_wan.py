"""Tiny random parts of Wan, which make_wan.py runs, and whole folders in the diffusers layout: what a loader must accept."""
import json
import shutil

import diffusers
import numpy as np
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, UniPCMultistepScheduler, WanPipeline, WanTransformer3DModel
from transformers import T5TokenizerFast, UMT5Config, UMT5EncoderModel

import tiny_flux

# Heads of 12 (axes 4, 4, 4) and a norm before the attention to the text.
A = {
    "num_attention_heads": 2, "attention_head_dim": 12, "in_channels": 4, "out_channels": 4, "text_dim": 10,
    "ffn_dim": 40, "num_layers": 2,
}
# One more head, of 10 (axes 6, 2, 2), no norm before that attention, another epsilon.
B = {
    "num_attention_heads": 3, "attention_head_dim": 10, "in_channels": 3, "out_channels": 3, "text_dim": 8, "ffn_dim": 33,
    "num_layers": 1, "cross_attn_norm": False, "eps": 1e-5, "rope_max_seq_len": 32,
}


def rounded(model):
    """Rounds the parameters to bfloat16, in which they are saved; not the positions, which are computed."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.bfloat16().float())
    return model


def transformer(seed, settings):
    """Returns a WanTransformer3DModel."""
    torch.manual_seed(seed)
    model = WanTransformer3DModel(**settings).eval()
    tiny_flux.randomise(model)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("scale_shift_table"):
                parameter.normal_(std=0.3)
    return rounded(model)


def umt5(seed, **settings):
    """Returns a UMT5EncoderModel whose layers have biases that differ."""
    torch.manual_seed(seed)
    model = UMT5EncoderModel(UMT5Config(**settings)).eval()
    tiny_flux.randomise(model)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "relative_attention_bias" in name or "shared" in name:
                parameter.normal_(std=0.8)
    return rounded(model)


def build(out, tok, seed, settings, vae, scheduler, text):
    """Writes the folder `out`, in bfloat16; `tok` holds `tokenizer_2`, T5's."""
    torch.manual_seed(seed)
    tokenizer = T5TokenizerFast.from_pretrained(f"{tok}/tokenizer_2")
    encoder = umt5(seed + 1, vocab_size=len(tokenizer), d_model=settings["text_dim"], **text)
    shutil.rmtree(out, ignore_errors=True)
    for name, part in {"transformer": transformer(seed, settings), "text_encoder": encoder, "vae": vae}.items():
        part.bfloat16().save_pretrained(f"{out}/{name}")
    scheduler.save_pretrained(f"{out}/scheduler")
    shutil.copytree(f"{tok}/tokenizer_2", f"{out}/tokenizer", copy_function=shutil.copyfile)
    index = {"_class_name": "WanPipeline", "_diffusers_version": diffusers.__version__, "boundary_ratio": None,
             "expand_timesteps": vae.config.patch_size is not None, "scheduler": ["diffusers", type(scheduler).__name__],
             "text_encoder": ["transformers", "UMT5EncoderModel"], "tokenizer": ["transformers", "T5TokenizerFast"],
             "transformer": ["diffusers", "WanTransformer3DModel"], "transformer_2": [None, None],
             "vae": ["diffusers", "AutoencoderKLWan"]}
    with open(f"{out}/model_index.json", "w") as file:
        json.dump(index, file, indent=2)
        file.write("\n")


def two_experts(out, base, seed, boundary):
    """Writes the folder `out`: that of `base`, and a second transformer for the noise levels below `boundary`."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(base, out, copy_function=shutil.copyfile)
    settings = WanTransformer3DModel.load_config(f"{base}/transformer")
    settings = {key: value for key, value in settings.items() if not key.startswith("_")}
    transformer(seed, settings).bfloat16().save_pretrained(f"{out}/transformer_2")
    with open(f"{out}/model_index.json") as file:
        index = json.load(file)
    index |= {"boundary_ratio": boundary, "transformer_2": ["diffusers", "WanTransformer3DModel"]}
    with open(f"{out}/model_index.json", "w") as file:
        json.dump(index, file, indent=2)
        file.write("\n")


class Levels(FlowMatchEulerDiscreteScheduler):
    """Euler's steps on the levels that UniPC's flow_sigmas are of, from 1 on: 1, 1 - 1/n, .., 1/n, shifted."""

    def set_timesteps(self, num_inference_steps, device=None):
        super().set_timesteps(sigmas=np.linspace(1, 1 / num_inference_steps, num_inference_steps), device=device)


def load(folder, unipc=None):
    """Returns the pipeline of a folder in float32, with Euler's steps, or those of a scheduler_config.json of UniPC's."""
    with open(f"{folder}/scheduler/scheduler_config.json") as file:
        config = json.load(file)
    if unipc is None:
        scheduler = Levels(num_train_timesteps=1000, shift=config.get("flow_shift", config.get("shift")))
    else:
        scheduler = UniPCMultistepScheduler.from_config(unipc)
    pipe = WanPipeline.from_pretrained(folder, torch_dtype=torch.float32, scheduler=scheduler)
    pipe.set_progress_bar_config(disable=True)
    return pipe
