"""Counts the matrix products of ToCa and DuCa on FLUX.1-dev at 1024 px, 50 steps, and compares with what papers print.

Nothing is computed: the transformer lies on torch's meta device, and torch's counter adds 2 m n k for each product.
Printed: ToCa's 2458.06 T stands in Bottleneck Sampling's Table 1 too; the others are of TaylorSeer's and DuCa's tables.
Their code rounds each step to .01 T before it adds, and counts what is no product as well: 74.39 T a full step,
6.16 T a partial one. DuCa's number results if partial steps keep attention after its projection, which is 1.65 T less.
"""
import torch
from diffusers import FluxTransformer2DModel
from torch.utils.flop_counter import FlopCounterMode

import caches_reference as caches
from flux_reference import image_ids

STEPS, TEXTS = 50, 512


def first_ones(self, state, module, ratio):
    """As Toca.choose, but which tokens does not matter, and on the meta device no one can tell."""
    tokens = state["ages"][module].shape[0]
    return torch.arange(self.count(ratio, tokens), device="meta")


def main():
    torch.set_grad_enabled(False)
    caches.Toca.choose = first_ones
    with torch.device("meta"):
        transformer = FluxTransformer2DModel(guidance_embeds=True)
        text = (torch.empty(1, TEXTS, 4096), torch.empty(1, 768), torch.zeros(TEXTS, 3))
        ids, x, guidance = image_ids(128, 128), torch.empty(1, 4096, 64), torch.tensor([3.5])

        def cost(cache, i):
            with FlopCounterMode(display=False) as counter:
                _, word = cache.step(i, x, 0.5)
            return word, counter.get_total_flops() / 1e12

        for spelling, printed in (("toca", None), ("toca:variant=paper", 2458.06), ("toca:every=4", 1263.22),
                                  ("toca:every=5", 1126.76), ("toca:every=6", 990.30), ("duca", 978.76)):
            cache = caches.of_network(spelling, caches.Network(transformer, text, guidance, ids), STEPS, 64, 64)
            steps = [cost(cache, i) for i in range(cache.rhythm.first + cache.every)]
            steps += (STEPS - len(steps)) * steps[-cache.every:]
            steps = steps[:STEPS]
            each = dict(steps)
            words = [word for word, _ in steps]
            print(f"{spelling}: {sum(flops for _, flops in steps):.2f} T, printed {printed}; " + ", ".join(
                f"{words.count(word)} {word} of {each[word]:.4f} T" for word in each))


if __name__ == "__main__":
    main()
