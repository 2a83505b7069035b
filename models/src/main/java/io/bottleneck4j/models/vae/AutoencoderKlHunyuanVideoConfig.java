package io.bottleneck4j.models.vae;

import io.bottleneck4j.models.folder.Config;
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
        CoderConfig.requireSound(
                inChannels,
                outChannels,
                latentChannels,
                blockOutChannels,
                layersPerBlock,
                normNumGroups,
                scalingFactor);
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

    /** Reads config.json; what it leaves out is what diffusers 0.42.1 takes. */
    public static AutoencoderKlHunyuanVideoConfig from(Config config) {
        config.refuseUnless("_class_name", Set.of("AutoencoderKLHunyuanVideo"));
        CoderConfig.requireSupported(config);
        AutoencoderKlHunyuanVideoConfig read = new AutoencoderKlHunyuanVideoConfig(
                config.intOr("in_channels", 3),
                config.intOr("out_channels", 3),
                config.intOr("latent_channels", 16),
                config.intsOr("block_out_channels", List.of(128, 256, 512, 512)),
                config.intOr("layers_per_block", 2),
                config.intOr("norm_num_groups", 32),
                config.doubleOr("scaling_factor", 0.476986),
                config.intOr("spatial_compression_ratio", 8),
                config.intOr("temporal_compression_ratio", 4),
                config.booleanOr("mid_block_add_attention", true));
        int blocks = read.blockOutChannels().size();
        CoderConfig.requireTypes(config, "down_block_types", "HunyuanVideoDownBlock3D", blocks);
        CoderConfig.requireTypes(config, "up_block_types", "HunyuanVideoUpBlock3D", blocks);
        config.account("AutoencoderKLHunyuanVideo", Set.of());
        return read;
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
}
