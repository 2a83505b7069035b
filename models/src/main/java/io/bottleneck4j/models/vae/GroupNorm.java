package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;

/** Normalisation of groups of channels with learned scale and shift [C]. */
record GroupNorm(Tensor weight, Tensor bias, int groups) implements Layer {
    private static final double EPS = 1e-6;

    static GroupNorm of(Weights w, String key, int channels, int groups) {
        return new GroupNorm(w.tensor(key + ".weight", channels), w.tensor(key + ".bias", channels), groups);
    }

    /** x [B, C, ..] → the same shape. */
    @Override
    public Tensor forward(Tensor x) {
        return Ops.groupNorm(x, groups, weight, bias, EPS);
    }

    /** The normalised values times their sigmoid, in one tensor's memory. */
    Tensor forwardSilu(Tensor x) {
        return Ops.siluInPlace(forward(x));
    }
}
