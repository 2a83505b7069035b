package io.bottleneck4j.models.flux2;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.mmdit.BlockShape;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.torch.io.Excerpt;
import java.util.List;
import java.util.Set;

/**
 * The shape of a Flux2Transformer2DModel, in the words of its config.json.
 *
 * @param inChannels values of one image token: the latents' channels × 2 × 2
 * @param numLayers double-stream blocks ({@code transformer_blocks})
 * @param numSingleLayers single-stream blocks ({@code single_transformer_blocks})
 * @param attentionHeadDim width of a head
 * @param numAttentionHeads attention heads
 * @param jointAttentionDim width of the text's states
 * @param mlpRatio width of a feed-forward's middle, in widths of the transformer
 * @param axesDimsRope how a head's dimensions are shared among the position axes: picture, row, column, place in the text
 * @param ropeTheta base of the position frequencies
 * @param guidanceEmbeds whether guidance is an input (dev) or not (klein)
 */
public record Flux2Transformer2DConfig(
        int inChannels,
        int numLayers,
        int numSingleLayers,
        int attentionHeadDim,
        int numAttentionHeads,
        int jointAttentionDim,
        double mlpRatio,
        List<Integer> axesDimsRope,
        double ropeTheta,
        boolean guidanceEmbeds) {

    /** A token is 2 × 2 latent cells. */
    static final LatentPatches PATCHES = new LatentPatches(1, 2);

    /** Of every norm, as published. */
    private static final double EPS = 1e-6;

    public Flux2Transformer2DConfig {
        axesDimsRope = List.copyOf(axesDimsRope);
        Bounds.positive("in_channels", inChannels, Bounds.WIDTH);
        if (inChannels % 4 != 0) {
            throw new IllegalArgumentException(
                    "in_channels: must be a multiple of 4 (a token is 2 × 2 latent cells), not " + inChannels);
        }
        Bounds.positive("num_layers", numLayers, Bounds.LAYERS);
        if (numSingleLayers < 0) {
            throw new IllegalArgumentException("num_single_layers: must be at least 0, not " + numSingleLayers);
        }
        Bounds.atMost("num_single_layers", numSingleLayers, Bounds.LAYERS);
        Bounds.positive("attention_head_dim", attentionHeadDim, Bounds.HEAD_DIM);
        Bounds.positive("num_attention_heads", numAttentionHeads, Bounds.HEADS);
        Bounds.positive("joint_attention_dim", jointAttentionDim, Bounds.WIDTH);
        Bounds.positive("rope_theta", ropeTheta);
        if (!(mlpRatio > 0 && mlpRatio <= 64) || (int) (numAttentionHeads * attentionHeadDim * mlpRatio) < 1) {
            throw new IllegalArgumentException(
                    "mlp_ratio: must be above 0, at most 64 and make a middle of at least 1, not " + mlpRatio);
        }
        if (axesDimsRope.size() != 4
                || axesDimsRope.stream().mapToInt(Integer::intValue).sum() != attentionHeadDim) {
            throw new IllegalArgumentException("axes_dims_rope: must be four numbers that sum to attention_head_dim "
                    + attentionHeadDim + ", not " + Excerpt.listed(axesDimsRope));
        }
        if (axesDimsRope.stream().anyMatch(axis -> axis <= 0 || axis % 2 != 0)) {
            throw new IllegalArgumentException("axes_dims_rope: must be positive even numbers, not " + axesDimsRope);
        }
    }

    /**
     * Reads config.json; what it leaves out is what diffusers 0.42.1 takes.
     *
     * @throws IllegalArgumentException if a value is one this library cannot follow
     * @throws FolderException if a value is of another type, or a key asks for what is not supported
     */
    public static Flux2Transformer2DConfig from(Config config) {
        config.refuseUnless("patch_size", Set.of("1"));
        config.refuseUnless("timestep_guidance_channels", Set.of("256"));
        double eps = config.doubleOr("eps", EPS);
        if (eps != EPS) {
            throw new IllegalArgumentException("eps: must be 1e-6, as of every published FLUX.2, not " + eps);
        }
        config.quantization();
        int inChannels = config.intOr("in_channels", 128);
        config.requireEqual("out_channels", "in_channels", inChannels);
        Flux2Transformer2DConfig read = new Flux2Transformer2DConfig(
                inChannels,
                config.intOr("num_layers", 8),
                config.intOr("num_single_layers", 48),
                config.intOr("attention_head_dim", 128),
                config.intOr("num_attention_heads", 48),
                config.intOr("joint_attention_dim", 15_360),
                config.doubleOr("mlp_ratio", 3),
                config.intsOr("axes_dims_rope", List.of(32, 32, 32, 32)),
                config.doubleOr("rope_theta", 2000),
                config.booleanOr("guidance_embeds", true));
        config.account("Flux2Transformer2DModel", Set.of());
        return read;
    }

    /** The same with other numbers of blocks. */
    public Flux2Transformer2DConfig withBlocks(int layers, int singleLayers) {
        return new Flux2Transformer2DConfig(
                inChannels,
                layers,
                singleLayers,
                attentionHeadDim,
                numAttentionHeads,
                jointAttentionDim,
                mlpRatio,
                axesDimsRope,
                ropeTheta,
                guidanceEmbeds);
    }

    /** Width D of the transformer: heads × head dimension. */
    public int innerDim() {
        return numAttentionHeads * attentionHeadDim;
    }

    /** Channels of the latents. */
    public int latentChannels() {
        return inChannels / 4;
    }

    /** Heads, their width, and the feed-forward's middle. */
    BlockShape blockShape() {
        return new BlockShape(numAttentionHeads, attentionHeadDim, mlpRatio);
    }
}
