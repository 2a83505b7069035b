"""Times a picture's share of a forward of several: whether requests of equal size would gain by sharing forwards.

`python bench_batch.py [--model medium|real|tiny] [--dtype float32|bfloat16] [--tokens 256+64] [--threads 2] [--repeats 9]
[--batches 1,2,4,8]`; models and tokens as in bench_forward.py. diffusers' FluxTransformer2DModel takes batches, ours takes
one picture. Batches are timed in turn, so that a busy moment meets all; printed are the medians of the time of a picture by
that in a batch of one, with the smallest and largest.
"""

import argparse
import json
import statistics
import time

import bench_forward
import torch


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--model", default="medium")
    options.add_argument("--dtype", default="float32")
    options.add_argument("--tokens", default="256+64")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--repeats", type=int, default=9)
    options.add_argument("--batches", default="1,2,4,8")
    given = options.parse_args()
    torch.set_num_threads(given.threads)
    dtype = getattr(torch, given.dtype)
    model = bench_forward.build(given.model, dtype, "cpu")
    image_tokens, text_tokens = map(int, given.tokens.split("+"))
    one = bench_forward.inputs(model.config, image_tokens, text_tokens, dtype, "cpu")
    batches = list(map(int, given.batches.split(",")))
    ratios = {batch: [] for batch in batches}
    with torch.no_grad():
        for run in range(-1, given.repeats):  # the first warms up
            alone = None
            for batch in batches:
                several = {
                    name: value
                    if name.endswith("_ids") or not torch.is_tensor(value)
                    else value.expand(batch, *value.shape[1:]).contiguous()
                    for name, value in one.items()
                }
                start = time.perf_counter()
                model(**several)
                seconds = (time.perf_counter() - start) / batch
                alone = seconds if alone is None else alone
                if run >= 0:
                    ratios[batch].append(seconds / alone)
    for batch, found in ratios.items():
        print(
            json.dumps(
                {
                    "model": given.model,
                    "dtype": given.dtype,
                    "tokens": given.tokens,
                    "threads": given.threads,
                    "batch": batch,
                    "time_of_a_picture": round(statistics.median(found), 3),
                    "from": round(min(found), 3),
                    "to": round(max(found), 3),
                }
            )
        )


if __name__ == "__main__":
    main()
