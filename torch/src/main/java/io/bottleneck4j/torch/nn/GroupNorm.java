package io.bottleneck4j.torch.nn;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;

/** Normalisation of groups of channels with learned scale and shift [C]. */
public record GroupNorm(Tensor weight, Tensor bias, int groups, double eps) {
    /** Reads {@code key.weight} and {@code key.bias}. */
    public static GroupNorm of(Weights w, String key, int channels, int groups, double eps) {
        return new GroupNorm(w.tensor(key + ".weight", channels), w.tensor(key + ".bias", channels), groups, eps);
    }

    /** x [B, C, ..] → the same shape. */
    public Tensor forward(Tensor x) {
        return Ops.groupNorm(x, groups, weight, bias, eps);
    }

    /** The normalised values times their sigmoid, in one tensor's memory. */
    public Tensor forwardSilu(Tensor x) {
        return Ops.siluInPlace(forward(x));
    }
}
