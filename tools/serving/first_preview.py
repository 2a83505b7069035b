"""How soon a picture can be seen: the time of the first preview beside that of the picture, for each plan of a server.

    bin/bottleneck4j serve --model emoji-flux &
    python3 tools/serving/first_preview.py http://127.0.0.1:8080 --rounds 7

Needs Python 3.11, nothing else. Plans are asked in turn, round by round, so that a busy moment meets all of them; medians are
printed. "low" is the preview at the end of the low stage, of which partial_images=1 is one; "first" the earliest of
partial_images=2, at the end of the first stage. Both cost a decoding, which the time of the picture holds; "without" is the
time of a picture without previews.
"""

import argparse
import json
import statistics
import time
import urllib.request


def events(base, body):
    """Yields the type of each event and the seconds until it came."""
    request = urllib.request.Request(
        base + "/v1/images/generations", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    start = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        for line in answer:
            if line.startswith(b"event: "):
                yield line[7:].strip().decode(), time.perf_counter() - start


def times(base, body, previews):
    """Seconds until the first preview, which may be None, and until the picture."""
    seen = list(events(base, body | {"stream": True, "partial_images": previews}))
    partial = [at for kind, at in seen if kind.endswith("partial_image")]
    return partial[0] if partial else None, next(at for kind, at in seen if kind.endswith("completed"))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("base")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--prompt", default="a panda on a green background, 3d style")
    given = options.parse_args()
    models = json.load(urllib.request.urlopen(given.base + "/v1/models"))["data"]
    model = next(model for model in models if model["kind"] == "picture")
    plans = [plan["name"] for plan in model["plans"]]
    found = {plan: {"low": [], "first": [], "with": [], "without": []} for plan in plans}
    for turn in range(given.rounds + 1):
        for plan in plans:
            body = {"prompt": given.prompt, "model": model["id"], "plan": plan, "seed": 4}
            low, done = times(given.base, body, 1)
            first, _ = times(given.base, body, 2)
            _, without = times(given.base, body, 0)
            if turn == 0:
                continue  # weights are loaded, code is compiled
            found[plan]["low"].append(low)
            found[plan]["first"].append(first)
            found[plan]["with"].append(done)
            found[plan]["without"].append(without)
    print(f"{'plan':16} {'first':>7} {'low':>7} {'with':>7} {'without':>8}  seconds, medians of {given.rounds}")
    for plan, columns in found.items():
        medians = [statistics.median(columns[name]) for name in ("first", "low", "with", "without")]
        print(f"{plan:16} {medians[0]:7.2f} {medians[1]:7.2f} {medians[2]:7.2f} {medians[3]:8.2f}")


if __name__ == "__main__":
    main()
