package io.bottleneck4j.models.flux;

import static io.bottleneck4j.models.cost.ForwardCost.linear;
import static io.bottleneck4j.models.cost.ForwardCost.selfAttention;

import io.bottleneck4j.core.cache.FirstBlockCache;
import io.bottleneck4j.core.cache.OverFeature;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.mmdit.TimestepEmbedding;

/**
 * FLOPs of one forward of a FluxTransformer2DModel: every matrix product it does, layer by layer.
 *
 * <p>A layer of either kind comes to {@code 24·S·D² + 4·S²·D} over the S tokens of text and image together, which is Eq. 11 of arXiv
 * 2503.18940 (Eq. 10 without its last term, {@code 2·S²·n}). Beside the layers stand the embedders, modulation and the output
 * projection, .03 % of FLUX.1 at 1024 × 1024 pixels and what the paper's table counts too: 74.385 T there with 512 text tokens.
 *
 * @param textTokens T5 tokens, at least 1
 * @param pictures of the latents' size that it sees as tokens: 1, or 2 with a reference
 */
public record FluxFlops(FluxConfig config, int textTokens, int pictures) implements ForwardCost {
    /** Of the latents alone. */
    public FluxFlops(FluxConfig config, int textTokens) {
        this(config, textTokens, 1);
    }

    public FluxFlops {
        if (textTokens < 1) {
            throw new IllegalArgumentException("text tokens: must be at least 1, not " + textTokens);
        }
    }

    @Override
    public double flops(LatentShape shape) {
        long joint = textTokens + pictures * imageTokens(shape);
        long dim = config.innerDim();
        return outsideBlocks(shape)
                + config.numLayers() * doubleStreamBlock(joint, dim)
                + config.numSingleLayers() * singleStreamBlock(joint, dim);
    }

    /** A cache's steps modulate and project as all do, and embed where hidden states are not what is remembered. */
    @Override
    public double partial(LatentShape shape, StepCache cache) {
        long dim = config.innerDim();
        long image = pictures * imageTokens(shape);
        return outsideBlocks(shape)
                - (cache instanceof OverFeature ? linear(image, config.inChannels(), dim) : 0)
                + (cache instanceof FirstBlockCache ? doubleStreamBlock(textTokens + image, dim) : 0)
                + ForwardCost.partialBlocks(
                        cache, textTokens, image, dim, 4 * dim, config.numLayers(), config.numSingleLayers());
    }

    private double outsideBlocks(LatentShape shape) {
        long image = imageTokens(shape);
        long dim = config.innerDim();
        return linear(pictures * image, config.inChannels(), dim)
                + linear(textTokens, config.jointAttentionDim(), dim)
                + conditioning(dim)
                + config.numLayers() * (2 * linear(1, dim, 6 * dim))
                + config.numSingleLayers() * linear(1, dim, 3 * dim)
                + linear(1, dim, 2 * dim)
                + linear(image, dim, config.outChannels());
    }

    /** Tokens of an image: 2 × 2 cells each. */
    public static long imageTokens(LatentShape shape) {
        int patch = FluxConfig.PATCHES.side();
        return (long) (shape.height() / patch) * (shape.width() / patch);
    }

    /**
     * Noise level, pooled text and, where it is an input, guidance: two layers each. The convention has them in every forward, as
     * the text's embedding; a run of {@link FluxVelocity} does what is the same for all its steps once.
     */
    private double conditioning(long dim) {
        int numbers = config.guidanceEmbeds() ? 2 : 1;
        return numbers * (linear(1, 2 * TimestepEmbedding.FREQUENCIES, dim) + linear(1, dim, dim))
                + linear(1, config.pooledProjectionDim(), dim)
                + linear(1, dim, dim);
    }

    /** Both streams have layers of the same sizes, so each counts once over all tokens. */
    private static double doubleStreamBlock(long tokens, long dim) {
        return linear(tokens, dim, 3 * dim)
                + selfAttention(tokens, dim)
                + linear(tokens, dim, dim)
                + linear(tokens, dim, 4 * dim)
                + linear(tokens, 4 * dim, dim);
    }

    private static double singleStreamBlock(long tokens, long dim) {
        return linear(tokens, dim, 3 * dim)
                + selfAttention(tokens, dim)
                + linear(tokens, dim, 4 * dim)
                + linear(tokens, 5 * dim, dim);
    }
}
