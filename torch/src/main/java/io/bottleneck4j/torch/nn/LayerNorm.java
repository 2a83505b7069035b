package io.bottleneck4j.torch.nn;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;

/** Layer normalisation over the last dimension with learned scale and shift [D]. */
public record LayerNorm(Tensor weight, Tensor bias, double eps) {
    /** Reads {@code key.weight} and {@code key.bias}. */
    public static LayerNorm of(Weights w, String key, int size, double eps) {
        return new LayerNorm(w.tensor(key + ".weight", size), w.tensor(key + ".bias", size), eps);
    }

    /** x [.., D] → [.., D]. */
    public Tensor forward(Tensor x) {
        return Ops.layerNorm(x, weight, bias, eps);
    }
}
