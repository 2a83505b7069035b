"""Runs with step caches and other stage methods: golden/caches/*.safetensors, from a prompt's states to clean latents."""
import contextlib
import json
import math
from unittest import mock

import torch

import caches_reference as caches
import case
import flux_reference
from flux_reference import Stage
from make_pipeline import NEGATIVE, PROMPT, folder_of, load

PLAN = [Stage(64, 96, 8, 1.0, 9.0), Stage(32, 48, 15, 0.8, 6.0), Stage(64, 96, 14, 0.6, 9.0)]
UNEVEN = [Stage(64, 96, 6, 1.0, 9.0), Stage(32, 48, 11, 0.85, 6.0), Stage(64, 96, 9, 0.6, 9.0)]
UP = [Stage(32, 48, 12, 1.0, 6.0), Stage(64, 96, 12, 0.9, 9.0)]
LENGTH = 32

# Decisions must not lie where float rounding could turn them: relative distances
LEAST_MARGIN = {"easycache": 1e-3, "firstblock": 1e-3, "toca": 1e-5, "duca": 1e-5}
# Rounding differences grow to about 5e-6; a wrong rule moves the latents by more than this
TOLERANCE, WRONG = 1e-4, 1e-3


def spelled(cache):
    """Returns the spellings of a cache of one or all stages."""
    return [spelling for spelling in (cache if isinstance(cache, list) else [cache]) if spelling]


def not_restarted(spelling):
    """Returns for each stage of PLAN a spelling whose rhythm runs on from the stage before."""
    name, settings = caches.parse(spelling)
    rhythm, lists, offset = caches.Rhythm(settings["first"], settings["every"], settings["steps"]), [], 0
    for steps in (8, 12, 9):
        asks = [0] + [i for i in range(1, steps) if rhythm.asks(offset + i)]
        lists.append(f"{name}:steps={'.'.join(map(str, asks))},feature={settings['feature']}")
        offset += steps
    return lists


class EveryDifference(caches.Frequencies):
    """Differences from the first step on."""

    def __init__(self, cut, order, first, planes, tokens):
        super().__init__(cut, order, 1, planes, tokens)


class OtherTurn(caches.Duca):
    """The step that runs no block comes first."""

    def step(self, i, x, sigma):
        self.k = getattr(self, "k", 0) if self.rhythm.asks(i) else self.k + 1
        return super().step(i, x, sigma)


def wrong_rules(cache):
    """Returns {what is wrong: (cache, patch)} for a cache of all stages."""
    name, settings = caches.parse(cache)
    base = name + ":" + ",".join(f"{key}={value}" for key, value in settings.items() if key not in ("every", "steps"))
    right = contextlib.nullcontext
    rules = {}
    if settings.get("every") and not settings.get("steps"):
        rules["every + 1"] = (f"{base},every={settings['every'] + 1}", right)
    if name in ("reuse", "taylor", "linear"):
        if not settings["steps"] and settings["every"] != 2:  # PLAN's first stages are even
            rules["not restarted"] = (not_restarted(cache), right)
        rules["other feature"] = (cache.replace("feature=hidden", "") if "hidden" in cache else
                                  cache + (":" if ":" not in cache else ",") + "feature=hidden", right)
    if name == "freqca":
        if settings["first"] > 2 and settings["order"] > 1:
            rules["differences from step 1 on"] = (
                cache, lambda: mock.patch.object(caches, "Frequencies", EveryDifference))
        rules["no slow waves"] = (f"{base},every={settings['every']}".replace(f"cut={settings['cut']}", "cut=-1"), right)
        rules["scale 1"] = (cache, lambda: mock.patch.object(caches.Frequencies, "SCALE", 1.0))
    if name in ("toca", "duca"):
        fewest = mock.patch.object(torch, "argsort", lambda x, descending, stable: torch.sort(-x, descending=descending)[1])
        rules["the least scores"] = (cache, lambda: fewest)
    if name == "toca" and settings["every"] > 2:
        rules["no ages"] = (cache, lambda: mock.patch.object(caches.Toca, "AGE_WEIGHT", 0.0))
    if name == "duca":
        rules["other seed"] = (cache + (":" if ":" not in cache else ",") + "seed=99", right)
        rules["other turn"] = (cache, lambda: mock.patch.object(caches, "Duca", OtherTurn))
    return rules


