package io.bottleneck4j.models.vae;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import java.util.List;
import java.util.Set;

/**
 * The shape of an AutoencoderKL, in the words of its config.json. Source: diffusers autoencoder_kl.py@0.42.1.
 *
 * @param inChannels channels of the picture encoded, as a rule 3
 * @param outChannels channels of the picture decoded, as a rule 3
 * @param latentChannels channels of the latents
 * @param blockOutChannels channels at each resolution, the picture's own first; each further one halves height and width
 * @param layersPerBlock residual blocks at each resolution of the encoder; the decoder has one more
 * @param normNumGroups groups of every normalisation
 * @param useQuantConv whether a 1 × 1 convolution follows the encoder
 * @param usePostQuantConv whether a 1 × 1 convolution precedes the decoder
 * @param midBlockAddAttention whether there is attention at the lowest resolution
 * @param scalingFactor of latents on their way to the diffusion model; see {@link AutoencoderKl#toModel}
 * @param shiftFactor taken from latents before that; 0 where config.json has none
 * @param sampleSize pixels of a side of the pictures it was trained on: the size of a tile, and of nothing else
 * @param forceUpcast whether float16 overflows in it
 */
public record AutoencoderKlConfig(
        int inChannels,
        int outChannels,
        int latentChannels,
        List<Integer> blockOutChannels,
        int layersPerBlock,
        int normNumGroups,
        boolean useQuantConv,
        boolean usePostQuantConv,
        boolean midBlockAddAttention,
        double scalingFactor,
        double shiftFactor,
        int sampleSize,
        boolean forceUpcast)
        implements CoderConfig {

    public AutoencoderKlConfig {
        blockOutChannels = List.copyOf(blockOutChannels);
        CoderConfig.requirePositive("in_channels", inChannels, Bounds.WIDTH);
        CoderConfig.requirePositive("out_channels", outChannels, Bounds.WIDTH);
        CoderConfig.requirePositive("latent_channels", latentChannels, Bounds.WIDTH);
        CoderConfig.requirePositive("layers_per_block", layersPerBlock, CoderConfig.LAYERS_PER_BLOCK);
        CoderConfig.requirePositive("norm_num_groups", normNumGroups, Bounds.WIDTH);
        CoderConfig.requirePositive("sample_size", sampleSize, 1 << 16);
        CoderConfig.requireBlocks(blockOutChannels, normNumGroups);
        CoderConfig.requireScalingFactor(scalingFactor);
        if (!Double.isFinite(shiftFactor)) {
            throw new IllegalArgumentException("shift_factor: must be finite, not " + shiftFactor);
        }
    }

    /**
     * Reads config.json; what it leaves out is what diffusers 0.42.1 takes.
     *
     * @throws IllegalArgumentException if a value is one this library cannot follow
     * @throws FolderException if a value is of another type, or a key asks for what is not supported
     */
    public static AutoencoderKlConfig from(Config config) {
        CoderConfig.requireSupported(config);
        config.refuseUnless("latents_mean", Set.of());
        config.refuseUnless("latents_std", Set.of());
        AutoencoderKlConfig read = builder()
                .inChannels(config.intOr("in_channels", 3))
                .outChannels(config.intOr("out_channels", 3))
                .latentChannels(config.intOr("latent_channels", 4))
                .blockOutChannels(config.intsOr("block_out_channels", List.of(64)))
                .layersPerBlock(config.intOr("layers_per_block", 1))
                .normNumGroups(config.intOr("norm_num_groups", 32))
                .useQuantConv(config.booleanOr("use_quant_conv", true))
                .usePostQuantConv(config.booleanOr("use_post_quant_conv", true))
                .midBlockAddAttention(config.booleanOr("mid_block_add_attention", true))
                .scalingFactor(config.doubleOr("scaling_factor", 0.18215))
                .shiftFactor(config.doubleOr("shift_factor", 0))
                .sampleSize(config.intOr("sample_size", 32))
                .forceUpcast(config.booleanOr("force_upcast", true))
                .build();
        int blocks = read.blockOutChannels().size();
        CoderConfig.requireTypes(config, "down_block_types", "DownEncoderBlock2D", blocks);
        CoderConfig.requireTypes(config, "up_block_types", "UpDecoderBlock2D", blocks);
        config.account("AutoencoderKL", Set.of());
        return read;
    }

    /** A builder that holds the values diffusers takes for what config.json leaves out. */
    public static Builder builder() {
        return new Builder();
    }

    /** Pixels of the side of a latent cell, as 8. */
    public int pixelsPerCell() {
        return 1 << (blockOutChannels.size() - 1);
    }

    /**
     * Pixels of a side of the picture that FluxPipeline makes where no size is given: 128 cells, so 1024 with cells of 8, whatever {@link
     * #sampleSize} says. Source: diffusers pipeline_flux.py@0.42.1, default_sample_size.
     */
    public int defaultPictureSize() {
        return 128 * pixelsPerCell();
    }

    /**
     * Cells of the side of a tile: those of {@link #sampleSize} pixels, less what exceeds a multiple of 4, and at least 4. (With
     * another number diffusers' own tiles do not fit each other, and its pictures come out too large.)
     */
    public int tileCells() {
        return Math.max(4, sampleSize / pixelsPerCell() / 4 * 4);
    }

    /** Named setters for {@link AutoencoderKlConfig}. */
    public static final class Builder {
        private int inChannels = 3;
        private int outChannels = 3;
        private int latentChannels = 4;
        private List<Integer> blockOutChannels = List.of(64);
        private int layersPerBlock = 1;
        private int normNumGroups = 32;
        private boolean useQuantConv = true;
        private boolean usePostQuantConv = true;
        private boolean midBlockAddAttention = true;
        private double scalingFactor = 0.18215;
        private double shiftFactor;
        private int sampleSize = 32;
        private boolean forceUpcast = true;

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

        public Builder useQuantConv(boolean value) {
            useQuantConv = value;
            return this;
        }

        public Builder usePostQuantConv(boolean value) {
            usePostQuantConv = value;
            return this;
        }

        public Builder midBlockAddAttention(boolean value) {
            midBlockAddAttention = value;
            return this;
        }

        public Builder scalingFactor(double value) {
            scalingFactor = value;
            return this;
        }

        public Builder shiftFactor(double value) {
            shiftFactor = value;
            return this;
        }

        public Builder sampleSize(int value) {
            sampleSize = value;
            return this;
        }

        public Builder forceUpcast(boolean value) {
            forceUpcast = value;
            return this;
        }

        /**
         * The configuration.
         *
         * @throws IllegalArgumentException if a number is out of range or channels do not divide into the groups
         */
        public AutoencoderKlConfig build() {
            return new AutoencoderKlConfig(
                    inChannels,
                    outChannels,
                    latentChannels,
                    blockOutChannels,
                    layersPerBlock,
                    normNumGroups,
                    useQuantConv,
                    usePostQuantConv,
                    midBlockAddAttention,
                    scalingFactor,
                    shiftFactor,
                    sampleSize,
                    forceUpcast);
        }
    }
}
