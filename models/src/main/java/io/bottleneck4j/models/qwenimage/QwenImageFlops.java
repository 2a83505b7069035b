package io.bottleneck4j.models.qwenimage;

import static io.bottleneck4j.models.cost.ForwardCost.linear;

import io.bottleneck4j.core.cache.FirstBlockCache;
import io.bottleneck4j.core.cache.OverFeature;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.mmdit.TimestepEmbedding;

/**
 * FLOPs of one forward of a QwenImageTransformer2DModel: every matrix product it does. A block comes to {@code 24·S·D² + 4·S²·D} over the
 * S tokens of text and image together, as FLUX.1's do.
 *
 * @param textTokens of the prompt, without those of the template before it, at least 1
 */
public record QwenImageFlops(QwenImageTransformer2DConfig config, int textTokens) implements ForwardCost {
    public QwenImageFlops {
        if (textTokens < 1) {
            throw new IllegalArgumentException("text tokens: must be at least 1, not " + textTokens);
        }
    }

    @Override
    public double flops(LatentShape shape) {
        return outsideBlocks(shape) + config.numLayers() * block(shape);
    }

    /** A cache's steps modulate and project as all do, and embed where hidden states are not what is remembered. */
    @Override
    public double partial(LatentShape shape, StepCache cache) {
        long image = imageTokens(shape);
        long dim = config.innerDim();
        double blocks = cache instanceof FirstBlockCache
                ? block(shape)
                : ForwardCost.partialBlocks(cache, textTokens, image, dim, middle(), config.numLayers(), 0);
        return outsideBlocks(shape)
                + blocks
                - (cache instanceof OverFeature ? linear(image, config.inChannels(), dim) : 0);
    }

    /** The convention has the text's embedding, the noise level's and modulation in every forward; a run does them once. */
    private double outsideBlocks(LatentShape shape) {
        long dim = config.innerDim();
        return 2 * linear(imageTokens(shape), config.inChannels(), dim)
                + linear(textTokens, config.jointAttentionDim(), dim)
                + linear(1, 2 * TimestepEmbedding.FREQUENCIES, dim)
                + linear(1, dim, (1 + 12L * config.numLayers() + 2) * dim);
    }

    private double block(LatentShape shape) {
        long dim = config.innerDim();
        long tokens = textTokens + imageTokens(shape);
        return linear(tokens, dim, 4 * dim + 2 * middle()) + ForwardCost.selfAttention(tokens, dim);
    }

    private long middle() {
        return config.blockShape().mlpDim();
    }

    /** Tokens of an image: 2 × 2 cells each. */
    public static long imageTokens(LatentShape shape) {
        return QwenImageTransformer2DConfig.PATCHES.grid(shape).tokens();
    }
}
