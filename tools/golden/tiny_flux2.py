"""Makes tiny, random transformers and autoencoders of FLUX.2, of any shape, and folders of FLUX.2-klein."""
import json

import diffusers
import torch
from diffusers import AutoencoderKLFlux2, FlowMatchEulerDiscreteScheduler, Flux2KleinPipeline, Flux2Transformer2DModel

import tiny_flux
import tiny_qwen


def rounded(model):
    """Brings all values to ones that fit bfloat16."""
    for value in (*model.parameters(), *(buffer for buffer in model.buffers() if buffer.is_floating_point())):
        value.copy_(value.bfloat16())
    return model.eval()


def transformer(seed, heads, axes, channels, **shape):
    """Returns a Flux2Transformer2DModel of latents of so many channels whose layers all matter."""
    torch.manual_seed(seed)
    model = Flux2Transformer2DModel(in_channels=4 * channels, num_attention_heads=heads, attention_head_dim=sum(axes),
                                    axes_dims_rope=list(axes), **shape)
    tiny_flux.randomise(model, linear=0.8)
    return rounded(model)


def autoencoder(seed, channels, latent_channels, quant=True, **shape):
    """Returns an AutoencoderKLFlux2 with four levels whose latents have statistics that show when they are left out."""
    torch.manual_seed(seed)
    model = AutoencoderKLFlux2(block_out_channels=list(channels), latent_channels=latent_channels, norm_num_groups=4,
                               use_quant_conv=quant, use_post_quant_conv=quant, **shape)
    tiny_flux.randomise(model, linear=1.0)
    model.bn.running_mean.normal_(std=0.5)
    model.bn.running_var.uniform_(0.2, 2.5)
    return rounded(model)


# Guidance is an input; four axes of different widths; a middle of 40.
A = dict(seed=71, heads=2, axes=(2, 4, 6, 4), channels=2, num_layers=2, num_single_layers=3, joint_attention_dim=24,
         mlp_ratio=1.25, guidance_embeds=True)
# Other numbers everywhere; no guidance, as klein; a middle of 31, rounded down.
B = dict(seed=72, heads=3, axes=(4, 2, 2, 4), channels=4, num_layers=1, num_single_layers=2, joint_attention_dim=20,
         mlp_ratio=0.88, rope_theta=100, guidance_embeds=False)

VAE_A = dict(seed=73, channels=(4, 8, 8, 8), latent_channels=2, layers_per_block=1, sample_size=64)
VAE_B = dict(seed=74, channels=(4, 8, 8, 12), latent_channels=4, layers_per_block=2, sample_size=32, quant=False,
             batch_norm_eps=0.01)

SCHEDULER = {"shift": 3.0, "use_dynamic_shifting": True, "time_shift_type": "exponential"}


def build(out, shape, vae, seed, distilled, dtype=torch.float32, shards=None, published=False, **text):
    """Writes the folder `out`. `published` writes text encoder and tokenizer as the published folder has them."""
    tiny_qwen.build(out, seed=seed, dtype=dtype, shards=shards or "10GB", published=published, layers=28,
                    hidden=shape["joint_attention_dim"] // 3, **text)
    transformer(**shape).to(dtype).save_pretrained(f"{out}/transformer", max_shard_size=shards or "10GB")
    autoencoder(**vae).to(dtype).save_pretrained(f"{out}/vae")
    FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, **SCHEDULER).save_pretrained(f"{out}/scheduler")
    parts = {"scheduler": "FlowMatchEulerDiscreteScheduler", "text_encoder": "Qwen3ForCausalLM",
             "tokenizer": "Qwen2TokenizerFast", "transformer": "Flux2Transformer2DModel", "vae": "AutoencoderKLFlux2"}
    index = {"_class_name": "Flux2KleinPipeline", "_diffusers_version": diffusers.__version__, "is_distilled": distilled}
    index |= {part: ["transformers" if kind.startswith("Qwen") else "diffusers", kind] for part, kind in parts.items()}
    with open(f"{out}/model_index.json", "w") as file:
        json.dump(index, file, indent=2)
        file.write("\n")


def load(folder):
    """Returns the pipeline of a folder in float32."""
    pipe = Flux2KleinPipeline.from_pretrained(folder, torch_dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe
