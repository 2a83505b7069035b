package io.bottleneck4j.models.zimage;

import io.bottleneck4j.core.cache.FirstBlockCache;
import io.bottleneck4j.core.cache.OverFeature;
import io.bottleneck4j.core.cache.TokenCache;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.mmdit.TimestepEmbedding;

/**
 * FLOPs of one forward of a ZImageTransformer2DModel: every matrix product it does, layer by layer, padding tokens included.
 *
 * <p>A layer comes to {@code 24·S·D² + 4·S²·D} over the S tokens of text and image together, as one of FLUX.1 does: its feed-forward is
 * narrower by a third, and has three products instead of two.
 *
 * @param textTokens of the prompt in its template, at least 1
 */
public record ZImageFlops(ZImageTransformer2DConfig config, int textTokens) implements ForwardCost {
    public ZImageFlops {
        if (textTokens < 1) {
            throw new IllegalArgumentException("text tokens: must be at least 1, not " + textTokens);
        }
    }

    @Override
    public double flops(LatentShape shape) {
        return outsideBlocks(imageTokens(shape)) + noiseRefiner(shape) + config.nLayers() * block(joint(shape));
    }

    /** A cache's steps modulate and project as all do, and embed where hidden states are not what is remembered. */
    @Override
    public double partial(LatentShape shape, StepCache cache) {
        if (cache instanceof TokenCache) {
            throw new IllegalArgumentException("cache: " + cache
                    + " is not for Z-Image, whose blocks have other products; use taylor or firstblock");
        }
        int image = imageTokens(shape);
        return outsideBlocks(image)
                - (cache instanceof OverFeature ? ForwardCost.linear(image, config.tokenDim(), config.dim()) : 0)
                + (cache instanceof FirstBlockCache ? noiseRefiner(shape) + block(joint(shape)) : 0);
    }

    /** The convention has the text's refiner in every forward; a run does it once. */
    private double outsideBlocks(int image) {
        long dim = config.dim();
        int steering = config.steeringDim();
        int modulated = config.nRefinerLayers() + config.nLayers();
        return 2 * ForwardCost.linear(image, config.tokenDim(), dim)
                + ForwardCost.linear(textTokens, config.capFeatDim(), dim)
                + config.nRefinerLayers() * block(ZImageTransformer2DConfig.filled(textTokens))
                + ForwardCost.linear(1, 2 * TimestepEmbedding.FREQUENCIES, ZImageTransformer2DModel.TIME_MIDDLE)
                + ForwardCost.linear(1, ZImageTransformer2DModel.TIME_MIDDLE, steering)
                + modulated * ForwardCost.linear(1, steering, ZImageBlock.ROWS * dim)
                + ForwardCost.linear(1, steering, dim);
    }

    private double noiseRefiner(LatentShape shape) {
        return config.nRefinerLayers() * block(ZImageTransformer2DConfig.filled(imageTokens(shape)));
    }

    private long joint(LatentShape shape) {
        return (long) ZImageTransformer2DConfig.filled(textTokens)
                + ZImageTransformer2DConfig.filled(imageTokens(shape));
    }

    private double block(long tokens) {
        long dim = config.dim();
        return ForwardCost.linear(tokens, dim, 4 * dim)
                + ForwardCost.selfAttention(tokens, dim)
                + 3 * ForwardCost.linear(tokens, dim, config.mlpDim());
    }

    /** Tokens of an image: 2 × 2 cells each, without padding. */
    public static int imageTokens(LatentShape shape) {
        return ZImageTransformer2DConfig.PATCHES.grid(shape).tokens();
    }
}
