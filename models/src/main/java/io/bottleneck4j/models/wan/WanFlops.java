package io.bottleneck4j.models.wan;

import io.bottleneck4j.core.cache.FirstBlockCache;
import io.bottleneck4j.core.cache.OverFeature;
import io.bottleneck4j.core.cache.TokenCache;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.mmdit.TimestepEmbedding;

/**
 * FLOPs of one forward of a WanTransformer3DModel: every matrix product it does, layer by layer.
 *
 * @param textTokens that it attends to, padding included: 512 in WanPipeline
 */
public record WanFlops(WanTransformer3DConfig config, int textTokens) implements ForwardCost {
    public WanFlops {
        if (textTokens < 1) {
            throw new IllegalArgumentException("text tokens: must be at least 1, not " + textTokens);
        }
    }

    @Override
    public double flops(LatentShape shape) {
        int tokens = videoTokens(shape);
        return outsideBlocks(tokens) + config.numLayers() * block(tokens);
    }

    /** A cache's steps modulate and project as all do, and embed where hidden states are not what is remembered. */
    @Override
    public double partial(LatentShape shape, StepCache cache) {
        if (cache instanceof TokenCache) {
            throw new IllegalArgumentException(
                    "cache: " + cache + " is not for Wan, whose blocks have other products; use taylor or firstblock");
        }
        int tokens = videoTokens(shape);
        return outsideBlocks(tokens)
                - (cache instanceof OverFeature ? ForwardCost.linear(tokens, config.tokenDim(), config.innerDim()) : 0)
                + (cache instanceof FirstBlockCache ? block(tokens) : 0);
    }

    /** The convention has text and noise level in every forward; a run embeds them once. */
    private double outsideBlocks(int tokens) {
        long dim = config.innerDim();
        return 2 * ForwardCost.linear(tokens, config.tokenDim(), dim)
                + ForwardCost.linear(textTokens, config.textDim(), dim)
                + ForwardCost.linear(textTokens, dim, dim)
                + ForwardCost.linear(1, 2 * TimestepEmbedding.FREQUENCIES, dim)
                + ForwardCost.linear(1, dim, dim)
                + ForwardCost.linear(1, dim, WanBlock.ROWS * dim);
    }

    private double block(long tokens) {
        long dim = config.innerDim();
        return ForwardCost.linear(tokens, dim, 6 * dim)
                + ForwardCost.selfAttention(tokens, dim)
                + ForwardCost.linear(textTokens, dim, 2 * dim)
                + 4.0 * tokens * textTokens * dim // scores and sums over the text
                + 2 * ForwardCost.linear(tokens, dim, config.ffnDim());
    }

    /** Tokens of a video: 2 × 2 cells of a frame each. */
    public static int videoTokens(LatentShape shape) {
        return WanTransformer3DConfig.PATCHES.grid(shape).tokens();
    }
}