class Maker:
    """Saves cases and prints what wrong rules would give."""

    def __init__(self):
        self.pipes = {}

    def pipe(self, model):
        if model not in self.pipes:
            self.pipes[model] = load(folder_of(model)[1])
        return self.pipes[model]

    def save(self, model, name, cache, plan=None, seed=1, negative=None, true_cfg=1.0, rounding="img2img", grid="uniform",
             until=None, amplify=0.0):
        plan, pipe = plan or PLAN, self.pipe(model)
        settings = {"seed": seed, "guidance": 3.5, "resampler": "lanczos", "max_length": LENGTH, "rounding": rounding,
                    "renoise": True, "negative": negative, "true_cfg": true_cfg, "cache": cache, "grid": grid,
                    "until": until, "amplify": amplify}
        result = flux_reference.run(pipe, PROMPT, plan, **settings)
        self.check(pipe, name, plan, settings, result)
        tensors = {}
        for prefix, prompt in (("prompt", PROMPT), ("negative", negative)):
            if prompt is not None:
                embeds, pooled, _ = pipe.encode_prompt(prompt=prompt, prompt_2=None, max_sequence_length=LENGTH)
                tensors |= {f"{prefix}.embeds": embeds, f"{prefix}.pooled": pooled}
        for index in range(len(plan)):
            tensors |= {f"noise.{index}": result.noise[index], f"clean.{index}": result.clean[index]}
        margin = min(result.margins)
        case.save("make_caches.py", "caches", f"{model}-{name}", tensors | {"latents": result.latents},
                  "caches_reference.py on diffusers FluxTransformer2DModel", TOLERANCE if true_cfg == 1 else 5 * TOLERANCE,
                  folder=folder_of(model)[0], prompt=PROMPT, **settings, stages=[stage._asdict() for stage in plan],
                  sigmas=result.sigmas, computed=result.computed, margin=margin if math.isfinite(margin) else None)

    def check(self, pipe, name, plan, settings, result):
        """Holds decisions apart, and prints how far wrong rules and the plain run are."""
        for spelling in spelled(settings["cache"]):
            least = LEAST_MARGIN.get(caches.parse(spelling)[0], 0)
            assert min(result.margins) > least, f"{name}: a decision is only {min(result.margins)} from another"
        if isinstance(settings["cache"], str) and not settings["negative"]:
            for wrong, (cache, patch) in wrong_rules(settings["cache"]).items():
                with patch():
                    other = flux_reference.run(pipe, PROMPT, plan, **{**settings, "cache": cache})
                self.show(name, wrong, other, result)
        plain = {**settings, "cache": None, "grid": "uniform", "until": None, "amplify": 0.0}
        if settings != plain and settings["cache"] not in ("easycache", "firstblock"):
            self.show(name, "plain", flux_reference.run(pipe, PROMPT, plan, **plain), result)

    @staticmethod
    def show(name, wrong, other, result):
        distance = (other.latents - result.latents).abs().max().item()
        print(f"  {name}, {wrong}: latents differ by {distance:.1e}")
        assert distance > WRONG, f"{name}: {wrong} would pass"


def both_decisions(model, maker, cache):
    """Holds that in at least two stages of PLAN the cache both asks and does not, after the steps it must ask."""
    result = flux_reference.run(maker.pipe(model), PROMPT, PLAN, seed=1, max_length=LENGTH, cache=cache)
    must = caches.parse(cache)[1].get("first", 1)
    free = [set(words[must:-1]) for words in result.computed]
    assert sum(len(words) == 2 for words in free) >= 2, f"{cache} on {model}: {result.computed}"


