package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideoConfig;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** Reads an AutoencoderKLHunyuanVideo's config.json; what it leaves out is what diffusers 0.42.1 takes. */
final class AutoencoderKlHunyuanVideoConfigs {
    private AutoencoderKlHunyuanVideoConfigs() {}

    static AutoencoderKlHunyuanVideoConfig read(Config config) {
        config.refuseUnless("_class_name", Set.of("AutoencoderKLHunyuanVideo"));
        config.refuseUnless("act_fn", Set.of("silu", "swish"));
        AutoencoderKlHunyuanVideoConfig read = AutoencoderKlHunyuanVideoConfig.builder()
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
        requireBlocks(config, "down_block_types", "HunyuanVideoDownBlock3D", blocks);
        requireBlocks(config, "up_block_types", "HunyuanVideoUpBlock3D", blocks);
        return read;
    }

    private static void requireBlocks(Config config, String key, String type, int count) {
        List<String> wanted = Collections.nCopies(count, type);
        List<String> types = config.stringsOr(key, wanted);
        if (!types.equals(wanted)) {
            throw new IllegalArgumentException(
                    key + ": must be " + type + " for each of the " + count + " block_out_channels, not " + types);
        }
    }
}
