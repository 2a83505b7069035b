package io.bottleneck4j.models.hunyuan;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
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
        requirePositive("mlp_ratio", mlpRatio);
        if (mlpRatio > 256) {
            throw new IllegalArgumentException("mlp_ratio: must be at most 256, not " + mlpRatio);
        }
        requirePositive("rope_theta", ropeTheta);
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

    private static void requirePositive(String name, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + ": must be a finite number above 0, not " + value);
        }
    }

    /**
     * Reads config.json; what it leaves out is what diffusers 0.42.1 takes.
     *
     * @throws IllegalArgumentException if a value is one this library cannot follow
     * @throws FolderException if a value is of another type, or a key asks for what is not supported
     */
    public static HunyuanVideoConfig from(Config config) {
        config.refuseUnless("qk_norm", Set.of("rms_norm"));
        config.refuseUnless("patch_size_t", Set.of("1"));
        config.refuseUnless("image_condition_type", Set.of()); // those models take a picture too
        config.refuseUnless("quantization_config", Set.of());
        int inChannels = config.intOr("in_channels", 16);
        HunyuanVideoConfig read = builder()
                .inChannels(inChannels)
                .outChannels(config.intOr("out_channels", inChannels))
                .numAttentionHeads(config.intOr("num_attention_heads", 24))
                .attentionHeadDim(config.intOr("attention_head_dim", 128))
                .numLayers(config.intOr("num_layers", 20))
                .numSingleLayers(config.intOr("num_single_layers", 40))
                .numRefinerLayers(config.intOr("num_refiner_layers", 2))
                .mlpRatio(config.doubleOr("mlp_ratio", 4))
                .patchSize(config.intOr("patch_size", 2))
                .guidanceEmbeds(config.booleanOr("guidance_embeds", true))
                .textEmbedDim(config.intOr("text_embed_dim", 4096))
                .pooledProjectionDim(config.intOr("pooled_projection_dim", 768))
                .ropeTheta(config.doubleOr("rope_theta", 256))
                .ropeAxesDim(config.intsOr("rope_axes_dim", List.of(16, 56, 56)))
                .build();
        config.account("HunyuanVideoTransformer3DModel", Set.of());
        return read;
    }

    /** A builder that holds the values diffusers takes for what config.json leaves out: those of HunyuanVideo itself. */
    public static Builder builder() {
        return new Builder();
    }

    /** Width D of the transformer: heads × head dimension. */
    public int innerDim() {
        return numAttentionHeads * attentionHeadDim;
    }

    /** Named setters for {@link HunyuanVideoConfig}. */
    public static final class Builder {
        private int inChannels = 16;
        private int outChannels = 16;
        private int numAttentionHeads = 24;
        private int attentionHeadDim = 128;
        private int numLayers = 20;
        private int numSingleLayers = 40;
        private int numRefinerLayers = 2;
        private double mlpRatio = 4;
        private int patchSize = 2;
        private int patchSizeT = 1;
        private boolean guidanceEmbeds = true;
        private int textEmbedDim = 4096;
        private int pooledProjectionDim = 768;
        private double ropeTheta = 256;
        private List<Integer> ropeAxesDim = List.of(16, 56, 56);

        private Builder() {}

        public Builder inChannels(int value) {
            inChannels = value;
            return this;
        }

        public Builder outChannels(int value) {
            outChannels = value;
            return this;
        }

        public Builder numAttentionHeads(int value) {
            numAttentionHeads = value;
            return this;
        }

        public Builder attentionHeadDim(int value) {
            attentionHeadDim = value;
            return this;
        }

        public Builder numLayers(int value) {
            numLayers = value;
            return this;
        }

        public Builder numSingleLayers(int value) {
            numSingleLayers = value;
            return this;
        }

        public Builder numRefinerLayers(int value) {
            numRefinerLayers = value;
            return this;
        }

        public Builder mlpRatio(double value) {
            mlpRatio = value;
            return this;
        }

        public Builder patchSize(int value) {
            patchSize = value;
            return this;
        }

        public Builder patchSizeT(int value) {
            patchSizeT = value;
            return this;
        }

        public Builder guidanceEmbeds(boolean value) {
            guidanceEmbeds = value;
            return this;
        }

        public Builder textEmbedDim(int value) {
            textEmbedDim = value;
            return this;
        }

        public Builder pooledProjectionDim(int value) {
            pooledProjectionDim = value;
            return this;
        }

        public Builder ropeTheta(double value) {
            ropeTheta = value;
            return this;
        }

        public Builder ropeAxesDim(List<Integer> value) {
            ropeAxesDim = List.copyOf(value);
            return this;
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException if a number is out of range, or the axes do not make a head
         */
        public HunyuanVideoConfig build() {
            return new HunyuanVideoConfig(
                    inChannels,
                    outChannels,
                    numAttentionHeads,
                    attentionHeadDim,
                    numLayers,
                    numSingleLayers,
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
    }
}