def check_networks(maker):
    """Holds that the transformer run module by module is the transformer."""
    for model in ("tiny-a", "tiny-b"):
        pipe = maker.pipe(model)
        plain = flux_reference.run(pipe, PROMPT, PLAN, seed=1, max_length=LENGTH)
        for cache in ("firstblock:threshold=1e-9", "toca:first=99", "duca:first=99", "taylor:first=99,feature=hidden"):
            other = flux_reference.run(pipe, PROMPT, PLAN, seed=1, max_length=LENGTH, cache=cache)
            distance = (other.latents - plain.latents).abs().max().item()
            assert other.forwards == plain.forwards and distance < 1e-5, f"{cache} on {model}: {distance}"


def cases(save):
    save("tiny-a", "plain", None)
    save("tiny-a", "reuse", "reuse")
    save("tiny-b", "reuse-every-3", "reuse:every=3")
    save("tiny-a", "reuse-steps", "reuse:steps=0.1.4.7")
    save("tiny-b", "reuse-hidden", "reuse:feature=hidden")
    save("tiny-a", "taylor", "taylor")
    save("tiny-b", "taylor-first-3-every-2", "taylor:first=3,every=2")
    save("tiny-b", "taylor-order-0", "taylor:order=0")
    save("tiny-a", "taylor-hidden", "taylor:feature=hidden")
    save("tiny-a", "linear", "linear")
    save("tiny-b", "linear-every-2", "linear:every=2")
    save("tiny-b", "linear-hidden", "linear:feature=hidden")
    save("tiny-a", "freqca", "freqca")
    save("tiny-b", "freqca-cut", "freqca:first=2,every=4,cut=0.3")
    save("tiny-a", "freqca-order-1", "freqca:order=1,every=2")
    save("tiny-b", "freqca-hidden", "freqca:feature=hidden")
    save("tiny-a", "dpcache", "dpcache:steps=0.1.3.6")
    save("tiny-b", "dpcache-stages", ["dpcache:steps=0.1.3.6", "dpcache:steps=0.1.2.5.9",
                                      "dpcache:steps=0.1.4.7,feature=hidden"])
    save("tiny-a", "easycache", "easycache")
    save("tiny-a", "easycache-threshold", EASY["tiny-a"])
    save("tiny-b", "easycache-threshold", EASY["tiny-b"])
    save("tiny-a", "firstblock", "firstblock")
    save("tiny-a", "firstblock-threshold", FIRST["tiny-a"])
    save("tiny-b", "firstblock-threshold", FIRST["tiny-b"])
    save("tiny-a", "toca", "toca")
    save("tiny-b", "toca", "toca")
    save("tiny-a", "toca-every-4", "toca:every=4")
    save("tiny-b", "toca-every-4-fresh", "toca:every=4,fresh=0.4")
    save("tiny-a", "toca-paper", "toca:variant=paper")
    save("tiny-b", "toca-paper-every-4", "toca:every=4,fresh=0.4,variant=paper")
    save("tiny-a", "duca", "duca")
    save("tiny-b", "duca-every-4", "duca:every=4,fresh=0.4,seed=7")
    save("tiny-a", "taylor-true-cfg", "taylor", negative=NEGATIVE, true_cfg=3.0)
    save("tiny-b", "linear-hidden-true-cfg", "linear:feature=hidden", negative=NEGATIVE, true_cfg=2.0)
    save("tiny-a", "toca-true-cfg", "toca:every=4,fresh=0.3", seed=2, negative=NEGATIVE, true_cfg=3.0)
    save("tiny-a", "mixed", ["taylor", "toca:every=4", "freqca:feature=hidden"])
    save("tiny-b", "mixed-with-none", [None, "linear", "firstblock:threshold=0.8"])
    save("tiny-a", "ralu", None, plan=UNEVEN, grid="ralu")
    save("tiny-b", "ralu-floor", None, plan=UNEVEN, grid="ralu", rounding="floor")
    save("tiny-a", "dct", None, plan=UP, until=[0.6, None])
    save("tiny-b", "dct-in-three-stages", None, plan=UNEVEN, until=[None, 0.5, None])
    save("tiny-a", "amplifier", None, amplify=1.0)
    save("tiny-b", "all-methods", ["linear", "toca:every=3", "taylor"], plan=UNEVEN, grid="ralu", until=[None, 0.5, None],
         amplify=0.5)


