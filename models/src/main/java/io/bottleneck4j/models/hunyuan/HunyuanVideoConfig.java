package io.bottleneck4j.models.hunyuan;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.io.Excerpt;
import java.util.List;
import java.util.Set;

/**
 * The shape of a HunyuanVideoTransformer3DModel, in the words of its config.json. Source: diffusers
 * transformer_hunyuan_video.py@0.42.1.
 *
 * @param inChannels channels of the latents
 * @param numLayers double-stream blocks ({@code transformer_blocks})
 * @param numSingleLayers single-stream blocks ({@code single_transformer_blocks})
 * @param numRefinerLayers blocks that refine the Llama states before the first double-stream block
 * @param mlpRatio width of a feed-forward layer's middle, in widths of the transformer
 * @param patchSize cells along one side of the square that makes an image token
 * @param patchSizeT latent frames that make one
 * @param guidanceEmbeds whether guidance is an input
 * @param textEmbedDim width of the Llama states
 * @param pooledProjectionDim width of the CLIP vector
 * @param ropeTheta base of the rotary frequencies
 * @param ropeAxesDim how a head's dimensions are shared among the position axes: frame, row, column
 */
public record HunyuanVideoConfig(
        int inChannels,
        int outChannels,
        int numAttentionHeads,
        int attentionHeadDim,
        int numLayers,
        int numSingleLayers,
        int numRefinerLayers,
        double mlpRatio,
        int patchSize,
        int patchSizeT,
        boolean guidanceEmbeds,
        int textEmbedDim,
        int pooledProjectionDim,
        double ropeTheta,
        List<Integer> ropeAxesDim) {

    private static final int MOST = 1 << 16;

    public HunyuanVideoConfig {
        ropeAxesDim = List.copyOf(ropeAxesDim);
        require("in_channels", inChannels, 1);
        require("num_attention_heads", numAttentionHeads, 1);
        require("attention_head_dim", attentionHeadDim, 1);
        require("num_layers", numLayers, 0);
        require("num_single_layers", numSingleLayers, 0);
        require("num_refiner_layers", numRefinerLayers, 0);
        require("patch_size", patchSize, 1);
        require("patch_size_t", patchSizeT, 1);
        require("text_embed_dim", textEmbedDim, 1);
        require("pooled_projection_dim", pooledProjectionDim, 1);
        Bounds.atMost("num_layers", numLayers, Bounds.LAYERS);
        Bounds.atMost("num_single_layers", numSingleLayers, Bounds.LAYERS);
        Bounds.atMost("num_refiner_layers", numRefinerLayers, Bounds.LAYERS);
        Bounds.atMost("num_attention_heads", numAttentionHeads, Bounds.HEADS);
        Bounds.atMost("attention_head_dim", attentionHeadDim, Bounds.HEAD_DIM);
        Bounds.atMost("patch_size", patchSize, 256);
        Bounds.positive("mlp_ratio", mlpRatio);
        if (mlpRatio > 256) {
            throw new IllegalArgumentException("mlp_ratio: must be at most 256, not " + mlpRatio);
        }
        Bounds.positive("rope_theta", ropeTheta);
        if (ropeAxesDim.size() != 3
                || ropeAxesDim.stream().mapToInt(Integer::intValue).sum() != attentionHeadDim) {
            throw new IllegalArgumentException("rope_axes_dim: must be three numbers that sum to attention_head_dim "
                    + attentionHeadDim + ", not " + Excerpt.listed(ropeAxesDim));
        }
        if (ropeAxesDim.stream().anyMatch(dim -> dim <= 0 || dim % 2 != 0)) {
            throw new IllegalArgumentException("rope_axes_dim: must be positive even numbers, not " + ropeAxesDim);
        }
        if (outChannels != inChannels) {
            throw new IllegalArgumentException(
                    "out_channels: must equal in_channels " + inChannels + " for text to video, not " + outChannels);
        }
    }

    private static void require(String name, int value, int least) {
        if (value < least || value > MOST) {
            throw new IllegalArgumentException(name + ": must be between " + least + " and " + MOST + ", not " + value);
        }
    }

    /** Reads config.json; what it leaves out is what diffusers 0.42.1 takes. */
    public static HunyuanVideoConfig from(Config config) {
        config.refuseUnless("qk_norm", Set.of("rms_norm"));
        config.refuseUnless("patch_size_t", Set.of("1"));
        config.refuseUnless("image_condition_type", Set.of()); // those models take a picture too
        config.quantization();
        int inChannels = config.intOr("in_channels", 16);
        HunyuanVideoConfig read = new HunyuanVideoConfig(
                inChannels,
                config.intOr("out_channels", inChannels),
                config.intOr("num_attention_heads", 24),
                config.intOr("attention_head_dim", 128),
                config.intOr("num_layers", 20),
                config.intOr("num_single_layers", 40),
                config.intOr("num_refiner_layers", 2),
                config.doubleOr("mlp_ratio", 4),
                config.intOr("patch_size", 2),
                1, // latent frames in a token, as required above
                config.booleanOr("guidance_embeds", true),
                config.intOr("text_embed_dim", 4096),
                config.intOr("pooled_projection_dim", 768),
                config.doubleOr("rope_theta", 256),
                config.intsOr("rope_axes_dim", List.of(16, 56, 56)));
        config.account("HunyuanVideoTransformer3DModel", Set.of());
        return read;
    }

    /** The same with other numbers of blocks. */
    public HunyuanVideoConfig withBlocks(int layers, int singleLayers) {
        return new HunyuanVideoConfig(
                inChannels,
                outChannels,
                numAttentionHeads,
                attentionHeadDim,
                layers,
                singleLayers,
                numRefinerLayers,
                mlpRatio,
                patchSize,
                patchSizeT,
                guidanceEmbeds,
                textEmbedDim,
                pooledProjectionDim,
                ropeTheta,
                ropeAxesDim);
    }

    /** Width D of the transformer: heads × head dimension. */
    public int innerDim() {
        return numAttentionHeads * attentionHeadDim;
    }
}
