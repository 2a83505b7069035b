package io.bottleneck4j.models.cost;

import io.bottleneck4j.core.cache.OverFeature;
import io.bottleneck4j.core.cache.TokenCache;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.StepCache;
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

    /**
     * FLOPs of one step of a stage that has a cache.
     *
     * @param cache the stage's
     * @param forward what the step runs; an open one counts as full, so that a plan never costs more than was said
     */
    default double flops(LatentShape shape, StepCache cache, Forward forward) {
        return switch (forward) {
            case FULL, OPEN -> flops(shape);
            case PARTIAL -> partial(shape, cache);
            case SKIPPED ->
                cache.isInside() ? partial(shape, cache instanceof OverFeature ? cache : StepCache.NONE) : 0;
        };
    }

    /**
     * FLOPs of what a cache inside the model leaves of a forward.
     *
     * @param cache whose partial step it is; none, or one over a feature, where no block runs at all
     */
    default double partial(LatentShape shape, StepCache cache) {
        throw new UnsupportedOperationException("cache: what " + cache + " leaves of a forward is not known here");
    }

    /**
     * FLOPs of all blocks in a partial step of a cache: FLUX's and HunyuanVideo's blocks have the same products.
     *
     * @param text tokens
     * @param image tokens
     * @param dim width
     * @param mlpDim width of a feed-forward's middle
     * @param layers double-stream blocks
     * @param singleLayers single-stream blocks
     */
    static double partialBlocks(
            StepCache cache, long text, long image, long dim, long mlpDim, int layers, int singleLayers) {
        long joint = text + image;
        if (!(cache instanceof TokenCache tokens)) {
            return 0;
        }
        double sum = 0;
        for (int i = 0; i < layers; i++) {
            long fresh = (long) tokens.fresh(text, i, false) + tokens.fresh(image, i, false);
            sum += linear(fresh, dim, mlpDim) + linear(fresh, mlpDim, dim);
            sum += tokens.kind() == TokenCache.Kind.DUCA ? 0 : linear(joint, dim, dim); // DuCa keeps it projected
        }
        for (int i = 0; i < singleLayers; i++) {
            long fresh = tokens.fresh(joint, i, true);
            boolean paper = tokens.kind() == TokenCache.Kind.TOCA_PAPER;
            sum += linear(fresh, dim, mlpDim + (paper ? 3 * dim : 0))
                    + linear(paper ? joint : fresh, dim + mlpDim, dim);
        }
        return sum;
    }

    /** {@code 2·S·in·out}: a linear layer over S tokens. */
    static double linear(long tokens, long in, long out) {
        return 2.0 * tokens * in * out;
    }

    /** {@code 4·S²·D}: queries by keys, then scores by values, of all heads together, of width D. */
    static double selfAttention(long tokens, long width) {
        return 4.0 * tokens * tokens * width;
    }
}
