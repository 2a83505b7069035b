"""Step caches of diffusion transformers, each written from its paper: the oracle of the Java caches.

A cache stands before the model for one stage of a plan. `step(i, x, sigma)` is called once for each step, in order, and
returns the velocity and what it cost: `full` (the model ran), `partial` (a part of it did) or `skipped`. All tensors are
float32 and packed as FLUX packs them, [1, L, C]. A cache is spelled NAME or NAME:key=value,key=value.

- reuse: FORA, arXiv 2407.01425. taylor: TaylorSeer, arXiv 2503.06923, on one feature and not above order 1.
- linear: the same line, drawn over sigma. dpcache: DPCache, arXiv 2602.22654, with the exact programme over pairs.
- freqca: FreqCa, arXiv 2510.08669. easycache: EasyCache, arXiv 2507.02860.
- firstblock: First Block Cache of ParaAttention, as diffusers has it.
- toca: ToCa, arXiv 2410.05317; duca: DuCa, arXiv 2412.18911; both as their FLUX code does.
"""
import itertools
import math

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.embeddings import apply_rotary_emb

DEFAULTS = {
    "reuse": {"first": 1, "every": 2, "steps": None, "feature": "velocity"},
    "taylor": {"first": 2, "every": 3, "steps": None, "order": 1, "feature": "velocity"},
    "linear": {"first": 2, "every": 3, "steps": None, "feature": "velocity"},
    "freqca": {"first": 3, "every": 3, "steps": None, "cut": 0.1, "order": 2, "feature": "velocity"},
    "dpcache": {"steps": None, "feature": "velocity"},
    "easycache": {"threshold": 0.025, "first": 5},
    "firstblock": {"threshold": 0.08},
    "toca": {"first": 3, "every": 2, "fresh": 0.1, "variant": "released"},
    "duca": {"first": 3, "every": 5, "fresh": 0.1, "seed": 0},
}
IN_BLOCKS = ("firstblock", "toca", "duca")


def parse(spelling):
    """Returns the name and the settings of a spelling such as `taylor:first=3,every=4`, defaults filled in."""
    name, _, rest = spelling.partition(":")
    settings = dict(DEFAULTS[name])
    for pair in filter(None, rest.split(",")):
        key, value = pair.split("=")
        assert key in settings, f"{key}: not a setting of {name}"
        if key == "steps":
            settings[key] = [int(step) for step in value.split(".")]
        elif key in ("variant", "feature"):
            settings[key] = value
        else:
            settings[key] = type(settings[key])(value)
    return name, settings


# Which steps ask the model

class Rhythm:
    """The first F steps and then every N-th, or the steps of a list."""

    def __init__(self, first=1, every=1, steps=None):
        self.first, self.every, self.steps = first, every, steps
        if steps is not None:
            self.first = next(i for i in itertools.count() if i >= len(steps) or steps[i] != i)

    def asks(self, i):
        if self.steps is not None:
            return i in self.steps
        return i < self.first or (i - (self.first - 1)) % self.every == 0


# How a feature is guessed from those computed before: `see` is told of each computed one, `guess` of the step to guess

class Line:
    """The line through the last two computed features, over steps or over sigma; order 0 is the last one."""

    def __init__(self, order=1, over="steps"):
        self.order, self.over, self.seen = order, over, []

    def see(self, i, sigma, feature):
        self.seen = self.seen[-1:] + [(i if self.over == "steps" else sigma, feature)]

    def guess(self, i, sigma):
        k, last = self.seen[-1]
        if self.order == 0 or len(self.seen) < 2:
            return last
        j, before = self.seen[0]
        at = i if self.over == "steps" else sigma
        return last + float(at - k) / float(k - j) * (last - before)


def dct_matrix(n):
    """Returns the orthonormal DCT-II of length n, [n, n] float64: row u is the wave of u half turns."""
    waves = np.cos(np.pi * np.arange(n)[:, None] * (np.arange(n)[None] + 0.5) / n) * math.sqrt(2 / n)
    waves[0] = math.sqrt(1 / n)
    return torch.from_numpy(waves)


def dct(planes):
    """Transforms the last two dimensions, in float64."""
    return dct_matrix(planes.shape[-2]) @ planes.double() @ dct_matrix(planes.shape[-1]).T


def inverse_dct(waves):
    return dct_matrix(waves.shape[-2]).T @ waves.double() @ dct_matrix(waves.shape[-1])


