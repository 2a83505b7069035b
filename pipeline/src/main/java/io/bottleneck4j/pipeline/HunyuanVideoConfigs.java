package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;
import java.util.List;
import java.util.Set;

/** Reads a HunyuanVideoTransformer3DModel's config.json; what it leaves out is what diffusers 0.42.1 takes. */
final class HunyuanVideoConfigs {
    private HunyuanVideoConfigs() {}

    static HunyuanVideoConfig read(Config config) {
        config.refuseUnless("qk_norm", Set.of("rms_norm"));
        config.refuseUnless("patch_size_t", Set.of("1"));
        config.refuseUnless("image_condition_type", Set.of()); // those models take a picture too
        int inChannels = config.intOr("in_channels", 16);
        return HunyuanVideoConfig.builder()
                .inChannels(inChannels)
                .outChannels(config.intOr("out_channels", inChannels))
                .numAttentionHeads(config.intOr("num_attention_heads", 24))
                .attentionHeadDim(config.intOr("attention_head_dim", 128))
                .numLayers(config.intOr("num_layers", 20))
                .numSingleLayers(config.intOr("num_single_layers", 40))
                .numRefinerLayers(config.intOr("num_refiner_layers", 2))
                .mlpRatio(config.doubleOr("mlp_ratio", 4))
                .patchSize(config.intOr("patch_size", 2))
                .guidanceEmbeds(config.booleanOr("guidance_embeds", true))
                .textEmbedDim(config.intOr("text_embed_dim", 4096))
                .pooledProjectionDim(config.intOr("pooled_projection_dim", 768))
                .ropeTheta(config.doubleOr("rope_theta", 256))
                .ropeAxesDim(config.intsOr("rope_axes_dim", List.of(16, 56, 56)))
                .build();
    }
}
