package io.bottleneck4j.models.hunyuan;

import io.bottleneck4j.models.mmdit.OriginalLayers;
import io.bottleneck4j.models.mmdit.TencentLayers;
import io.bottleneck4j.torch.io.TensorInfo;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * What Tencent called the layers of HunyuanVideo's transformer when they released it, what ComfyUI calls them where it saves it, and what
 * diffusers calls them.
 *
 * <p>Source: convert_hunyuan_video_transformer_to_diffusers in loaders/single_file_utils.py of diffusers@0.42.1; for ComfyUI's names
 * models/hunyuan_video.py of diffusion-pipe and convert_hunyuan_video_lora.py of OneTrainer.
 */
@API(status = API.Status.INTERNAL)
public final class OriginalHunyuanVideo {
    /** Its layers. */
    public static final OriginalLayers LAYERS = TencentLayers.layers(
            Map.of(),
            Map.of(
                    "time_in.mlp.0", "time_text_embed.timestep_embedder.linear_1",
                    "time_in.mlp.2", "time_text_embed.timestep_embedder.linear_2",
                    "vector_in.in_layer", "time_text_embed.text_embedder.linear_1",
                    "vector_in.out_layer", "time_text_embed.text_embedder.linear_2",
                    "guidance_in.mlp.0", "time_text_embed.guidance_embedder.linear_1",
                    "guidance_in.mlp.2", "time_text_embed.guidance_embedder.linear_2"));

    private OriginalHunyuanVideo() {}

    /** Whether a file of these tensors holds the transformer under its original names. */
    public static boolean isIn(Set<String> names) {
        return names.contains("txt_in.individual_token_refiner.blocks.0.adaLN_modulation.1.bias")
                && !names.contains("cond_type_embedding.weight"); // HunyuanVideo-1.5
    }

    /**
     * What a config.json would say of these weights, under diffusers' names, as far as their names and shapes tell. Not among it: {@code
     * rope_axes_dim} and {@code rope_theta}.
     */
    public static Map<String, Object> configuration(Map<String, TensorInfo> infos) {
        Map<String, Object> config = OriginalLayers.configuration(infos, "time_text_embed");
        config.put(
                "num_refiner_layers", OriginalLayers.blocks(infos, "context_embedder.token_refiner.refiner_blocks."));
        OriginalLayers.size(infos, "x_embedder.proj.weight", 1).ifPresent(size -> config.put("in_channels", size));
        OriginalLayers.size(infos, "context_embedder.proj_in.weight", 1)
                .ifPresent(size -> config.put("text_embed_dim", size));
        OriginalLayers.size(infos, "time_text_embed.text_embedder.linear_1.weight", 1)
                .ifPresent(size -> config.put("pooled_projection_dim", size));
        OriginalLayers.size(infos, "x_embedder.proj.weight", 0)
                .ifPresent(width -> OriginalLayers.heads(infos, config, width));
        return config;
    }
}
