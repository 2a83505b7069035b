"""Pictures from a FLUX folder, many prompts at once: the sampler of tools/golden/flux_reference.py, batched.

State is float32; every picture has a generator of its own, so a picture depends on its seed and not on the batch.
"""
import json
import sys
from pathlib import Path

import torch
from diffusers import FluxPipeline
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden"))
from flux_reference import Stage, image_ids, pack, resize, schedule, unpack  # noqa: E402

@torch.no_grad()
def text_states(pipe, prompts):
    """Returns the sequence states [B, L, J] and the pooled states [B, P] of `prompts`."""
    sequence, pooled, _ = pipe.encode_prompt(prompt=list(prompts), prompt_2=None,
                                               max_sequence_length=pipe.tokenizer_2.model_max_length)
    return sequence, pooled


@torch.no_grad()
def latents_to_pictures(vae, latents):
    """Decodes clean latents [B, C, h, w] to uint8 [B, 8h, 8w, 3]."""
    z = latents / vae.config.scaling_factor + vae.config.shift_factor
    image = vae.decode(z.to(vae.device, vae.dtype), return_dict=False)[0].float()
    return ((image / 2 + 0.5).clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()


@torch.no_grad()
def pictures(pipe, prompts, seeds, stages, true_cfg=1.0):
    """Samples `stages` (Stage) for each prompt with its seed; returns uint8 [B, H, W, 3]."""
    transformer = pipe.transformer
    device, dtype, batch = transformer.device, transformer.dtype, len(prompts)
    texts = [text_states(pipe, prompts)]
    if true_cfg > 1:
        texts.append(text_states(pipe, [""] * batch))

    def velocity(text, x, sigma, ids):
        sequence, pooled = text
        return transformer(
            hidden_states=x.to(device, dtype), timestep=torch.full((batch,), sigma, device=device, dtype=dtype),
            guidance=torch.full((batch,), 3.5, device=device) if transformer.config.guidance_embeds else None,
            pooled_projections=pooled, encoder_hidden_states=sequence, img_ids=ids,
            txt_ids=torch.zeros(sequence.shape[1], 3, device=device), return_dict=False)[0].float().cpu()

    generators = [torch.Generator("cpu").manual_seed(int(seed)) for seed in seeds]
    clean = None
    for stage in stages:
        h, w = stage.height // 8, stage.width // 8
        shape = (transformer.config.in_channels // 4, h, w)
        noise = torch.stack([torch.randn((1, *shape), generator=g)[0] for g in generators])
        levels = schedule(stage.steps, stage.strength, stage.shift)
        start = float(levels[0])
        if clean is None:
            x = noise * start
        else:
            x = (1 - start) * torch.cat([resize(one[None], h, w, "lanczos") for one in clean]) + start * noise
        x, ids = pack(x), image_ids(h, w).to(device)
        for sigma, following in zip(levels[:-1], levels[1:]):
            v = velocity(texts[0], x, float(sigma), ids)
            if true_cfg > 1:
                without = velocity(texts[1], x, float(sigma), ids)
                v = without + true_cfg * (v - without)
            x = x + float(following - sigma) * v
        clean = unpack(x, h, w)
    return latents_to_pictures(pipe.vae, clean)


def make(model, prompts, plan, out, device, true_cfg=1.0, batch=8):
    """Makes the pictures of the JSON file `prompts`, each with its seed, as OUT/0000.png, ..."""
    prompts = json.loads(prompts.read_text())
    pipe = FluxPipeline.from_pretrained(model, dtype=torch.bfloat16).to(device)
    pipe.set_progress_bar_config(disable=True)
    out.mkdir(parents=True, exist_ok=True)
    stages = [Stage(*stage) for stage in json.loads(plan)]
    for start in range(0, len(prompts), batch):
        part = prompts[start:start + batch]
        images = pictures(pipe, [p["prompt"] for p in part], [p["seed"] for p in part], stages, true_cfg)
        for number, image in enumerate(images, start):
            Image.fromarray(image).save(out / f"{number:04d}.png")
    print(f"{out}: {len(prompts)} pictures")
