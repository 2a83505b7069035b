package io.bottleneck4j.models.vae;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import java.util.List;
import java.util.Set;

/**
 * The shape of an AutoencoderKLHunyuanVideo, in the words of its config.json. Source: diffusers
 * autoencoder_kl_hunyuan_video.py@0.42.1.
 *
 * @param inChannels channels of the video encoded, as a rule 3
 * @param outChannels channels of the video decoded, as a rule 3
 * @param latentChannels channels of the latents
 * @param blockOutChannels channels of each block, the first at the video's own resolution
 * @param layersPerBlock residual blocks in each block of the encoder; the decoder's have one more
 * @param normNumGroups groups of every normalisation
 * @param scalingFactor of latents on their way to the diffusion model; see {@link AutoencoderKlHunyuanVideo#toModel}
 * @param spatialCompressionRatio pixels of the side of a latent cell: 1, 2, 4, .., halved by the first blocks
 * @param temporalCompressionRatio frames in a latent cell but the first, which holds one: 4
 * @param midBlockAddAttention whether there is attention at the lowest resolution
 */
public record AutoencoderKlHunyuanVideoConfig(
        int inChannels,
        int outChannels,
        int latentChannels,
        List<Integer> blockOutChannels,
        int layersPerBlock,
        int normNumGroups,
        double scalingFactor,
        int spatialCompressionRatio,
        int temporalCompressionRatio,
        boolean midBlockAddAttention)
        implements CoderConfig {

    private static final int TEMPORAL_RATIO = 4;

    public AutoencoderKlHunyuanVideoConfig {
        blockOutChannels = List.copyOf(blockOutChannels);
        CoderConfig.requirePositive("in_channels", inChannels, Bounds.WIDTH);
        CoderConfig.requirePositive("out_channels", outChannels, Bounds.WIDTH);
        CoderConfig.requirePositive("latent_channels", latentChannels, Bounds.WIDTH);
        CoderConfig.requirePositive("layers_per_block", layersPerBlock, CoderConfig.LAYERS_PER_BLOCK);
        CoderConfig.requirePositive("norm_num_groups", normNumGroups, Bounds.WIDTH);
        CoderConfig.requireBlocks(blockOutChannels, normNumGroups);
        CoderConfig.requireScalingFactor(scalingFactor);
        if (temporalCompressionRatio != TEMPORAL_RATIO) {
            throw new IllegalArgumentException(
                    "temporal_compression_ratio: must be " + TEMPORAL_RATIO + ", not " + temporalCompressionRatio);
        }
        if (spatialCompressionRatio < 1 || Integer.bitCount(spatialCompressionRatio) != 1) {
            throw new IllegalArgumentException(
                    "spatial_compression_ratio: must be a power of 2, not " + spatialCompressionRatio);
        }
        int blocks = blockOutChannels.size();
        if (doublings(spatialCompressionRatio) > blocks || doublings(temporalCompressionRatio) > blocks - 1) {
            throw new IllegalArgumentException("block_out_channels: " + blocks
                    + " blocks cannot compress height and width to 1/" + spatialCompressionRatio + " and time to 1/"
                    + temporalCompressionRatio + "; each halves the one once, each but the last the other");
        }
    }

    /**
     * Reads config.json; what it leaves out is what diffusers 0.42.1 takes.
     *
     * @throws IllegalArgumentException if a value is one this library cannot follow
     * @throws FolderException if a value is of another type, or a key asks for what is not supported
     */
    public static AutoencoderKlHunyuanVideoConfig from(Config config) {
        config.refuseUnless("_class_name", Set.of("AutoencoderKLHunyuanVideo"));
        CoderConfig.requireSupported(config);
        AutoencoderKlHunyuanVideoConfig read = builder()
                .inChannels(config.intOr("in_channels", 3))
                .outChannels(config.intOr("out_channels", 3))
                .latentChannels(config.intOr("latent_channels", 16))
                .blockOutChannels(config.intsOr("block_out_channels", List.of(128, 256, 512, 512)))
                .layersPerBlock(config.intOr("layers_per_block", 2))
                .normNumGroups(config.intOr("norm_num_groups", 32))
                .scalingFactor(config.doubleOr("scaling_factor", 0.476986))
                .spatialCompressionRatio(config.intOr("spatial_compression_ratio", 8))
                .temporalCompressionRatio(config.intOr("temporal_compression_ratio", 4))
                .midBlockAddAttention(config.booleanOr("mid_block_add_attention", true))
                .build();
        int blocks = read.blockOutChannels().size();
        CoderConfig.requireTypes(config, "down_block_types", "HunyuanVideoDownBlock3D", blocks);
        CoderConfig.requireTypes(config, "up_block_types", "HunyuanVideoUpBlock3D", blocks);
        config.account("AutoencoderKLHunyuanVideo", Set.of());
        return read;
    }

    /** A builder that holds the values diffusers takes for what config.json leaves out, which are the published model's. */
    public static Builder builder() {
        return new Builder();
    }

    /** Frames of the video that this many frames of latents make: 1 + 4 · (cells - 1). */
    public long frames(long cells) {
        return 1 + (cells - 1) * temporalCompressionRatio;
    }

    VideoGeometry geometry() {
        return new VideoGeometry(
                blockOutChannels.size(), doublings(spatialCompressionRatio), doublings(temporalCompressionRatio));
    }

    private static int doublings(int ratio) {
        return Integer.numberOfTrailingZeros(ratio);
    }

    /** Named setters for {@link AutoencoderKlHunyuanVideoConfig}. */
    public static final class Builder {
        private int inChannels = 3;
        private int outChannels = 3;
        private int latentChannels = 16;
        private List<Integer> blockOutChannels = List.of(128, 256, 512, 512);
        private int layersPerBlock = 2;
        private int normNumGroups = 32;
        private double scalingFactor = 0.476986;
        private int spatialCompressionRatio = 8;
        private int temporalCompressionRatio = TEMPORAL_RATIO;
        private boolean midBlockAddAttention = true;

        private Builder() {}

        public Builder inChannels(int value) {
            inChannels = value;
            return this;
        }

        public Builder outChannels(int value) {
            outChannels = value;
            return this;
        }

        public Builder latentChannels(int value) {
            latentChannels = value;
            return this;
        }

        public Builder blockOutChannels(List<Integer> value) {
            blockOutChannels = List.copyOf(value);
            return this;
        }

        public Builder layersPerBlock(int value) {
            layersPerBlock = value;
            return this;
        }

        public Builder normNumGroups(int value) {
            normNumGroups = value;
            return this;
        }

        public Builder scalingFactor(double value) {
            scalingFactor = value;
            return this;
        }

        public Builder spatialCompressionRatio(int value) {
            spatialCompressionRatio = value;
            return this;
        }

        public Builder temporalCompressionRatio(int value) {
            temporalCompressionRatio = value;
            return this;
        }

        public Builder midBlockAddAttention(boolean value) {
            midBlockAddAttention = value;
            return this;
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException if a number is out of range, or channels and ratios do not fit each other
         */
        public AutoencoderKlHunyuanVideoConfig build() {
            return new AutoencoderKlHunyuanVideoConfig(
                    inChannels,
                    outChannels,
                    latentChannels,
                    blockOutChannels,
                    layersPerBlock,
                    normNumGroups,
                    scalingFactor,
                    spatialCompressionRatio,
                    temporalCompressionRatio,
                    midBlockAddAttention);
        }
    }
}