class Frequencies:
    """FreqCa: slow waves of the picture as they were, fast ones by a Hermite series of finite differences.

    Differences begin at step F - 1, as in the published code: the steps before it give none.
    """

    SCALE = 0.71

    def __init__(self, cut, order, first, planes, tokens):
        self.cut, self.order, self.first, self.planes, self.tokens = cut, order, first, planes, tokens
        self.k, self.differences = None, []

    def see(self, i, _sigma, feature):
        differences = [feature]
        if self.k is not None and i >= self.first - 1:
            for before in self.differences[:self.order]:
                differences.append((differences[-1] - before) / float(i - self.k))
        self.k, self.differences = i, differences

    def guess(self, i, _sigma):
        x = self.SCALE * (i - self.k)
        hermite = [1, 2 * x, 4 * x * x - 2]
        fast = self.differences[0]
        for q in range(1, len(self.differences)):
            fast = fast + hermite[q] * self.SCALE**q / math.factorial(q) * self.differences[q]
        last, fast = dct(self.planes(self.differences[0])), dct(self.planes(fast))
        h, w = last.shape[-2:]
        u, v = np.arange(h)[:, None], np.arange(w)[None]
        slow = torch.from_numpy(np.sqrt(u * u + v * v) <= self.cut * math.sqrt((h - 1)**2 + (w - 1)**2))
        return self.tokens(inverse_dct(torch.where(slow, last, fast)).float())


class Predicted:
    """Computes a feature on the steps of a rhythm and guesses it on the others; `finish` makes it the velocity."""

    margin = math.inf

    def __init__(self, rhythm, predictor, compute, finish):
        self.rhythm, self.predictor, self.compute, self.finish = rhythm, predictor, compute, finish

    def step(self, i, x, sigma):
        if self.rhythm.asks(i):
            feature = self.compute(x, sigma)
            self.predictor.see(i, sigma, feature)
            return self.finish(feature, sigma), "full"
        return self.finish(self.predictor.guess(i, sigma), sigma), "skipped"


def mean_abs(x):
    return x.double().abs().mean().item()


class Easy:
    """EasyCache: the velocity less the latents is reused for as long as the velocity is expected to have changed little."""

    def __init__(self, model, steps, threshold, first):
        self.model, self.steps, self.threshold, self.first = model, steps, threshold, first
        self.known, self.rate, self.sum, self.before, self.margin = None, None, 0.0, None, math.inf

    def step(self, i, x, sigma):
        skip = False
        if i < self.first or i == self.steps - 1:
            self.sum = 0.0
        elif self.rate is not None:
            self.sum += self.rate * mean_abs(x - self.before) / mean_abs(self.known[1])
            self.margin = min(self.margin, abs(self.sum / self.threshold - 1))
            skip = self.sum < self.threshold
        self.before = x
        if skip:
            return x + (self.known[1] - self.known[0]), "skipped"
        self.sum = 0.0
        v = self.model(x, sigma)
        if self.known is not None:
            self.rate = mean_abs(v - self.known[1]) / mean_abs(x - self.known[0])
        self.known = (x, v)
        return v, "full"


# Inside the blocks

