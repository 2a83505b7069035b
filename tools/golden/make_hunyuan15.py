"""Tiny transformers and autoencoders of HunyuanVideo-1.5, layer by layer: golden/hunyuan15/<case>.safetensors.

Their weights are those of the folders that tiny_hunyuan15.py writes.

Transformers have the padding of both texts and the tokens of no picture, as HunyuanVideo15Pipeline gives them.
"""
import torch

import case
import tiny_hunyuan15

MODELS = {"a": tiny_hunyuan15.A, "b": tiny_hunyuan15.B}
IMAGE_TOKENS = 7


def record(model):
    """Hooks every layer of interest; the returned dictionary fills while the model runs."""
    out, keep = case.recorder()
    model.time_embed.register_forward_hook(keep("time_embed"))
    model.x_embedder.register_forward_hook(keep("x_embedder"))
    model.context_embedder.register_forward_hook(keep("context_embedder"))
    model.context_embedder_2.register_forward_hook(keep("context_embedder_2"))
    for index, block in enumerate(model.transformer_blocks):
        block.register_forward_hook(keep(f"transformer_blocks.{index}", ".hidden_states", ".encoder_hidden_states"))
    model.norm_out.register_forward_hook(keep("norm_out"))
    return out


def settings(model):
    return {key: value for key, value in model.config.items() if not key.startswith("_")}


def forward(name, weights, latents, text, glyphs, seed, sigma):
    """Runs a model on latents (frames, height, width); text and glyphs are (all, those that are no padding)."""
    model = tiny_hunyuan15.transformer(**MODELS[weights])
    config, generator = model.config, torch.Generator().manual_seed(seed)
    x = torch.randn(1, config.out_channels, *latents, generator=generator)
    zeros = torch.zeros(1, config.in_channels - config.out_channels, *latents)
    states = torch.randn(1, text[0], config.text_embed_dim, generator=generator)
    quoted = torch.randn(1, glyphs[0], config.text_embed_2_dim, generator=generator)
    masks = [(torch.arange(count) < tokens).float()[None] for count, tokens in (text, glyphs)]
    out = record(model)
    out["out.sample"] = model(
        hidden_states=torch.cat([x, zeros], 1), timestep=torch.tensor([1000 * sigma]), encoder_hidden_states=states,
        encoder_attention_mask=masks[0], encoder_hidden_states_2=quoted, encoder_attention_mask_2=masks[1],
        image_embeds=torch.zeros(1, IMAGE_TOKENS, config.image_embed_dim), return_dict=False)[0]
    tensors = {"in.latents": x, "in.states": states[:, :text[1]], "in.glyphs": quoted} | out
    case.save("make_hunyuan15.py", "hunyuan15", name, tensors, "diffusers HunyuanVideo15Transformer3DModel", 1e-4,
              weights=f"golden/folders/hunyuan15-{weights}", seed=seed, sigma=sigma, glyphs=glyphs[1], config=settings(model))


def autoencoder(name, shape, frames, height, width, seed):
    """Decodes latents and encodes a video of that size, part by part."""
    vae = tiny_hunyuan15.autoencoder(**shape)
    generator = torch.Generator().manual_seed(seed)
    cell = vae.spatial_compression_ratio
    latents = torch.randn(1, vae.config.latent_channels, frames, height, width, generator=generator)
    count = 1 + (frames - 1) * vae.temporal_compression_ratio
    video = torch.rand(1, 3, count, height * cell, width * cell, generator=generator) * 2 - 1
    out, keep = case.recorder()
    for kind, part, blocks in (("decoder", vae.decoder, "up_blocks"), ("encoder", vae.encoder, "down_blocks")):
        part.mid_block.register_forward_hook(keep(f"{kind}.mid_block"))
        for index, block in enumerate(getattr(part, blocks)):
            block.register_forward_hook(keep(f"{kind}.{blocks}.{index}"))
    sample = vae.decode(latents, return_dict=False)[0]
    posterior = vae.encode(video).latent_dist
    tensors = {"in.latents": latents, "in.video": video, "out.sample": sample, "out.mean": posterior.mean,
               "out.logvar": posterior.logvar} | {key: value for key, value in out.items() if value.numel() <= 4000}
    case.save("make_hunyuan15.py", "hunyuan15", name, tensors, "diffusers AutoencoderKLHunyuanVideo15", 1e-4, seed=seed,
              weights=f"golden/folders/hunyuan15-{name[-1]}", config=settings(vae))


def tiled(name, shape, frames, height, width, tile, seed):
    """Decodes latents in tiles of so many cells, and encodes what comes out in tiles again."""
    vae = tiny_hunyuan15.autoencoder(**shape)
    latents = torch.randn(1, vae.config.latent_channels, frames, height, width, generator=torch.Generator().manual_seed(seed))
    whole = vae.decode(latents, return_dict=False)[0]
    side = tile * vae.spatial_compression_ratio
    vae.enable_tiling(tile_sample_min_height=side, tile_sample_min_width=side, tile_latent_min_height=tile,
                      tile_latent_min_width=tile)
    sample = vae.decode(latents, return_dict=False)[0]
    assert not torch.allclose(whole, sample, atol=1e-2), "the latents fit one tile"
    tensors = {"in.latents": latents, "out.sample": sample, "out.mean": vae.encode(sample.clamp(-1, 1)).latent_dist.mean}
    case.save("make_hunyuan15.py", "hunyuan15", f"{name}-tiled", tensors, "diffusers AutoencoderKLHunyuanVideo15", 1e-4,
              weights=f"golden/folders/hunyuan15-{name[-1]}", seed=seed, tile=tile, encoded="out.sample, clamped to [-1, 1]", config=settings(vae))


def main():
    case.prepare()
    forward("quoted", "a", latents=(3, 4, 5), text=(9, 6), glyphs=(5, 3), seed=501, sigma=0.8125)
    forward("unquoted", "a", latents=(1, 2, 3), text=(4, 4), glyphs=(3, 0), seed=502, sigma=1.0)
    forward("patches", "b", latents=(2, 6, 4), text=(8, 5), glyphs=(4, 4), seed=503, sigma=0.375)
    autoencoder("vae-a", tiny_hunyuan15.VAE_A, frames=3, height=1, width=2, seed=504)
    autoencoder("vae-b", tiny_hunyuan15.VAE_B, frames=3, height=3, width=2, seed=505)
    tiled("vae-a", tiny_hunyuan15.VAE_A, frames=1, height=2, width=5, tile=4, seed=506)
    tiled("vae-b", tiny_hunyuan15.VAE_B, frames=2, height=9, width=6, tile=4, seed=507)


if __name__ == "__main__":
    main()
