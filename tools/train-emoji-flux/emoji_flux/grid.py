"""A grid of plans around the model's own, and what they cost and lose: the Pareto front of quality against time."""
import json

import numpy as np
from PIL import Image

from .classifier import Classifier
from .measure import Likeness, interval, judge

STEP_CUTS = (50, 30, 20, 15, 12, 10, 8, 6)
BASE = {"steps": (5, 16, 8), "strength": (.8, .6), "shift": (3, 2, 3), "low": .5}
CHANGES = {  # one knob at a time, then a few together
    "default": {},
    "long-low": {"steps": (5, 24, 8)},
    "short-low": {"steps": (5, 10, 8)},
    "shortest-low": {"steps": (5, 6, 8)},
    "long-first": {"steps": (8, 16, 8)},
    "short-first": {"steps": (3, 16, 8)},
    "long-last": {"steps": (5, 16, 14)},
    "short-last": {"steps": (5, 16, 5)},
    "weak-low": {"strength": (.6, .6)},
    "strong-last": {"strength": (.8, .8)},
    "weak-last": {"strength": (.8, .4)},
    "shift-2": {"shift": (2, 2, 2)},
    "shift-6": {"shift": (6, 4, 6)},
    "low-3/4": {"low": .75},
    "cut": {"steps": (3, 10, 5)},
    "cut-strong": {"steps": (3, 10, 5), "strength": (.8, .8)},
    "cut-more": {"steps": (2, 8, 4)},
    "cut-most": {"steps": (2, 5, 3)},
    "cascade": {"steps": (0, 16, 8)},
    "cascade-cut": {"steps": (0, 10, 5)},
}


def bottleneck(size, steps, strength, shift, low):
    """Returns the stages [(pixels, steps, strength, shift)]; 0 steps leave the first stage out."""
    small = round(size * low / 16) * 16
    first, middle, last = zip((size, small, size), steps, (1.0 if steps[0] else None, *strength), shift)
    if not steps[0]:
        return [(small, steps[1], 1.0, shift[1]), last]
    return [first, middle, last]


def plans(size, shift):
    """Returns {name: stages} of the whole grid; step cuts run with the model's own `shift`."""
    cuts = {f"steps-{n:02d}": [(size, n, 1.0, shift)] for n in STEP_CUTS}
    return cuts | {name.replace("/", "-of-"): bottleneck(size, **(BASE | change)) for name, change in CHANGES.items()}


def write_plans(folder, size, shift):
    """Writes each plan as a YAML file that `bottleneck4j compare --plan` takes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, stages in plans(size, shift).items():
        lines = [f"  - {{width: {px}, height: {px}, steps: {n}, strength: {w}, shift: {s}}}\n" for px, n, w, s in stages]
        (folder / f"{name}.yaml").write_text("stages:\n" + "".join(lines))
    print(f"{folder}: {len(plans(size, shift))} plans")


def right(kind_rows):
    """Whether all that a prompt asked for is there, as GenEval counts; likeness is no such question."""
    return all(value for name, value in kind_rows.items() if name != "likeness")


def judge_comparisons(classifier, archive, folders, prompts):
    """Returns {plan: {"right": [...], "likeness": [...], "seconds": [...], "flops": f, "forwards": n}} of `compare` folders.

    Values are in the order of the prompts, the same for each plan. Likeness is NaN where a prompt asks for several objects.
    """
    model, likeness = Classifier.load(classifier), Likeness(archive)
    wanted = {(p["prompt"], p["seed"]): p for p in json.loads(prompts.read_text())}
    out = {}
    for folder in folders:
        results = json.loads((folder / "results.json").read_text())
        if not results["complete"]:
            raise SystemExit(f"{folder}: the comparison is not complete; run the same `bottleneck4j compare` again")
        for made in results["pictures"]:
            prompt = wanted.get((made["prompt"], made["seed"]))
            if prompt is None:
                raise SystemExit(f"{folder}: '{made['prompt']}', seed {made['seed']}, is not in {prompts}; give the prompts it was made from")
            picture = np.asarray(Image.open(folder / made["file"]).convert("RGB"))
            values = {name: value[0] for name, value in judge(model, likeness, [picture], [prompt]).items()}
            row = out.setdefault(made["plan"], {"right": [], "likeness": [], "seconds": [], "flops": made["flops"],
                                                "forwards": made["forwards"]})
            row["right"].append(float(right(values)))
            row["likeness"].append(values.get("likeness", float("nan")))
            row["seconds"].append(made["seconds"])
    return out


def summary(rows, reference):
    """Means with intervals, median seconds, and the paired difference to `reference` with its interval, for each plan."""
    table = {}
    for name, row in rows.items():
        told = {"forwards": row["forwards"], "flops_ratio": round(row["flops"] / rows[reference]["flops"], 4),
                "seconds": round(float(np.median(row["seconds"])), 4)}
        for measure in ("right", "likeness"):
            mine, base = np.array(row[measure]), np.array(rows[reference][measure])
            there = ~np.isnan(mine)
            told[measure] = interval(mine[there])
            told[f"{measure}_difference"] = interval((mine - base)[there])
        table[name] = told
    return dict(sorted(table.items(), key=lambda item: item[1]["flops_ratio"]))


def front(table, measure, cost):
    """Names of the plans that no other plan beats in both `cost` and `measure`."""
    best, names = -np.inf, []
    for name, row in sorted(table.items(), key=lambda item: (item[1][cost], -item[1][measure]["mean"])):
        if row[measure]["mean"] > best:
            best = row[measure]["mean"]
            names.append(name)
    return names


def plot(table, file, cost):
    """Draws both measures against `cost` (flops_ratio or seconds), intervals, and the fronts."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(1, 2, figsize=(14, 6), layout="constrained")
    titles = {"right": "all that was asked is there (share of pictures)", "likeness": "likeness to the art (single objects)"}
    for axis, (measure, title) in zip(axes, titles.items()):
        best = front(table, measure, cost)
        for family, colour in (("step cut", "#777777"), ("several stages", "#c23b22")):
            rows = [(name, row) for name, row in table.items() if name.startswith("steps-") == (family == "step cut")]
            x = [row[cost] for _, row in rows]
            mean = np.array([row[measure]["mean"] for _, row in rows])
            spread = [mean - [row[measure]["low"] for _, row in rows], np.array([row[measure]["high"] for _, row in rows]) - mean]
            axis.errorbar(x, mean, yerr=spread, fmt="o", color=colour, elinewidth=.7, alpha=.85, label=family)
            for (name, row), at, value in zip(rows, x, mean):
                axis.annotate(name.removeprefix("steps-"), (at, value), xytext=(4, 4), textcoords="offset points", fontsize=7,
                              weight="bold" if name in best else "normal")
        axis.step([table[n][cost] for n in best], [table[n][measure]["mean"] for n in best], where="post", color="#333399",
                  linewidth=1, label="Pareto front")
        axis.set(title=title, xlabel={"flops_ratio": "FLOPs, of 50 plain steps", "seconds": "seconds of denoising, median"}[cost])
        axis.grid(alpha=.3)
        axis.legend(loc="lower right")
    figure.savefig(file, dpi=110)
    print(f"{file}: {len(table)} plans")
