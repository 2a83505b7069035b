package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.folder.Config;
import java.util.List;
import java.util.Set;

/** Reads a FluxTransformer2DModel's config.json; what it leaves out is what diffusers 0.42.1 takes. */
final class FluxConfigs {
    private FluxConfigs() {}

    static FluxConfig read(Config config) {
        config.refuseUnless("patch_size", Set.of("1"));
        int inChannels = config.intOr("in_channels", 64);
        return new FluxConfig(
                inChannels,
                config.intOr("out_channels", inChannels),
                config.intOr("num_layers", 19),
                config.intOr("num_single_layers", 38),
                config.intOr("attention_head_dim", 128),
                config.intOr("num_attention_heads", 24),
                config.intOr("joint_attention_dim", 4096),
                config.intOr("pooled_projection_dim", 768),
                config.booleanOr("guidance_embeds", false),
                config.intsOr("axes_dims_rope", List.of(16, 56, 56)));
    }
}
