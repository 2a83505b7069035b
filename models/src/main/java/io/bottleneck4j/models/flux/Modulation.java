package io.bottleneck4j.models.flux;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;

/**
 * Scale, shift and gate of one branch, each [1, D]: {@code x + gate · branch(norm(x) · (1 + scale) + shift)}.
 *
 * <p>The batch is one image, so scale and shift are rows and serve as the weights of the layer normalisation itself: one
 * pass over x instead of three.
 */
record Modulation(Tensor shift, Tensor scale, Tensor gate) {
    static final double EPS = 1e-6;

    /** norm(x) · (1 + scale) + shift: x [1, L, D] → [1, L, D]. */
    Tensor normalise(Tensor x) {
        return normalise(x, shift, scale);
    }

    static Tensor normalise(Tensor x, Tensor shift, Tensor scale) {
        return Ops.layerNorm(x, scale.add(1).view(-1), shift.view(-1), EPS);
    }

    /** x + gate · branch. */
    Tensor addGated(Tensor x, Tensor branch) {
        return x.addcmul(gate, branch);
    }
}
