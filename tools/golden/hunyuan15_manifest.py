"""Names and shapes of every tensor of HunyuanVideo-1.5's transformer, autoencoder and text encoders at full size, as manifests.py does it.

The classes are built from numbers alone: nothing of the published files is known here. Those of transformer and autoencoder are the
classes' defaults; those of the text encoders are Qwen2.5-VL-7B's and ByT5-small's, whose vocabulary the published folder may lengthen.
"""
import torch
from diffusers import AutoencoderKLHunyuanVideo15, HunyuanVideo15Transformer3DModel
from transformers import Qwen2_5_VLTextConfig, Qwen2_5_VLTextModel, T5Config, T5EncoderModel

import case
from manifests import compact, elements, store

QWEN = {"vocab_size": 152064, "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28,
        "num_attention_heads": 28, "num_key_value_heads": 4, "rms_norm_eps": 1e-6}
BYT5 = {"vocab_size": 384, "d_model": 1472, "d_kv": 64, "d_ff": 3584, "num_layers": 12, "num_heads": 6,
        "feed_forward_proj": "gated-gelu"}
PARTS = {
    "transformer": ({}, HunyuanVideo15Transformer3DModel.from_config),
    "text_encoder": (QWEN, lambda config: Qwen2_5_VLTextModel(Qwen2_5_VLTextConfig(**config))),
    "text_encoder_2": (BYT5, lambda config: T5EncoderModel(T5Config(**config))),
    "vae": ({}, AutoencoderKLHunyuanVideo15.from_config),
}


def main():
    case.prepare()
    components = {}
    for part, (config, build) in PARTS.items():
        with torch.device("meta"):
            state = build(config).state_dict()
        tensors = {name: list(value.shape) for name, value in state.items() if name != "encoder.embed_tokens.weight"}
        components[part] = {"config": config, "count": len(tensors), "parameters": sum(map(elements, tensors.values())),
                            "tensors": compact(tensors)}
        print(part, components[part]["count"], components[part]["parameters"])
    store("hunyuan-video-1.5", {"generator": "tools/golden/hunyuan15_manifest.py", "versions": case.versions(),
                                "components": components})


if __name__ == "__main__":
    main()
