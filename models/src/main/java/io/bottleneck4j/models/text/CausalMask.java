package io.bottleneck4j.models.text;

import io.bottleneck4j.torch.Tensor;

/** What each token may look at, as a bias of attention scores. */
final class CausalMask {
    private CausalMask() {}

    /**
     * [1, 1, L, L], float32: 0 where the key does not come after the query and is no padding, else −∞.
     *
     * @param tokens how many come before the padding, at least 1
     */
    static Tensor of(int length, int tokens) {
        float[] mask = new float[length * length];
        for (int query = 0; query < length; query++) {
            for (int key = Math.min(query + 1, tokens); key < length; key++) {
                mask[query * length + key] = Float.NEGATIVE_INFINITY;
            }
        }
        return Tensor.of(mask, 1, 1, length, length);
    }
}
