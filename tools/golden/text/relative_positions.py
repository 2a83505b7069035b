"""T5's relative position buckets as transformers computes them: golden/t5/relative-positions.json."""
import json
import os

import torch
import transformers
from transformers.models.t5.modeling_t5 import T5Attention

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.normpath(f"{HERE}/../../../models/src/test/resources/golden/t5/relative-positions.json")
# (buckets, greatest distance, farthest token): the published sizes, then odd and tiny ones.
SIZES = [(32, 128, 2048), (32, 64, 300), (64, 512, 1024), (10, 20, 40), (7, 9, 20), (4, 2, 5), (16, 200, 300)]


def runs(values):
    """Returns the values as pairs [bucket, how many times in a row]."""
    pairs = []
    for value in values:
        if pairs and pairs[-1][0] == value:
            pairs[-1][1] += 1
        else:
            pairs.append([value, 1])
    return pairs


def main():
    tables = []
    for buckets, distance, farthest in SIZES:
        relative = torch.arange(-farthest, farthest + 1)
        values = T5Attention._relative_position_bucket(relative, True, buckets, distance).tolist()
        tables.append({"buckets": buckets, "max_distance": distance, "farthest": farthest, "runs": runs(values)})
    info = {
        "generator": "tools/golden/text/relative_positions.py",
        "source": "transformers T5Attention._relative_position_bucket, bidirectional",
        "versions": {"torch": torch.__version__.split("+")[0], "transformers": transformers.__version__},
        "note": "runs: [bucket, count] from distance -farthest to farthest",
        "tables": tables,
    }
    with open(OUT, "w", encoding="utf-8") as file:
        json.dump(info, file)
        file.write("\n")


if __name__ == "__main__":
    main()
