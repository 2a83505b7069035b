package io.bottleneck4j.models.qwenimage;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.mmdit.BlockShape;
import io.bottleneck4j.models.mmdit.LatentPatches;
import io.bottleneck4j.torch.io.Excerpt;
import java.util.List;
import java.util.Set;

/**
 * The shape of a QwenImageTransformer2DModel, in the words of its config.json.
 *
 * @param inChannels values of one image token: the latents' channels × 2 × 2
 * @param numLayers double-stream blocks ({@code transformer_blocks})
 * @param attentionHeadDim width of a head
 * @param numAttentionHeads attention heads
 * @param jointAttentionDim width of the text's states
 * @param axesDimsRope how a head's dimensions are shared among the position axes: frame, row, column
 */
public record QwenImageTransformer2DConfig(
        int inChannels,
        int numLayers,
        int attentionHeadDim,
        int numAttentionHeads,
        int jointAttentionDim,
        List<Integer> axesDimsRope) {

    /** A token is 2 × 2 latent cells. */
    static final LatentPatches PATCHES = new LatentPatches(1, 2);

    /** Width of a feed-forward's middle, in widths of the transformer; no key of the class says another. */
    public static final double MLP_RATIO = 4;

    private static final Set<String> OFF = Set.of("false");

    public QwenImageTransformer2DConfig {
        axesDimsRope = List.copyOf(axesDimsRope);
        Bounds.positive("in_channels", inChannels, Bounds.WIDTH);
        Bounds.multiple("in_channels", inChannels, "a token's cells", 4);
        Bounds.positive("num_layers", numLayers, Bounds.LAYERS);
        Bounds.positive("attention_head_dim", attentionHeadDim, Bounds.HEAD_DIM);
        Bounds.positive("num_attention_heads", numAttentionHeads, Bounds.HEADS);
        Bounds.positive("joint_attention_dim", jointAttentionDim, Bounds.WIDTH);
        boolean even = axesDimsRope.stream().allMatch(axis -> axis > 0 && axis % 2 == 0);
        int sum = axesDimsRope.stream().mapToInt(Integer::intValue).sum();
        if (axesDimsRope.size() != 3 || !even || sum != attentionHeadDim) {
            throw new IllegalArgumentException(
                    "axes_dims_rope: must be three positive even numbers that sum to attention_head_dim "
                            + attentionHeadDim + ", not " + Excerpt.listed(axesDimsRope));
        }
    }

    /**
     * Reads config.json; what it leaves out is what diffusers 0.42.1 takes. The keys of the models that edit pictures or draw them in
     * layers are refused where they are on, and so is guidance as an input, which the class has no layers for.
     *
     * @throws IllegalArgumentException if a value is one this library cannot follow
     * @throws FolderException if a value is of another type, or a key asks for what is not supported
     */
    public static QwenImageTransformer2DConfig from(Config config) {
        config.refuseUnless("patch_size", Set.of("2"));
        for (String variant :
                new String[] {"guidance_embeds", "zero_cond_t", "use_additional_t_cond", "use_layer3d_rope"}) {
            config.refuseUnless(variant, OFF);
        }
        config.quantization();
        int inChannels = config.intOr("in_channels", 64);
        int out = config.intOr("out_channels", config.json().has("out_channels") ? inChannels : 16);
        if (out != inChannels / 4) {
            throw new IllegalArgumentException(
                    "out_channels: must be those of the latents, in_channels / 4, " + inChannels / 4 + ", not " + out);
        }
        QwenImageTransformer2DConfig read = new QwenImageTransformer2DConfig(
                inChannels,
                config.intOr("num_layers", 60),
                config.intOr("attention_head_dim", 128),
                config.intOr("num_attention_heads", 24),
                config.intOr("joint_attention_dim", 3584),
                config.intsOr("axes_dims_rope", List.of(16, 56, 56)));
        // No layer depends on it, though published files have it.
        config.account("QwenImageTransformer2DModel", Set.of("pooled_projection_dim"));
        return read;
    }

    /** The same with another number of blocks. */
    public QwenImageTransformer2DConfig withLayers(int layers) {
        return new QwenImageTransformer2DConfig(
                inChannels, layers, attentionHeadDim, numAttentionHeads, jointAttentionDim, axesDimsRope);
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
        return new BlockShape(numAttentionHeads, attentionHeadDim, MLP_RATIO);
    }
}
