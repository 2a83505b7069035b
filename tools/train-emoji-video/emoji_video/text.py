"""The text side: Llama's tokenizer, and both text encoders, taught what captions say before the transformer sees them."""
import copy

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.pipelines.hunyuan_video.pipeline_hunyuan_video import DEFAULT_PROMPT_TEMPLATE
from emoji_flux.budget import warm_then_linear
from emoji_flux.captions import COLOURS
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import CLIPTextModel, CLIPTokenizer, LlamaConfig, LlamaModel, PreTrainedTokenizerFast

from .clips import SPEEDS, WORDS

TEMPLATE, CROP = DEFAULT_PROMPT_TEMPLATE["template"], DEFAULT_PROMPT_TEMPLATE["crop_start"]
SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
LLAMA_PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
                 r"|\s+(?!\S)|\s+")
SKIPPED_LAYERS = 2  # HunyuanVideo reads the state before the last two layers
WIDTH, LAYERS = 128, 4
RATE, BATCH = 2e-3, 64
CLIP_TOKENS = 40    # captions are shorter; attention is causal, so what follows changes nothing
STILL_WEIGHT = 20.0


def train_tokenizer(maker, folder, seed, count=20000):
    """Trains Llama's byte-level BPE on captions and the template, so that the template is its published 95 tokens.

    A folder must open with Llama's own settings: what comes before the caption is cut off by that count.
    """
    rng = np.random.default_rng(seed)
    captions = [maker.draw(rng).caption for _ in range(count)]
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(LLAMA_PATTERN), behavior="isolated"),
         pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    plain = TEMPLATE.replace("{}", "")
    for word in SPECIAL:
        plain = plain.replace(word, "\n")
    tokenizer.train_from_iterator([plain] * 50 + captions, trainers.BpeTrainer(
        vocab_size=2000, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), special_tokens=SPECIAL,
        show_progress=False))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A $B",
        special_tokens=[(SPECIAL[0], tokenizer.token_to_id(SPECIAL[0]))])
    before = tokenizer.encode(TEMPLATE[:TEMPLATE.index("{}")]).ids
    if len(before) != CROP or tokenizer.encode(TEMPLATE.format(captions[0])).ids[:CROP] != before:
        raise SystemExit(f"the template has {len(before)} tokens before the caption, not {CROP}; look at the vocabulary")
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=SPECIAL[0], eos_token=SPECIAL[1], pad_token=SPECIAL[1],
                                      model_max_length=256 + CROP, padding_side="right")
    wrapped.save_pretrained(folder)
    longest = max(len(tokenizer.encode(TEMPLATE.format(c)).ids) - CROP for c in captions)
    print(f"{folder}: {len(wrapped)} entries, captions of at most {longest} tokens, the template's {CROP} before them")


def shortened(llama):
    """A copy of `llama` whose last state is the one that HunyuanVideo reads: without the layers after it and the norm."""
    short = copy.deepcopy(llama)
    short.layers = short.layers[:-SKIPPED_LAYERS]
    short.norm = torch.nn.Identity()
    return short


class Texts:
    """Both tokenizers and both encoders of a HunyuanVideo folder, giving what the transformer is given; Llama is `shortened`."""

    def __init__(self, tokenizer, llama, clip_tokenizer, clip):
        self._tokenizer, self._llama, self._clip_tokenizer, self._clip = tokenizer, llama, clip_tokenizer, clip

    @staticmethod
    def read(work, init):
        """From the work folder, and CLIP's tokenizer from the FLUX folder `init`."""
        return Texts(PreTrainedTokenizerFast.from_pretrained(work / "tokenizer"),
                     shortened(LlamaModel.from_pretrained(work / "text_encoder", dtype=torch.float32).eval()),
                     CLIPTokenizer.from_pretrained(init / "tokenizer"),
                     CLIPTextModel.from_pretrained(work / "text_encoder_2", dtype=torch.float32).eval())

    def states(self, captions):
        """Returns Llama's states after the template [B, L, D], their mask [B, L], and CLIP's pooled states [B, D].

        L is the longest of the captions' lengths. diffusers pads to 256, which changes nothing: attention is causal here and
        masked in the transformer.
        """
        given = self._tokenizer([TEMPLATE.format(c) for c in captions], padding="longest", return_tensors="pt")
        states = self._llama(input_ids=given.input_ids, attention_mask=given.attention_mask).last_hidden_state
        return states[:, CROP:], given.attention_mask[:, CROP:], self.pooled(captions)

    def pooled(self, captions):
        ids = self._clip_tokenizer(list(captions), padding="max_length", max_length=77, truncation=True, return_tensors="pt").input_ids
        return self._clip(input_ids=ids[:, :CLIP_TOKENS]).pooler_output


