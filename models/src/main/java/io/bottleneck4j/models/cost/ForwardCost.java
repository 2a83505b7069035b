package io.bottleneck4j.models.cost;

import io.bottleneck4j.core.latent.LatentShape;
import org.apiguardian.api.API;

/**
 * FLOPs of one forward of a transformer, its text length bound.
 *
 * <p>Matrix products are the only operations that are counted: a multiplication with its addition counts as two. Norms, activations,
 * softmax, biases, modulation's products and position embeddings are left out; they grow with S·D where these grow with S·D² and S²·D.
 * Source: the convention of arXiv 2503.18940, App. B.
 */
@API(status = API.Status.EXPERIMENTAL)
@FunctionalInterface
public interface ForwardCost {

    /**
     * FLOPs of one forward, above 0.
     *
     * @param shape of the latents {@code [C, F, H, W]}, in cells
     */
    double flops(LatentShape shape);

    /** {@code 2·S·in·out}: a linear layer over S tokens. */
    static double linear(long tokens, long in, long out) {
        return 2.0 * tokens * in * out;
    }

    /** {@code 4·S²·D}: queries by keys, then scores by values, of all heads together, of width D. */
    static double selfAttention(long tokens, long width) {
        return 4.0 * tokens * tokens * width;
    }
}
