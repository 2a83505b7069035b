package io.bottleneck4j.torch.nn;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import org.jspecify.annotations.Nullable;

/** A fully connected layer: weight [out, in], bias [out] or none. */
public record Linear(Tensor weight, @Nullable Tensor bias) {
    /** Reads {@code key.weight} and {@code key.bias}. */
    public static Linear of(Weights w, String key, int in, int out) {
        return new Linear(w.tensor(key + ".weight", out, in), w.tensor(key + ".bias", out));
    }

    /** Reads {@code key.weight}; there is no bias. */
    public static Linear withoutBias(Weights w, String key, int in, int out) {
        return new Linear(w.tensor(key + ".weight", out, in), null);
    }

    /** x [.., in] → [.., out]. */
    public Tensor forward(Tensor x) {
        return Ops.linear(x, weight, bias);
    }
}
