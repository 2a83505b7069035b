package io.bottleneck4j.models.vae;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.DType;
import java.util.List;
import java.util.Set;

/**
 * The shape of an AutoencoderKLHunyuanVideo15, in the words of its config.json. Source: diffusers
 * autoencoder_kl_hunyuanvideo15.py@0.42.1.
 *
 * @param inChannels channels of the video encoded, as a rule 3
 * @param outChannels channels of the video decoded, as a rule 3
 * @param latentChannels channels of the latents
 * @param blockOutChannels channels of each block, the first at the video's own resolution
 * @param layersPerBlock residual blocks in each block of the encoder; the decoder's have one more
 * @param spatialCompressionRatio pixels of the side of a latent cell: 2, 4, ..; the first blocks halve
 * @param temporalCompressionRatio frames in a latent cell but the first, which holds one; the last of those that halve do so in time
 * @param downsampleMatchChannel whether an encoder's block ends with the channels of the next
 * @param upsampleMatchChannel whether a decoder's does
 * @param scalingFactor of latents on their way to the diffusion model
 */
public record AutoencoderKlHunyuanVideo15Config(
        int inChannels,
        int outChannels,
        int latentChannels,
        List<Integer> blockOutChannels,
        int layersPerBlock,
        int spatialCompressionRatio,
        int temporalCompressionRatio,
        boolean downsampleMatchChannel,
        boolean upsampleMatchChannel,
        double scalingFactor) {

    public AutoencoderKlHunyuanVideo15Config {
        blockOutChannels = List.copyOf(blockOutChannels);
        CoderConfig.requireSound(
                inChannels, outChannels, latentChannels, blockOutChannels, layersPerBlock, 1, scalingFactor);
        requirePowerOfTwo("spatial_compression_ratio", spatialCompressionRatio);
        requirePowerOfTwo("temporal_compression_ratio", temporalCompressionRatio);
        if (temporalCompressionRatio > spatialCompressionRatio) {
            throw new IllegalArgumentException("temporal_compression_ratio: must be at most spatial_compression_ratio "
                    + spatialCompressionRatio + ", not " + temporalCompressionRatio);
        }
        if (doublings(spatialCompressionRatio) >= blockOutChannels.size()) {
            throw new IllegalArgumentException("block_out_channels: must be more than the "
                    + doublings(spatialCompressionRatio) + " that halve the sides for a spatial_compression_ratio of "
                    + spatialCompressionRatio + ", not " + blockOutChannels.size());
        }
        int last = blockOutChannels.get(blockOutChannels.size() - 1);
        Bounds.multiple("block_out_channels: the last", last, "latent_channels, twice,", 2 * latentChannels);
        // What goes past a change of resolution is dealt out in equal parts.
        for (int i = 0; i < doublings(spatialCompressionRatio); i++) {
            int outer = blockOutChannels.get(i);
            int inner = blockOutChannels.get(i + 1);
            if (outer % 8 != 0 || inner % 8 != 0 || (8 * outer) % (2 * inner) != 0 || (4 * inner) % outer != 0) {
                throw new IllegalArgumentException("block_out_channels: must be multiples of 8, each a whole part or a"
                        + " multiple of the one before, where the resolution changes, not " + blockOutChannels);
            }
        }
    }

    private static void requirePowerOfTwo(String key, int ratio) {
        if (ratio < 1 || Integer.bitCount(ratio) != 1) {
            throw new IllegalArgumentException(key + ": must be a power of 2, not " + ratio);
        }
    }

    /** Reads config.json; what it leaves out is what diffusers 0.42.1 takes. */
    public static AutoencoderKlHunyuanVideo15Config from(Config config) {
        config.refuseUnless("_class_name", Set.of("AutoencoderKLHunyuanVideo15"));
        config.refuseUnless("quantization_config", Set.of());
        AutoencoderKlHunyuanVideo15Config read = new AutoencoderKlHunyuanVideo15Config(
                config.intOr("in_channels", 3),
                config.intOr("out_channels", 3),
                config.intOr("latent_channels", 32),
                config.intsOr("block_out_channels", List.of(128, 256, 512, 1024, 1024)),
                config.intOr("layers_per_block", 2),
                config.intOr("spatial_compression_ratio", 16),
                config.intOr("temporal_compression_ratio", 4),
                config.booleanOr("downsample_match_channel", true),
                config.booleanOr("upsample_match_channel", true),
                config.doubleOr("scaling_factor", 1.03682));
        config.account("AutoencoderKLHunyuanVideo15", Set.of());
        return read;
    }

    /** Blocks of encoder or decoder, from the first on, that change the sides. */
    int spatialDoublings() {
        return doublings(spatialCompressionRatio);
    }

    /** Those of them, the encoder's last and the decoder's first, that change time. */
    int temporalDoublings() {
        return doublings(temporalCompressionRatio);
    }

    private static int doublings(int ratio) {
        return Integer.numberOfTrailingZeros(ratio);
    }

    /** Frames of the video that this many frames of latents make. */
    public long frames(long cells) {
        return 1 + (cells - 1) * temporalCompressionRatio;
    }

    /**
     * The memory that decoding needs beside the weights, foretold from shapes alone: where a frame is largest, what a residual block holds
     * at once, its input and three more; or what a change of resolution does; the copies within a convolution; and the video, where it is
     * put together from tiles.
     *
     * @param tile cells of a tile's side; 0 for whole frames
     */
    public long decodeBytes(DType dtype, long cells, long height, long width, int tile) {
        long positions =
                cells * (tile == 0 ? height : Math.min(height, tile)) * (tile == 0 ? width : Math.min(width, tile));
        int count = blockOutChannels.size();
        int in = blockOutChannels.get(count - 1);
        long most = 0;
        long frames = cells;
        for (int i = 0; i < count; i++) {
            int out = blockOutChannels.get(count - 1 - i);
            most = Math.max(
                    most, 4 * positions * Math.max(in, out) + copies(positions / frames, frames, Math.max(in, out)));
            in = out;
            if (i < spatialDoublings()) {
                boolean time = i < temporalDoublings();
                int next = upsampleMatchChannel ? blockOutChannels.get(count - 2 - i) : out;
                // The block's result, what the convolution makes of it, and that moved.
                most = Math.max(
                        most, positions * (in + 2L * (time ? 8 : 4) * next) + copies(positions / frames, frames, in));
                long later = time ? 2 * frames - 1 : frames;
                positions = positions / frames * 4 * later;
                frames = later;
                in = next;
            }
        }
        long pixels = frames(cells) * height * spatialCompressionRatio * width * spatialCompressionRatio;
        return (most + (tile == 0 ? 1 : 2) * pixels * outChannels) * dtype.bytes();
    }

    /** Two copies of some frames with their edges, which a convolution makes. */
    private static long copies(long plane, long frames, long channels) {
        long some = Math.min(frames, CausalConv3d.framesAtATime(channels * plane));
        return 2 * (some + 2) * plane * channels;
    }
}
