"""Every key that the Python classes of a folder's configurations look at, with its default.

Of diffusers' classes: what __init__ takes. Of transformers' configurations: the fields of the dataclass, and, under "PreTrainedConfig", those
of its base with what it drops on loading. Of tokenizers: what __init__ takes, and what the base classes look for in the settings. Of the
pipelines: which keys of a component's configuration they read themselves.

Writes resources/manifests/signatures.json.
"""
import ast
import inspect
import json
import re
import textwrap

from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    AutoencoderKLHunyuanVideo,
    AutoencoderKLHunyuanVideo15,
    ClassifierFreeGuidance,
    AutoencoderKLQwenImage,
    AutoencoderKLWan,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
    FluxPipeline,
    FluxTransformer2DModel,
    HunyuanVideo15Pipeline,
    HunyuanVideo15Transformer3DModel,
    HunyuanVideoPipeline,
    HunyuanVideoTransformer3DModel,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
    UniPCMultistepScheduler,
    WanPipeline,
    WanTransformer3DModel,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from transformers import (
    ByT5Tokenizer,
    CLIPTextConfig,
    CLIPTokenizer,
    GenerationConfig,
    LlamaConfig,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    Qwen2_5_VLTextConfig,
    Qwen2Tokenizer,
    Qwen3Config,
    T5Config,
    T5TokenizerFast,
)

import case

MODELS = (
    FlowMatchEulerDiscreteScheduler,
    UniPCMultistepScheduler,
    Flux2Transformer2DModel,
    FluxTransformer2DModel,
    HunyuanVideoTransformer3DModel,
    QwenImageTransformer2DModel,
    HunyuanVideo15Transformer3DModel,
    ZImageTransformer2DModel,
    AutoencoderKL,
    AutoencoderKLFlux2,
    AutoencoderKLHunyuanVideo,
    AutoencoderKLHunyuanVideo15,
    ClassifierFreeGuidance,
    AutoencoderKLQwenImage,
    AutoencoderKLWan,
    WanTransformer3DModel,
)
TOKENIZERS = (CLIPTokenizer, T5TokenizerFast, PreTrainedTokenizerFast, Qwen2Tokenizer, ByT5Tokenizer)


def parameters(function):
    """Returns {name: default} of what a function takes by name."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name != "self" and parameter.kind not in kinds:
            found[name] = None if parameter.default is inspect.Parameter.empty else parameter.default
    return found


def looked_for(function):
    """Returns the keys that a function looks for in its `kwargs`: kwargs.pop("x"), kwargs.get("x"), "x" in kwargs."""
    keys = set()
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("pop", "get"):
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "kwargs" and isinstance(node.args[0], ast.Constant):
                keys.add(node.args[0].value)
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            if isinstance(node.comparators[0], ast.Name) and node.comparators[0].id == "kwargs":
                keys.add(node.left.value)
    return keys


def tokenizer(kind):
    """Returns the keys of a tokenizer_config.json that its class and the bases of it look at."""
    keys = set(kind.SPECIAL_TOKENS_ATTRIBUTES)
    for base in kind.__mro__:
        if "__init__" in vars(base) and base is not object:
            keys |= set(parameters(base.__init__)) | looked_for(base.__init__)
    return sorted(key for key in keys if not key.startswith("_"))


def read_by(pipeline):
    """Returns which keys of which component's configuration a pipeline's module reads."""
    source = inspect.getsource(inspect.getmodule(pipeline))
    found = {}
    for component in ("scheduler", "transformer", "vae", "text_encoder", "text_encoder_2"):
        at = rf"(?<!\w){component}\.config"
        keys = set(re.findall(rf"{at}\.(?!get\b)(\w+)", source))
        keys |= set(re.findall(rf"{at}\.get\(\s*\"(\w+)\"", source))
        keys |= set(re.findall(rf"hasattr\([\w.]*{component}\.config, \"(\w+)\"", source))
        found[component] = sorted(keys)
    return found


def main():
    base = {name: value for name, value in parameters(PreTrainedConfig.__init__).items()}
    dropped = sorted(GenerationConfig._get_default_generation_params())
    dropped += sorted(looked_for(PreTrainedConfig.__post_init__))
    classes = {kind.__name__: parameters(kind.__init__) for kind in MODELS}
    classes["PreTrainedConfig"] = base
    for kind in (CLIPTextConfig, T5Config, LlamaConfig, Qwen3Config, Qwen2_5_VLTextConfig):
        own = parameters(kind.__init__)
        classes[kind.__name__] = {key: own[key] for key in own if key not in base or own[key] != base[key]}
    signatures = {
        "script": "tools/golden/signatures.py",
        "versions": case.versions(),
        "classes": classes,
        "aliases": {"T5Config": T5Config.attribute_map},
        "dropped_by_PreTrainedConfig": sorted({key for key in dropped if not key.startswith("_")}),
        "tokenizers": {kind.__name__: tokenizer(kind) for kind in TOKENIZERS},
        "read_by_pipelines": {kind.__name__: read_by(kind) for kind in (FluxPipeline, Flux2KleinPipeline, HunyuanVideoPipeline, HunyuanVideo15Pipeline, QwenImagePipeline, WanPipeline, ZImagePipeline)},
    }
    with open(f"{case.RESOURCES}/manifests/signatures.json", "w") as file:
        json.dump(signatures, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
