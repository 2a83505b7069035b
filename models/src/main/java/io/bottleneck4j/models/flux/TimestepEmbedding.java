package io.bottleneck4j.models.flux;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;

/** A number as a vector: 256 cosines and sines, then two layers. Source: diffusers embeddings.py@0.42.1, TimestepEmbedding. */
final class TimestepEmbedding {
    private static final int FREQUENCIES = 128;
    private static final double MAX_PERIOD = 10_000;

    private final Linear linear1;
    private final Linear linear2;

    TimestepEmbedding(Weights w, int dim) {
        linear1 = Linear.of(w, "linear_1", 2 * FREQUENCIES, dim);
        linear2 = Linear.of(w, "linear_2", dim, dim);
    }

    /** value (sigma or guidance) × 1000 → [1, D]. */
    Tensor forward(double value) {
        float timestep = (float) value * 1000f;
        Tensor frequencies = Tensor.arange(FREQUENCIES)
                .mul(-Math.log(MAX_PERIOD))
                .div(FREQUENCIES)
                .exp();
        // The angles reach 1000 radians: float32, whatever the model's type.
        Tensor angles = frequencies.mul(timestep).view(1, FREQUENCIES);
        Tensor waves = Ops.cat(1, angles.cos(), angles.sin());
        DType dtype = linear1.weight().dtype();
        return linear2.forward(
                Ops.silu(linear1.forward(waves.to(dtype).to(linear1.weight().device()))));
    }
}
