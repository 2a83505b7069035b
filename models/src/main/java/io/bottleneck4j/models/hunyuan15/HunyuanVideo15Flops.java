package io.bottleneck4j.models.hunyuan15;

import static io.bottleneck4j.models.cost.ForwardCost.linear;
import static io.bottleneck4j.models.cost.ForwardCost.selfAttention;

import io.bottleneck4j.core.cache.FirstBlockCache;
import io.bottleneck4j.core.cache.OverFeature;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.mmdit.TimestepEmbedding;

/**
 * FLOPs of one forward of a HunyuanVideo15Transformer3DModel: every matrix product it does, layer by layer, the text's refiner once a
 * forward.
 *
 * <p>A block comes to {@code 24·S·D² + 4·S²·D} over the S tokens of text and video together, as one of FLUX.1 does. Quoted texts, which
 * few prompts have, are not counted.
 *
 * @param textTokens of Qwen, at least 1
 */
public record HunyuanVideo15Flops(HunyuanVideo15Config config, int textTokens) implements ForwardCost {
    /** Rows of a block's modulation: shift, scale and gate of two branches in two streams. */
    private static final int ROWS = 12;
    /** Of the text's refiner, whatever {@code mlp_ratio} says. */
    private static final int REFINER_MLP_RATIO = 4;

    public HunyuanVideo15Flops {
        if (textTokens < 1) {
            throw new IllegalArgumentException("text tokens: must be at least 1, not " + textTokens);
        }
    }

    @Override
    public double flops(LatentShape shape) {
        int video = videoTokens(config, shape);
        return outsideBlocks(video) + config.numLayers() * block((long) textTokens + video);
    }

    /** A cache's steps modulate, refine and project as all do, and embed where hidden states are not what is remembered. */
    @Override
    public double partial(LatentShape shape, StepCache cache) {
        int video = videoTokens(config, shape);
        long dim = config.innerDim();
        long tokens = (long) textTokens + video;
        return outsideBlocks(video)
                - (cache instanceof OverFeature ? embedding(video) : 0)
                + (cache instanceof FirstBlockCache ? block(tokens) : 0)
                + ForwardCost.partialBlocks(
                        cache, textTokens, video, dim, config.blockShape().mlpDim(), config.numLayers(), 0);
    }

    private double outsideBlocks(int video) {
        long dim = config.innerDim();
        int waves = 2 * TimestepEmbedding.FREQUENCIES;
        double vectors = 2 * linear(1, waves, dim) // the noise level, for the blocks and for the refiner
                + 2 * linear(1, dim, dim)
                + linear(1, config.textEmbedDim(), dim) // the mean state
                + linear(1, dim, dim)
                + config.numRefinerLayers() * linear(1, dim, 2 * dim)
                + config.numLayers() * linear(1, dim, ROWS * dim)
                + linear(1, dim, 2 * dim);
        double refiner = linear(textTokens, dim, 4 * dim)
                + selfAttention(textTokens, dim)
                + 2 * linear(textTokens, dim, REFINER_MLP_RATIO * dim);
        return vectors
                + linear(textTokens, config.textEmbedDim(), dim)
                + config.numRefinerLayers() * refiner
                + embedding(video)
                + linear(video, dim, config.patchOf(config.outChannels()));
    }

    private double embedding(int video) {
        return linear(video, config.patchOf(config.inChannels()), config.innerDim());
    }

    private double block(long tokens) {
        long dim = config.innerDim();
        return linear(tokens, dim, 4 * dim)
                + selfAttention(tokens, dim)
                + 2 * linear(tokens, dim, config.blockShape().mlpDim());
    }

    /** Tokens of a video: a patch of cells each. */
    public static int videoTokens(HunyuanVideo15Config config, LatentShape shape) {
        return config.patches().grid(shape).tokens();
    }
}