class Network:
    """FluxTransformer2DModel with one text and at one size, run module by module.

    `text_bias` is added to the logits with which image tokens attend to text tokens.
    """

    def __init__(self, transformer, text, guidance, ids, text_bias=0.0):
        self.transformer, self.guidance = transformer, guidance
        self.embeds, self.pooled, text_ids = text
        self.rope = transformer.pos_embed(torch.cat([text_ids, ids]))
        self.texts, self.text_bias = self.embeds.shape[1], text_bias

    def embedding(self, sigma):
        """Returns what modulates every block, [1, D]."""
        level = torch.tensor([sigma], dtype=torch.float32) * 1000
        embed = self.transformer.time_text_embed
        return embed(level, self.pooled) if self.guidance is None else embed(level, self.guidance * 1000, self.pooled)

    def start(self, x, sigma):
        """Returns image tokens, text tokens and the embedding."""
        return self.transformer.x_embedder(x), self.transformer.context_embedder(self.embeds), self.embedding(sigma)

    def finish(self, image, emb):
        return self.transformer.proj_out(self.transformer.norm_out(image, emb))

    def attend(self, attn, image, text=None):
        """Returns the attention of all tokens before its last projection, and each key's mean weight, [L]."""
        q, k, v = (attn.to_q(image), attn.to_k(image), attn.to_v(image))
        q, k, v = (part.unflatten(-1, (-1, attn.head_dim)) for part in (q, k, v))
        q, k = attn.norm_q(q), attn.norm_k(k)
        if text is not None:
            tq, tk, tv = attn.add_q_proj(text), attn.add_k_proj(text), attn.add_v_proj(text)
            tq, tk, tv = (part.unflatten(-1, (-1, attn.head_dim)) for part in (tq, tk, tv))
            q = torch.cat([attn.norm_added_q(tq), q], dim=1)
            k = torch.cat([attn.norm_added_k(tk), k], dim=1)
            v = torch.cat([tv, v], dim=1)
        q, k = (apply_rotary_emb(part, self.rope, sequence_dim=1) for part in (q, k))
        q, k, v = (part.transpose(1, 2) for part in (q, k, v))
        logits = q @ k.transpose(-2, -1) * attn.head_dim**-0.5
        if self.text_bias:
            logits[..., self.texts:, :self.texts] += self.text_bias
        weights = logits.softmax(-1)
        return (weights @ v).transpose(1, 2).flatten(2), weights.mean(dim=(0, 1, 2))

    def double(self, block, image, text, emb, keep=None):
        """Runs a double-stream block; `keep` is told what it computed on the way."""
        state = {} if keep is None else keep
        image_norm, *image_mod = block.norm1(image, emb=emb)
        text_norm, *text_mod = block.norm1_context(text, emb=emb)
        state["attention"], state["weights"] = self.attend(block.attn, image_norm, text_norm)
        text_part, image_part = state["attention"][:, :self.texts], state["attention"][:, self.texts:]
        image = image + image_mod[0][:, None] * block.attn.to_out[0](image_part)
        state["image"] = mlp(block.ff, block.norm2, image, image_mod)
        text = text + text_mod[0][:, None] * block.attn.to_add_out(text_part)
        state["text"] = mlp(block.ff_context, block.norm2_context, text, text_mod)
        return image + image_mod[3][:, None] * state["image"], text + text_mod[3][:, None] * state["text"]

    def single(self, block, x, emb, keep=None):
        """Runs a single-stream block on text and image tokens."""
        state = {} if keep is None else keep
        norm, gate = block.norm(x, emb=emb)
        state["mlp"] = block.proj_mlp(norm)
        state["attention"], state["weights"] = self.attend(block.attn, norm)
        state["total"] = block.proj_out(torch.cat([state["attention"], block.act_mlp(state["mlp"])], dim=2))
        return x + gate[:, None] * state["total"]

    def blocks(self, image, text, emb, after=0):
        """Runs the double blocks from number `after` on and all single ones; returns the image tokens."""
        for block in self.transformer.transformer_blocks[after:]:
            image, text = self.double(block, image, text, emb)
        x = torch.cat([text, image], dim=1)
        for block in self.transformer.single_transformer_blocks:
            x = self.single(block, x, emb)
        return x[:, self.texts:]

    def hidden(self, x, sigma):
        return self.blocks(*self.start(x, sigma))

    def velocity(self, x, sigma):
        return self.finish(self.hidden(x, sigma), self.embedding(sigma))


def mlp(layers, norm, tokens, modulation):
    """Returns the MLP of normalised, modulated tokens; `modulation` is gate, shift, scale, gate."""
    return layers(norm(tokens) * (1 + modulation[2][:, None]) + modulation[1][:, None])


class FirstBlock:
    """First Block Cache: the first block always runs; if it adds what it did, so will the others."""

    def __init__(self, network, threshold):
        self.network, self.threshold = network, threshold
        self.added, self.rest, self.margin = None, None, math.inf

    def step(self, i, x, sigma):
        network = self.network
        before, text, emb = network.start(x, sigma)
        image, text = network.double(network.transformer.transformer_blocks[0], before, text, emb)
        added = image - before
        if self.added is not None:
            change = mean_abs(added - self.added) / mean_abs(self.added)
            self.margin = min(self.margin, abs(change / self.threshold - 1))
            if change <= self.threshold:
                return network.finish(image + self.rest, emb), "partial"
        last = network.blocks(image, text, emb, after=1)
        self.added, self.rest = added, last - image
        return network.finish(last, emb), "full"


