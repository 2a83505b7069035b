"""Tiny transformers and autoencoders of FLUX.2: golden/flux2/<case>.safetensors, and their weights beside.

Transformers go layer by layer; autoencoders from the diffusion model's latents to a picture and back, as Flux2KleinPipeline does it.
"""
import torch
from diffusers import Flux2KleinPipeline
from safetensors.torch import save_file

import case
import tiny_flux2

MODELS = {"a": tiny_flux2.A, "b": tiny_flux2.B}


def record(model):
    """Hooks every layer of interest; the returned dictionary fills while the model runs."""
    out, keep = case.recorder()
    model.time_guidance_embed.register_forward_hook(keep("time_guidance_embed"))
    for name in ("x_embedder", "context_embedder", "norm_out"):
        getattr(model, name).register_forward_hook(keep(name))
    for index, block in enumerate(model.transformer_blocks):
        block.register_forward_hook(keep(f"transformer_blocks.{index}", ".txt", ".img"))
    for index, block in enumerate(model.single_transformer_blocks):
        block.register_forward_hook(keep(f"single_transformer_blocks.{index}"))
    return out


def forward(name, weights, height, width, text, seed, sigma, guidance=None):
    """Runs a model once on random latents of `height` x `width` cells and states of `text` tokens."""
    model = tiny_flux2.transformer(**MODELS[weights])
    generator = torch.Generator().manual_seed(seed)
    latents = torch.randn(1, model.config.in_channels // 4, height, width, generator=generator)
    states = torch.randn(1, text, model.config.joint_attention_dim, generator=generator)
    patches = Flux2KleinPipeline._patchify_latents(latents)
    out = record(model)
    tokens = model(
        hidden_states=Flux2KleinPipeline._pack_latents(patches), encoder_hidden_states=states,
        timestep=torch.tensor([sigma]), guidance=None if guidance is None else torch.tensor([guidance]),
        img_ids=Flux2KleinPipeline._prepare_latent_ids(patches), txt_ids=Flux2KleinPipeline._prepare_text_ids(states),
        return_dict=False)[0]
    whole = tokens.permute(0, 2, 1).reshape(patches.shape)
    out["out.sample"] = Flux2KleinPipeline._unpatchify_latents(whole)
    settings = {key: value for key, value in model.config.items() if not key.startswith("_")}
    case.save(
        "make_flux2.py", "flux2", name, {"in.latents": latents, "in.states": states} | out,
        "diffusers Flux2Transformer2DModel", 1e-4, weights=weights, seed=seed, sigma=sigma, guidance=guidance,
        config=settings,
    )
    save_file({key: value.bfloat16() for key, value in model.state_dict().items()},
              f"{case.GOLDEN}/flux2/{weights}.safetensors")


def autoencoder(name, shape, height, width, seed):
    """Decodes latents of the diffusion model, and encodes a picture to such."""
    vae = tiny_flux2.autoencoder(**shape)
    generator = torch.Generator().manual_seed(seed)
    latents = torch.randn(1, vae.config.latent_channels, height, width, generator=generator)
    picture = torch.rand(1, 3, height * 8, width * 8, generator=generator) * 2 - 1
    patches = Flux2KleinPipeline._patchify_latents(latents)
    std = torch.sqrt(vae.bn.running_var.view(1, -1, 1, 1) + vae.config.batch_norm_eps)
    own = Flux2KleinPipeline._unpatchify_latents(patches * std + vae.bn.running_mean.view(1, -1, 1, 1))
    posterior = vae.encode(picture).latent_dist
    pipe = Flux2KleinPipeline(scheduler=None, vae=vae, text_encoder=None, tokenizer=None, transformer=None)
    encoded = Flux2KleinPipeline._unpatchify_latents(pipe._encode_vae_image(picture, None))
    settings = {key: value for key, value in vae.config.items() if not key.startswith("_")}
    tensors = {"in.latents": latents, "in.picture": picture, "out.own": own, "out.picture": vae.decode(own).sample,
               "out.mean": posterior.mean, "out.logvar": posterior.logvar, "out.encoded": encoded}
    case.save("make_flux2.py", "flux2", name, tensors, "diffusers AutoencoderKLFlux2, Flux2KleinPipeline", 1e-4,
              seed=seed, config=settings)
    save_file({key: value.bfloat16() if value.is_floating_point() else value for key, value in vae.state_dict().items()},
              f"{case.GOLDEN}/flux2/{name}-weights.safetensors")


def main():
    case.prepare()
    forward("guided", "a", height=6, width=10, text=7, seed=401, sigma=0.8125, guidance=4.0)
    # Of a model with guidance that is asked without, as klein's pipeline asks.
    forward("unguided", "a", height=4, width=4, text=3, seed=402, sigma=1.0)
    forward("klein", "b", height=12, width=8, text=19, seed=403, sigma=0.375)
    autoencoder("vae-a", tiny_flux2.VAE_A, height=4, width=6, seed=404)
    autoencoder("vae-b", tiny_flux2.VAE_B, height=6, width=2, seed=405)


if __name__ == "__main__":
    main()
