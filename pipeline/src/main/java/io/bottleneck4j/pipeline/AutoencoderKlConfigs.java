package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.vae.AutoencoderKlConfig;
import java.util.List;
import java.util.Set;

/** Reads an AutoencoderKL's config.json; what it leaves out is what diffusers 0.42.1 takes. */
final class AutoencoderKlConfigs {
    private AutoencoderKlConfigs() {}

    static AutoencoderKlConfig read(Config config) {
        config.refuseUnless("act_fn", Set.of("silu", "swish"));
        config.refuseUnless("latents_mean", Set.of());
        config.refuseUnless("latents_std", Set.of());
        requireBlocks(config, "down_block_types", "DownEncoderBlock2D");
        requireBlocks(config, "up_block_types", "UpDecoderBlock2D");
        return AutoencoderKlConfig.builder()
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
    }

    private static void requireBlocks(Config config, String key, String type) {
        List<String> types = config.stringsOr(key, List.of(type));
        if (!types.stream().allMatch(type::equals)) {
            throw new IllegalArgumentException(key + ": must all be " + type + ", not " + types);
        }
    }
}
