package io.bottleneck4j.models.flux2;

import static io.bottleneck4j.models.cost.ForwardCost.linear;

import io.bottleneck4j.core.cache.FirstBlockCache;
import io.bottleneck4j.core.cache.OverFeature;
import io.bottleneck4j.core.cache.TokenCache;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.mmdit.TimestepEmbedding;

/**
 * FLOPs of one forward of a Flux2Transformer2DModel: every matrix product it does, layer by layer.
 *
 * <p>A layer of either kind comes to {@code (8 + 6·r)·S·D² + 4·S²·D} over the S tokens of text and image together, r being {@code
 * mlp_ratio}: 26 with FLUX.2's 3, where FLUX.1 has 24.
 *
 * @param textTokens of the prompt, padding included, at least 1
 */
public record Flux2Flops(Flux2Transformer2DConfig config, int textTokens) implements ForwardCost {
    public Flux2Flops {
        if (textTokens < 1) {
            throw new IllegalArgumentException("text tokens: must be at least 1, not " + textTokens);
        }
    }

    @Override
    public double flops(LatentShape shape) {
        return outsideBlocks(shape) + (config.numLayers() + config.numSingleLayers()) * block(shape);
    }

    /** A cache's steps modulate and project as all do, and embed where hidden states are not what is remembered. */
    @Override
    public double partial(LatentShape shape, StepCache cache) {
        if (cache instanceof TokenCache) {
            throw new IllegalArgumentException("cache: " + cache
                    + " is not for FLUX.2, whose blocks have other products; use taylor or firstblock");
        }
        return outsideBlocks(shape)
                - (cache instanceof OverFeature
                        ? linear(imageTokens(shape), config.inChannels(), config.innerDim())
                        : 0)
                + (cache instanceof FirstBlockCache ? block(shape) : 0);
    }

    /** The convention has the text's embedding and the noise level's in every forward; a run does them once. */
    private double outsideBlocks(LatentShape shape) {
        long dim = config.innerDim();
        int numbers = config.guidanceEmbeds() ? 2 : 1;
        return 2 * linear(imageTokens(shape), config.inChannels(), dim)
                + linear(textTokens, config.jointAttentionDim(), dim)
                + numbers * (linear(1, 2 * TimestepEmbedding.FREQUENCIES, dim) + linear(1, dim, dim))
                + linear(1, dim, Flux2Trunk.ROWS * dim);
    }

    /** Both kinds have the same products. */
    private double block(LatentShape shape) {
        long dim = config.innerDim();
        long tokens = textTokens + imageTokens(shape);
        return linear(tokens, dim, 4 * dim)
                + ForwardCost.selfAttention(tokens, dim)
                + 3 * linear(tokens, dim, config.blockShape().mlpDim());
    }

    /** Tokens of an image: 2 × 2 cells each. */
    public static long imageTokens(LatentShape shape) {
        return Flux2Transformer2DConfig.PATCHES.grid(shape).tokens();
    }
}