class Heads(torch.nn.Module):
    """Linear heads that name both objects, motion, speed and background; a caption may leave the last out."""

    def __init__(self, labels):
        super().__init__()
        self._labels = {label: i for i, label in enumerate(labels)}
        sizes = (len(labels), len(labels) + 1, len(WORDS), len(SPEEDS), len(COLOURS) + 1)
        self._heads = torch.nn.ModuleList([torch.nn.Linear(WIDTH, size) for size in sizes])

    def losses(self, states, clips):
        motions, colours, nothing = list(WORDS), list(COLOURS), len(self._labels)
        answers = torch.tensor([(
            self._labels[c.labels[0]], self._labels[c.labels[1]] if len(c.labels) > 1 else nothing, motions.index(c.motion),
            SPEEDS.index(c.speed), colours.index(c.colour) if c.caption.endswith("background") else len(colours)) for c in clips])
        return [F.cross_entropy(head(states), answers[:, i]) for i, head in enumerate(self._heads)]


def train(work, init, maker, budget, seed, log=print):
    """Trains Llama from nothing and emoji-flux's CLIP further; writes text_encoder and text_encoder_2 into `work`.

    Llama's mean state over the caption must name everything. CLIP's pooled state must too, while it stays near what
    emoji-flux's CLIP says of the caption without the motion, which emoji-flux's transformer understands.
    """
    torch.manual_seed(seed)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(work / "tokenizer")
    llama = LlamaModel(LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=LAYERS, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=512, rope_theta=500000.0, rms_norm_eps=1e-5,
        bos_token_id=0, eos_token_id=1, pad_token_id=1))
    clip_tokenizer = CLIPTokenizer.from_pretrained(init / "tokenizer")
    clip, old = (CLIPTextModel.from_pretrained(init / "text_encoder", dtype=torch.float32) for _ in range(2))
    short = shortened(llama).train()
    texts, first = Texts(tokenizer, short, clip_tokenizer, clip.train()), Texts(None, None, clip_tokenizer, old.eval())
    heads = torch.nn.ModuleList([Heads(maker.labels), Heads(maker.labels)])
    parameters = [*short.parameters(), *clip.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, betas=(.9, .98))
    rng, step = np.random.default_rng(seed + 7000), 0
    while not budget.spent:
        clips = [maker.draw(rng) for _ in range(BATCH)]
        states, mask, pooled = texts.states([c.caption for c in clips])
        mean = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        with torch.no_grad():
            still = first.pooled([c.still for c in clips])
        told, near = heads[0].losses(mean, clips), F.mse_loss(pooled, still)
        also = heads[1].losses(pooled, clips)
        for group in optimizer.param_groups:
            group["lr"] = RATE * warm_then_linear(step, budget.progress, hold=0.0)
        optimizer.zero_grad()
        (sum(told) + sum(also) + STILL_WEIGHT * near).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step += 1
        if step % 25 == 0:
            log(f"step {step}, {budget.used:.1f} min, Llama {[round(v.item(), 3) for v in told]}, "
                f"CLIP {[round(v.item(), 3) for v in also]}, from emoji-flux {near.item():.4f} of {still.var(0).mean().item():.4f}")
    llama.load_state_dict(short.state_dict(), strict=False)  # the layers and the norm that nothing reads stay random
    llama.save_pretrained(work / "text_encoder")
    clip.save_pretrained(work / "text_encoder_2")