EASY = {"tiny-a": "easycache:threshold=1.9,first=3", "tiny-b": "easycache:threshold=2,first=2"}
FIRST = {"tiny-a": "firstblock:threshold=0.5", "tiny-b": "firstblock:threshold=0.8"}


def main():
    case.prepare()
    maker = Maker()
    check_networks(maker)
    for model in ("tiny-a", "tiny-b"):
        both_decisions(model, maker, EASY[model])
        both_decisions(model, maker, FIRST[model])
    cases(maker.save)
    numbers()


# core: numbers without a model

FEATURES = f"{case.REPOSITORY}/core/src/test/resources/golden/caches.json"


def prediction(shape, generator, cut, order, first, computed, asked):
    """Returns FreqCa's predictions: after each computed step, those of the asked steps before the next."""
    channels, _, h, w = shape
    frequencies = caches.Frequencies(cut, order, first, lambda v: v, lambda v: v)
    features = {step: torch.randn(shape, generator=generator) for step in computed}
    found = []
    for step in range(max(computed + asked) + 1):
        if step in computed:
            frequencies.see(step, None, features[step])
        elif step in asked:
            found.append({"step": step, "values": frequencies.guess(step, None).flatten().tolist()})
    return {"shape": list(shape), "cut": cut, "order": order, "first": first,
            "computed": [{"step": step, "values": features[step].flatten().tolist()} for step in computed],
            "predicted": found}


def schedule_of(features, count, first=2, gap=8):
    """Returns DPCache's schedule of `count` computed steps, which every other list of steps is held against."""
    table = caches.costs(features, gap)
    best = caches.cheapest(table, len(features), count, first)
    assert best == caches.cheapest_of_all(table, len(features), count, first), "the programme is not exact"
    cost, steps = best or (None, None)
    return {"features": [feature.tolist() for feature in features], "count": count, "first": first, "gap": gap,
            "steps": steps, "cost": cost}


def walk(n, generator):
    """Returns n features of four values that wander as those of a model do: large changes first, small ones later."""
    slopes = torch.randn(n, 4, generator=generator) * torch.linspace(1, 0.2, n)[:, None]
    return list((slopes.cumsum(0).cumsum(0) * 0.1).float())


def numbers():
    generator = torch.Generator("cpu").manual_seed(301)
    predictions = [
        prediction((2, 1, 5, 6), generator, 0.1, 2, 3, [0, 1, 2, 5, 8], [3, 4, 6, 7, 9, 10]),
        prediction((1, 2, 4, 4), generator, 0.3, 2, 1, [0, 2, 5], [1, 3, 4, 6, 7]),
        prediction((1, 2, 4, 4), generator, 0.5, 1, 2, [0, 1, 4], [2, 3, 5]),
    ]
    schedules = [schedule_of(walk(n, generator), count, first, gap) for n, count, first, gap in (
        (5, 3, 2, 8), (7, 4, 2, 8), (8, 3, 2, 8), (10, 5, 2, 8), (11, 6, 3, 4), (12, 7, 2, 3))]
    schedules.append(schedule_of([torch.zeros(4)] * 12, 4))  # all lists cost the same: the first of them
    schedules.append(schedule_of(walk(12, generator), 2))  # no list keeps the gaps
    with open(FEATURES, "w", encoding="utf-8") as file:
        json.dump({"generator": "tools/golden/make_caches.py", "versions": case.versions(), "freqca": predictions,
                   "dpcache": schedules}, file)
        file.write("\n")
    print(FEATURES)


if __name__ == "__main__":
    main()