class Toca:
    """ToCa on FLUX: between full steps attention is reused, and only some tokens go through the MLPs.

    `variant` paper runs the single blocks' last projection on all tokens, of which only the fresh ones have changed, and
    queries, keys and values of the fresh ones, which nothing reads: the same latents at a higher price, the one that the
    paper's table states.
    """

    AGE_WEIGHT = 0.25

    def __init__(self, network, first, every, fresh, variant="released"):
        self.network, self.rhythm, self.every = network, Rhythm(first, every), every
        self.fresh, self.variant, self.margin, self.last = fresh, variant, math.inf, None
        self.doubles = [{} for _ in network.transformer.transformer_blocks]
        self.singles = [{} for _ in network.transformer.single_transformer_blocks]

    def ratio(self, layer, kind):
        return self.fresh * (1.5 - layer / 27.0) * {"double": 0.4, "single": 1.6}[kind]

    def count(self, ratio, tokens):
        """Returns how many of the tokens are computed; float32, as in the published code."""
        return int(np.clip(np.float32(ratio), np.float32(0), np.float32(1)) * np.float32(tokens))

    def scores(self, state, module):
        """The attention a token receives, as a unit vector over the module's tokens, and how old its values are."""
        weights = state["weights"]
        weights = {"text": weights[:self.network.texts], "image": weights[self.network.texts:], "all": weights}[module]
        return F.normalize(weights, dim=0) + self.AGE_WEIGHT * state["ages"][module] / self.every

    def choose(self, state, module, ratio):
        """Returns the indices of the tokens to compute, and ages the others."""
        scores = self.scores(state, module)
        order = torch.argsort(scores, descending=True, stable=True)
        k = self.count(ratio, len(scores))
        if 0 < k < len(scores):
            least, next_best = scores[order[k - 1]].item(), scores[order[k]].item()
            self.margin = min(self.margin, (least - next_best) / max(abs(least), abs(next_best)))
        state["ages"][module] += 1
        state["ages"][module][order[:k]] = 0
        return order[:k]

    def full(self, image, text, emb):
        for block, state in zip(self.network.transformer.transformer_blocks, self.doubles):
            image, text = self.network.double(block, image, text, emb, state)
            state["ages"] = {"image": torch.zeros(image.shape[1]), "text": torch.zeros(text.shape[1])}
        x = torch.cat([text, image], dim=1)
        for block, state in zip(self.network.transformer.single_transformer_blocks, self.singles):
            x = self.network.single(block, x, emb, state)
            state["ages"] = {"all": torch.zeros(x.shape[1])}
        return x[:, self.network.texts:]

    def partial(self, image, text, emb):
        for layer, (block, state) in enumerate(zip(self.network.transformer.transformer_blocks, self.doubles)):
            ratio, attention = self.ratio(layer, "double"), state["attention"]
            _, *mod = block.norm1(image, emb=emb)
            image = image + mod[0][:, None] * block.attn.to_out[0](attention[:, self.network.texts:])
            fresh = self.choose(state, "image", ratio)
            state["image"][:, fresh] = mlp(block.ff, block.norm2, image[:, fresh], mod)
            image = image + mod[3][:, None] * state["image"]
            _, *mod = block.norm1_context(text, emb=emb)
            text = text + mod[0][:, None] * block.attn.to_add_out(attention[:, :self.network.texts])
            fresh = self.choose(state, "text", ratio)
            state["text"][:, fresh] = mlp(block.ff_context, block.norm2_context, text[:, fresh], mod)
            text = text + mod[3][:, None] * state["text"]
        x = torch.cat([text, image], dim=1)
        for layer, (block, state) in enumerate(zip(self.network.transformer.single_transformer_blocks, self.singles)):
            fresh = self.choose(state, "all", self.ratio(layer, "single"))
            norm, gate = block.norm(x[:, fresh], emb=emb)
            state["mlp"][:, fresh] = block.proj_mlp(norm)
            if self.variant == "paper":
                for unread in (block.attn.to_q, block.attn.to_k, block.attn.to_v):  # one matrix with proj_mlp there
                    unread(norm)
                state["total"] = block.proj_out(torch.cat([state["attention"], block.act_mlp(state["mlp"])], dim=2))
            else:
                joined = torch.cat([state["attention"][:, fresh], block.act_mlp(state["mlp"][:, fresh])], dim=2)
                state["total"][:, fresh] = block.proj_out(joined)
            x = x + gate[:, None] * state["total"]
        return x[:, self.network.texts:]

    def step(self, i, x, sigma):
        run, word = (self.full, "full") if self.rhythm.asks(i) else (self.partial, "partial")
        image, text, emb = self.network.start(x, sigma)
        return self.network.finish(run(image, text, emb), emb), word


