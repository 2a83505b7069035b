package io.bottleneck4j.torch.nn;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;

/** Root-mean-square normalisation over the last dimension with a learned scale [D]. */
public record RmsNorm(Tensor weight, double eps) {
    /** Reads {@code key.weight}. */
    public static RmsNorm of(Weights w, String key, int size, double eps) {
        return new RmsNorm(w.tensor(key + ".weight", size), eps);
    }

    /** x [.., D] → [.., D]. */
    public Tensor forward(Tensor x) {
        return Ops.rmsNorm(x, weight, eps);
    }
}
