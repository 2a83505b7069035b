package io.bottleneck4j.models.flux;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.torch.io.Excerpt;
import java.util.List;
import java.util.Set;

/**
 * The shape of a FluxTransformer2DModel, in the words of its config.json.
 *
 * @param inChannels values of one image token: those of the latents, and of the channels that are seen beside them
 * @param outChannels values of a token of the latents: their channels × 2 × 2
 * @param numLayers double-stream blocks ({@code transformer_blocks})
 * @param numSingleLayers single-stream blocks ({@code single_transformer_blocks})
 * @param jointAttentionDim width of the T5 states
 * @param pooledProjectionDim width of the CLIP vector
 * @param guidanceEmbeds whether guidance is an input (dev) or not (schnell)
 * @param axesDimsRope how a head's dimensions are shared among the position axes: unused, row, column
 */
public record FluxConfig(
        int inChannels,
        int outChannels,
        int numLayers,
        int numSingleLayers,
        int attentionHeadDim,
        int numAttentionHeads,
        int jointAttentionDim,
        int pooledProjectionDim,
        boolean guidanceEmbeds,
        List<Integer> axesDimsRope) {

    /** A token is 2 × 2 latent cells. */
    static final LatentPatches PATCHES = new LatentPatches(1, 2);

    private static final int MOST = 1 << 16;

    public FluxConfig {
        axesDimsRope = List.copyOf(axesDimsRope);
        require("in_channels", inChannels, 4);
        require("out_channels", outChannels, 4);
        require("num_layers", numLayers, 0);
        require("num_single_layers", numSingleLayers, 0);
        require("attention_head_dim", attentionHeadDim, 1);
        require("num_attention_heads", numAttentionHeads, 1);
        require("joint_attention_dim", jointAttentionDim, 1);
        require("pooled_projection_dim", pooledProjectionDim, 1);
        Bounds.atMost("num_layers", numLayers, Bounds.LAYERS);
        Bounds.atMost("num_single_layers", numSingleLayers, Bounds.LAYERS);
        Bounds.atMost("num_attention_heads", numAttentionHeads, Bounds.HEADS);
        Bounds.atMost("attention_head_dim", attentionHeadDim, Bounds.HEAD_DIM);
        if (axesDimsRope.size() != 3
                || axesDimsRope.stream().mapToInt(Integer::intValue).sum() != attentionHeadDim) {
            throw new IllegalArgumentException("axes_dims_rope: must be three numbers that sum to attention_head_dim "
                    + attentionHeadDim + ", not " + Excerpt.listed(axesDimsRope));
        }
        if (axesDimsRope.stream().anyMatch(dim -> dim <= 0 || dim % 2 != 0)) {
            throw new IllegalArgumentException("axes_dims_rope: must be positive even numbers, not " + axesDimsRope);
        }
        requireCells("in_channels", inChannels);
        requireCells("out_channels", outChannels);
        if (outChannels > inChannels) {
            throw new IllegalArgumentException(
                    "out_channels: must be at most in_channels " + inChannels + ", not " + outChannels);
        }
    }

    private static void requireCells(String name, int value) {
        if (value % 4 != 0) {
            throw new IllegalArgumentException(
                    name + ": must be a multiple of 4 (a token is 2 × 2 latent cells), not " + value);
        }
    }

    private static void require(String name, int value, int least) {
        if (value < least || value > MOST) {
            throw new IllegalArgumentException(name + ": must be between " + least + " and " + MOST + ", not " + value);
        }
    }

    /**
     * Reads config.json; what it leaves out is what diffusers 0.42.1 takes.
     *
     * @throws IllegalArgumentException if a value is one this library cannot follow
     * @throws FolderException if a value is of another type, or a key asks for what is not supported
     */
    public static FluxConfig from(Config config) {
        config.refuseUnless("patch_size", Set.of("1"));
        config.quantization();
        int inChannels = config.intOr("in_channels", 64);
        FluxConfig read = new FluxConfig(
                inChannels,
                config.intOr("out_channels", inChannels),
                config.intOr("num_layers", 19),
                config.intOr("num_single_layers", 38),
                config.intOr("attention_head_dim", 128),
                config.intOr("num_attention_heads", 24),
                config.intOr("joint_attention_dim", 4096),
                config.intOr("pooled_projection_dim", 768),
                config.booleanOr("guidance_embeds", false),
                config.intsOr("axes_dims_rope", List.of(16, 56, 56)));
        config.account("FluxTransformer2DModel", Set.of());
        return read;
    }

    /** The same with other numbers of blocks. */
    public FluxConfig withBlocks(int layers, int singleLayers) {
        return new FluxConfig(
                inChannels,
                outChannels,
                layers,
                singleLayers,
                attentionHeadDim,
                numAttentionHeads,
                jointAttentionDim,
                pooledProjectionDim,
                guidanceEmbeds,
                axesDimsRope);
    }

    /** Width D of the transformer: heads × head dimension. */
    public int innerDim() {
        return numAttentionHeads * attentionHeadDim;
    }

    /** Channels of the unpacked latents. */
    public int latentChannels() {
        return outChannels / 4;
    }

    /** Channels that are seen beside the latents, unpacked: a picture and a mask for FLUX.1-Fill, else 0. */
    public int channelsBeside() {
        return (inChannels - outChannels) / 4;
    }
}
