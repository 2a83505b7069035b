package io.bottleneck4j.models.vae;

import io.bottleneck4j.models.folder.Config;
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
        CoderConfig.requireSound(
                inChannels,
                outChannels,
                latentChannels,
                blockOutChannels,
                layersPerBlock,
                normNumGroups,
                scalingFactor);
        CoderConfig.requirePositive("sample_size", sampleSize, 1 << 16);
        if (!Double.isFinite(shiftFactor)) {
            throw new IllegalArgumentException("shift_factor: must be finite, not " + shiftFactor);
        }
    }

    /** Reads config.json; what it leaves out is what diffusers 0.42.1 takes. */
    public static AutoencoderKlConfig from(Config config) {
        CoderConfig.requireSupported(config);
        config.refuseUnless("latents_mean", Set.of());
        config.refuseUnless("latents_std", Set.of());
        AutoencoderKlConfig read = new AutoencoderKlConfig(
                config.intOr("in_channels", 3),
                config.intOr("out_channels", 3),
                config.intOr("latent_channels", 4),
                config.intsOr("block_out_channels", List.of(64)),
                config.intOr("layers_per_block", 1),
                config.intOr("norm_num_groups", 32),
                config.booleanOr("use_quant_conv", true),
                config.booleanOr("use_post_quant_conv", true),
                config.booleanOr("mid_block_add_attention", true),
                config.doubleOr("scaling_factor", 0.18215),
                config.doubleOr("shift_factor", 0),
                config.intOr("sample_size", 32),
                config.booleanOr("force_upcast", true));
        int blocks = read.blockOutChannels().size();
        CoderConfig.requireTypes(config, "down_block_types", "DownEncoderBlock2D", blocks);
        CoderConfig.requireTypes(config, "up_block_types", "UpDecoderBlock2D", blocks);
        config.account("AutoencoderKL", Set.of());
        return read;
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
}
