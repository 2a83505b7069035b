package io.bottleneck4j.models.vae;

import io.bottleneck4j.models.folder.Bounds;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.io.Excerpt;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** What the configurations of the autoencoders have in common: the layers of encoder and decoder. */
sealed interface CoderConfig permits AutoencoderKlConfig, AutoencoderKlHunyuanVideoConfig {
    /** Most residual blocks at one resolution; published autoencoders have two. */
    int LAYERS_PER_BLOCK = 64;

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

    /** Refuses what no layers can be built of, and a factor that latents cannot be multiplied and divided by. */
    static void requireSound(
            int inChannels,
            int outChannels,
            int latentChannels,
            List<Integer> blockOutChannels,
            int layersPerBlock,
            int normNumGroups,
            double scalingFactor) {
        requirePositive("in_channels", inChannels, Bounds.WIDTH);
        requirePositive("out_channels", outChannels, Bounds.WIDTH);
        requirePositive("latent_channels", latentChannels, Bounds.WIDTH);
        requirePositive("layers_per_block", layersPerBlock, LAYERS_PER_BLOCK);
        requirePositive("norm_num_groups", normNumGroups, Bounds.WIDTH);
        if (blockOutChannels.isEmpty() || blockOutChannels.size() > 16) {
            throw new IllegalArgumentException(
                    "block_out_channels: must hold 1 to 16 numbers, not " + blockOutChannels.size());
        }
        for (int channels : blockOutChannels) {
            if (channels <= 0 || channels % normNumGroups != 0) {
                throw new IllegalArgumentException("block_out_channels: must be positive multiples of norm_num_groups "
                        + normNumGroups + ", not " + blockOutChannels);
            }
            Bounds.atMost("block_out_channels", channels, Bounds.WIDTH);
        }
        if (!Double.isFinite(scalingFactor) || scalingFactor == 0) {
            throw new IllegalArgumentException("scaling_factor: must be finite and not 0, not " + scalingFactor);
        }
    }

    /** Refuses a number that is not positive, or above a bound. */
    static void requirePositive(String name, int value, int most) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + ": must be positive, not " + value);
        }
        Bounds.atMost(name, value, most);
    }

    /** Refuses what neither autoencoder here has, before anything is built. */
    static void requireSupported(Config config) {
        config.refuseUnless("act_fn", Set.of("silu", "swish"));
        config.refuseUnless("quantization_config", Set.of());
    }

    /** Refuses blocks that are not all of the one type there is, or not as many as there are channels. */
    static void requireTypes(Config config, String key, String type, int count) {
        List<String> types = config.stringsOr(key, Collections.nCopies(count, type));
        if (!types.stream().allMatch(type::equals)) {
            throw new IllegalArgumentException(key + ": must all be " + type + ", not " + Excerpt.listed(types));
        }
        if (types.size() != count) {
            throw new IllegalArgumentException(key + ": must be " + type + " for each of the " + count
                    + " block_out_channels, not " + Excerpt.listed(types));
        }
    }
}
