package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;

/**
 * Shift, scale and gate of one branch: {@code x + gate · branch(norm(x) · scale + shift)}, where the checkpoint's layers say how far
 * the scale is from 1.
 *
 * <p>The batch is one image, so scale and shift are rows and serve as the weights of the layer normalisation itself: one pass over x
 * instead of three.
 *
 * @param shift [D]
 * @param scale [D], the 1 added
 * @param gate [D]
 */
public record Modulation(Tensor shift, Tensor scale, Tensor gate) {
    private static final double EPS = 1e-6;

    /** Of a table's rows: shift, scale, gate, from {@code first} on. */
    public static Modulation of(Tensor rows, int first) {
        return new Modulation(rows.select(0, first), rows.select(0, first + 1), rows.select(0, first + 2));
    }

    /** norm(x) · scale + shift: x [1, L, D] → [1, L, D]. */
    public Tensor normalise(Tensor x) {
        return normalise(x, shift, scale);
    }

    /** The same of rows by themselves. */
    public static Tensor normalise(Tensor x, Tensor shift, Tensor scale) {
        return Ops.layerNorm(x, scale, shift, EPS);
    }

    /** x + gate · branch. */
    public Tensor addGated(Tensor x, Tensor branch) {
        return x.addcmul(gate, branch);
    }
}