class Duca(Toca):
    """DuCa on FLUX: after a full step, in turn, a ToCa step of random tokens and one that runs no block."""

    def __init__(self, network, first, every, fresh, seed):
        super().__init__(network, first, every, fresh)
        self.seed = seed

    def scores(self, state, module):
        texts = self.network.texts
        return {"text": self.draw[:texts], "image": self.draw[texts:], "all": self.draw}[module]

    def step(self, i, x, sigma):
        image, text, emb = self.network.start(x, sigma)
        if self.rhythm.asks(i):
            self.k, self.last, word = i, self.full(image, text, emb), "full"
        elif (i - self.k) % 2 == 1:
            generator = torch.Generator("cpu").manual_seed(self.seed + i)
            self.draw = torch.randn(text.shape[1] + image.shape[1], generator=generator)
            self.last, word = self.partial(image, text, emb), "partial"
        else:
            word = "skipped"
        return self.network.finish(self.last, emb), word


# What a stage makes of a spelling

def in_branches(spelling):
    """Tells whether true guidance needs one cache for each forward, and not one of the guided velocity."""
    name, settings = parse(spelling)
    return name in IN_BLOCKS or settings.get("feature") == "hidden"


def of_velocity(spelling, model, steps, planes, tokens):
    """Returns a cache around a model; `planes` makes the unpacked velocity [1, C, h, w] of a packed one, `tokens` undoes it."""
    name, settings = parse(spelling)
    if name == "easycache":
        return Easy(model, steps, **settings)
    return predicted(name, settings, steps, planes, tokens, model, lambda v, _sigma: v)


def of_network(spelling, network, steps, rows, columns):
    """Returns a cache inside a Network whose image tokens lie in `rows` and `columns`."""
    name, settings = parse(spelling)
    if name in IN_BLOCKS:
        return {"firstblock": FirstBlock, "toca": Toca, "duca": Duca}[name](network, **settings)

    def planes(image):
        return image.transpose(1, 2).unflatten(2, (rows, columns))

    def tokens(grid):
        return grid.flatten(2).transpose(1, 2)

    return predicted(name, settings, steps, planes, tokens, network.hidden,
                     lambda image, sigma: network.finish(image, network.embedding(sigma)))


def predicted(name, settings, steps, planes, tokens, compute, finish):
    rhythm = Rhythm(settings.get("first", 1), settings.get("every", 1), settings["steps"])
    assert all(step < steps for step in settings["steps"] or []), "a mask that does not fit"
    predictor = {
        "reuse": lambda: Line(order=0),
        "taylor": lambda: Line(settings["order"]),
        "linear": lambda: Line(over="sigma"),
        "dpcache": lambda: Line(),
        "freqca": lambda: Frequencies(settings["cut"], settings["order"], rhythm.first, planes, tokens),
    }[name]()
    return Predicted(rhythm, predictor, compute, finish)


# DPCache's calibration

def costs(features, gap=8):
    """Returns {(j, k, l): cost} of guessing the steps between k and l from j and k; l may be the number of steps."""
    n, table = len(features), {}
    for j, k in itertools.combinations(range(n), 2):
        for last in range(k + 1, min(n, k + gap) + 1):
            if k - j <= gap:
                table[j, k, last] = 0.0
                for t in range(k + 1, last):
                    line = Line()
                    line.see(j, None, features[j])
                    line.see(k, None, features[k])
                    table[j, k, last] += mean_abs(line.guess(t, None) - features[t])
    return table


def cheapest(table, n, count, first=2):
    """Returns the least cost, and the first of the lists of `count` computed steps that have it, or None."""
    best = {(first - 2, first - 1): (0.0, list(range(first)))}
    for _ in range(count - first):
        longer = {}
        for (j, k), (cost, steps) in best.items():
            for last in range(k + 1, n):
                if (j, k, last) in table:
                    found = (cost + table[j, k, last], steps + [last])
                    longer[k, last] = min(found, longer.get((k, last), found))
        best = longer
    ends = [(cost + table[j, k, n], steps) for (j, k), (cost, steps) in best.items() if (j, k, n) in table]
    return min(ends) if ends else None


def cheapest_of_all(table, n, count, first=2):
    """Returns the same as `cheapest`, by trying every list."""
    found = []
    for rest in itertools.combinations(range(first, n), count - first):
        steps = list(range(first)) + list(rest)
        triples = list(zip(steps, steps[1:], steps[2:] + [n]))[first - 2:]
        if all(triple in table for triple in triples):
            total = 0.0
            for triple in triples:
                total += table[triple]
            found.append((total, steps))
    return min(found) if found else None
