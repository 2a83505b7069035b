package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.nn.Linear;
import java.nio.FloatBuffer;
import java.util.List;

/** A number as a vector: 256 cosines and sines, then two layers. Source: diffusers embeddings.py@0.42.1, TimestepEmbedding. */
public final class TimestepEmbedding {
    public static final int FREQUENCIES = 128;
    private static final double MAX_PERIOD = 10_000;

    private final Linear linear1;
    private final Linear linear2;
    private final float scale;

    /** {@code linear_1} and {@code linear_2} of the transformer's width; values count thousandfold. */
    public TimestepEmbedding(Weights w, int dim) {
        this(Linear.of(w, "linear_1", 2 * FREQUENCIES, dim), Linear.of(w, "linear_2", dim, dim), 1000);
    }

    /**
     * Of layers that a model names itself.
     *
     * @param linear1 from the 256 waves
     * @param linear2 to the vector
     * @param scale what values are multiplied by, in float32
     */
    public TimestepEmbedding(Linear linear1, Linear linear2, double scale) {
        this.linear1 = linear1;
        this.linear2 = linear2;
        this.scale = (float) scale;
    }

    /** values (sigma or guidance) → [values, D]. */
    public Tensor forward(List<Double> values) {
        FloatBuffer waves = FloatBuffer.allocate(values.size() * 2 * FREQUENCIES);
        values.forEach(value -> waves.put(waves(value.floatValue() * scale)));
        Tensor rows = Tensor.of(waves.flip(), values.size(), 2 * FREQUENCIES);
        return linear2.forward(Ops.silu(linear1.forward(rows.to(linear1.dtype()).to(linear1.device()))));
    }

    /**
     * Cosines, then sines. The angles are float32 whatever the model's type, as in diffusers. They reach 1000 radians, 6000 for
     * HunyuanVideo's guidance: there the last bit of a frequency, which libraries round differently, moves a wave by 2e-4.
     */
    private static float[] waves(float timestep) {
        float[] waves = new float[2 * FREQUENCIES];
        for (int i = 0; i < FREQUENCIES; i++) {
            float frequency = (float) Math.exp((float) -Math.log(MAX_PERIOD) * i / FREQUENCIES);
            float angle = timestep * frequency;
            waves[i] = (float) Math.cos(angle);
            waves[FREQUENCIES + i] = (float) Math.sin(angle);
        }
        return waves;
    }
}
