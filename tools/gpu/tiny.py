"""Denoises tiny folders by diffusers on one device and keeps the clean latents, to compare ours with (parts.py).

`python tiny.py DEVICE OUT`: for each case below and type, OUT/<case>-<type>.safetensors with `latents` in float32. The noise
is drawn in float32 on the CPU whatever the type, as our program does: torch draws other numbers in bfloat16.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDERS = os.path.normpath(f"{HERE}/../../models/src/test/resources/golden/folders")
PROMPT = "a red fox on a blue background, 3d style"
TYPES = ("float32", "bfloat16")
# Of FluxPipeline and HunyuanVideoPipeline; our options are made of the same values.
CASES = {
    "tiny-a": {"width": 96, "height": 64, "steps": 4, "guidance": 3.5, "length": 64, "seed": 5},
    "hunyuan-a": {"width": 48, "height": 32, "frames": 9, "steps": 4, "guidance": 6.0, "length": 256, "seed": 7},
}


def pipeline(name):
    """Returns the pipeline of a case in float32."""
    import torch
    from diffusers import FluxPipeline

    if "frames" in CASES[name]:
        import tiny_hunyuan

        return tiny_hunyuan.load(f"{FOLDERS}/{name}")
    pipe = FluxPipeline.from_pretrained(f"{FOLDERS}/{name}", torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def latents(name, dtype, device):
    """Returns clean, unpacked latents in float32."""
    import flux_reference
    import torch

    case = CASES[name]
    pipe = pipeline(name)
    channels = pipe.transformer.config.in_channels
    size = (case["height"] // 8, case["width"] // 8)
    shape = (channels, (case["frames"] - 1) // 4 + 1, *size) if "frames" in case else (channels // 4, *size)
    noise = torch.randn(1, *shape, generator=torch.Generator("cpu").manual_seed(case["seed"]))
    more = {"num_frames": case["frames"]} if "frames" in case else {}
    result = pipe.to(device, dtype=getattr(torch, dtype))(
        prompt=PROMPT, width=case["width"], height=case["height"], num_inference_steps=case["steps"],
        guidance_scale=case["guidance"], max_sequence_length=case["length"], output_type="latent",
        latents=(noise if more else flux_reference.pack(noise)).to(device, dtype=getattr(torch, dtype)), **more)
    if more:
        return result.frames.float().cpu()
    return flux_reference.unpack(result.images.float().cpu(), *size)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.path.insert(0, os.path.normpath(f"{HERE}/../golden"))
    from safetensors.torch import save_file

    device, out = sys.argv[1:]
    for name in CASES:
        for dtype in TYPES:
            save_file({"latents": latents(name, dtype, device).contiguous()}, f"{out}/{name}-{dtype}.safetensors")
            print(f"{name} {dtype} on {device}", flush=True)


if __name__ == "__main__":
    main()
