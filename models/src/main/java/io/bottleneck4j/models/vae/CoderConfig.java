package io.bottleneck4j.models.vae;

import java.util.List;

/** What the configurations of the autoencoders have in common: the layers of encoder and decoder. */
sealed interface CoderConfig permits AutoencoderKlConfig, AutoencoderKlHunyuanVideoConfig {
    int inChannels();

    int outChannels();

    int latentChannels();

    List<Integer> blockOutChannels();

    int layersPerBlock();

    int normNumGroups();

    boolean midBlockAddAttention();

    /** Channels at the highest resolution. */
    default int outermostChannels() {
        return blockOutChannels().get(0);
    }

    /** Channels at the lowest resolution. */
    default int innermostChannels() {
        return blockOutChannels().get(blockOutChannels().size() - 1);
    }

    /**
     * Does nothing if every block has channels that the groups divide.
     *
     * @throws IllegalArgumentException naming the channels
     */
    static void requireBlocks(List<Integer> blockOutChannels, int normNumGroups) {
        if (blockOutChannels.isEmpty() || blockOutChannels.size() > 16) {
            throw new IllegalArgumentException(
                    "block_out_channels: must hold 1 to 16 numbers, not " + blockOutChannels.size());
        }
        for (int channels : blockOutChannels) {
            if (channels <= 0 || channels % normNumGroups != 0) {
                throw new IllegalArgumentException("block_out_channels: must be positive multiples of norm_num_groups "
                        + normNumGroups + ", not " + blockOutChannels);
            }
        }
    }

    /**
     * Does nothing if latents can be multiplied and divided by the factor.
     *
     * @throws IllegalArgumentException naming the factor
     */
    static void requireScalingFactor(double factor) {
        if (!Double.isFinite(factor) || factor == 0) {
            throw new IllegalArgumentException("scaling_factor: must be finite and not 0, not " + factor);
        }
    }

    static void requirePositive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + ": must be positive, not " + value);
        }
    }
}
