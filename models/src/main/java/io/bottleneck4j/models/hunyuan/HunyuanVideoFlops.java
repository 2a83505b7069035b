package io.bottleneck4j.models.hunyuan;

import static io.bottleneck4j.models.cost.ForwardCost.linear;
import static io.bottleneck4j.models.cost.ForwardCost.selfAttention;

import io.bottleneck4j.core.cache.FirstBlockCache;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.models.cost.ForwardCost;

/**
 * FLOPs of one forward of a HunyuanVideoTransformer3DModel as arXiv 2503.18940 counts them: the layers alone, by Eq. 10 with its last
 * term, {@code 24·S·D² + 4·S²·D + 2·S²·n} over the S tokens of text and video together. 129 frames of 1280 × 720 pixels with 256 text
 * tokens come to 12,109.19 T, 605,459.49 T for 50 forwards, the figure of the paper's Table 2.
 *
 * <p>Unlike for FLUX, where the paper's figure has them, embedders, text refiner, modulation and output projection are left out: some
 * .002 % at that size. The last term is no matrix product but what is done to each head's scores, .3 %.
 *
 * @param textTokens Llama tokens, at least 1
 */
public record HunyuanVideoFlops(HunyuanVideoConfig config, int textTokens) implements ForwardCost {
    /** Operations on each score beside the products: scaling and softmax. */
    private static final double PER_SCORE = 2;

    public HunyuanVideoFlops {
        if (textTokens < 1) {
            throw new IllegalArgumentException("text tokens: must be at least 1, not " + textTokens);
        }
    }

    @Override
    public double flops(LatentShape shape) {
        long tokens = textTokens + videoTokens(config, shape);
        return (config.numLayers() + config.numSingleLayers()) * layer(tokens);
    }

    /** The convention counts blocks alone. */
    @Override
    public double partial(LatentShape shape, StepCache cache) {
        long video = videoTokens(config, shape);
        long dim = config.innerDim();
        return (cache instanceof FirstBlockCache ? layer(textTokens + video) : 0)
                + ForwardCost.partialBlocks(
                        cache,
                        textTokens,
                        video,
                        dim,
                        (long) (dim * config.mlpRatio()),
                        config.numLayers(),
                        config.numSingleLayers());
    }

    /** A block of either kind; a single-stream block's wide layers are those of a double-stream block, joined. */
    private double layer(long tokens) {
        long dim = config.innerDim();
        long middle = (long) (dim * config.mlpRatio());
        return linear(tokens, dim, 3 * dim)
                + selfAttention(tokens, dim)
                + PER_SCORE * tokens * tokens * config.numAttentionHeads()
                + linear(tokens, dim, dim)
                + linear(tokens, dim, middle)
                + linear(tokens, middle, dim);
    }

    /** Tokens of a video: a patch of cells each, in some frames. */
    public static long videoTokens(HunyuanVideoConfig config, LatentShape shape) {
        return (long) (shape.frames() / config.patchSizeT())
                * (shape.height() / config.patchSize())
                * (shape.width() / config.patchSize());
    }
}
