package io.bottleneck4j.models.hunyuan15;

import io.bottleneck4j.models.mmdit.OriginalLayers;
import io.bottleneck4j.models.mmdit.TencentLayers;
import io.bottleneck4j.torch.io.TensorInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * What the layers of HunyuanVideo-1.5's transformer are called in the files of its release and in ComfyUI's, which join queries, keys and
 * values, and what diffusers calls them.
 *
 * <p>Source: scripts/convert_hunyuan_video1_5_to_diffusers.py of diffusers@58eb52c; for ComfyUI's files hunyuan_video_1_5_models.py of
 * musubi-tuner@30c658c, for what it saves itself comfy/supported_models.py.
 */
@API(status = API.Status.INTERNAL)
public final class OriginalHunyuanVideo15 {
    private static final String MEANFLOW = "time_embed.timestep_embedder_r.linear_1";

    private static final Map<String, List<String>> APART = Map.of(
            "img_attn_q", List.of("attn.to_q"),
            "img_attn_k", List.of("attn.to_k"),
            "img_attn_v", List.of("attn.to_v"),
            "txt_attn_q", List.of("attn.add_q_proj"),
            "txt_attn_k", List.of("attn.add_k_proj"),
            "txt_attn_v", List.of("attn.add_v_proj"));

    private static final Map<String, String> OUTSIDE = Map.ofEntries(
            Map.entry("time_in.mlp.0", "time_embed.timestep_embedder.linear_1"),
            Map.entry("time_in.mlp.2", "time_embed.timestep_embedder.linear_2"),
            Map.entry("time_r_in.mlp.0", MEANFLOW),
            Map.entry("time_r_in.mlp.2", "time_embed.timestep_embedder_r.linear_2"),
            Map.entry("byt5_in.layernorm", "context_embedder_2.norm"),
            Map.entry("byt5_in.fc1", "context_embedder_2.linear_1"),
            Map.entry("byt5_in.fc2", "context_embedder_2.linear_2"),
            Map.entry("byt5_in.fc3", "context_embedder_2.linear_3"),
            Map.entry("vision_in.proj.0", "image_embedder.norm_in"),
            Map.entry("vision_in.proj.1", "image_embedder.linear_1"),
            Map.entry("vision_in.proj.3", "image_embedder.linear_2"),
            Map.entry("vision_in.proj.4", "image_embedder.norm_out"),
            Map.entry("cond_type_embedding", "cond_type_embed"));

    /** Its layers. */
    public static final OriginalLayers LAYERS = TencentLayers.layers(APART, OUTSIDE);

    private OriginalHunyuanVideo15() {}

    /** Whether a file of these tensors holds the transformer under its original names. */
    public static boolean isIn(Set<String> names) {
        return names.contains("cond_type_embedding.weight") && names.contains("img_in.proj.weight");
    }

    /** Whether a file of these tensors holds the transformer under diffusers' names. */
    public static boolean isRenamedIn(Set<String> names) {
        return names.contains("cond_type_embed.weight");
    }

    /**
     * What a config.json would say of these weights, under diffusers' names, as far as their names and shapes tell. Not among it: {@code
     * target_size}, {@code rope_axes_dim} and {@code rope_theta}.
     */
    public static Map<String, Object> configuration(Map<String, TensorInfo> infos) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("num_layers", OriginalLayers.blocks(infos, "transformer_blocks."));
        config.put(
                "num_refiner_layers", OriginalLayers.blocks(infos, "context_embedder.token_refiner.refiner_blocks."));
        config.put("use_meanflow", infos.containsKey(MEANFLOW + ".weight"));
        OriginalLayers.size(infos, "x_embedder.proj.weight", 1).ifPresent(size -> config.put("in_channels", size));
        OriginalLayers.size(infos, "x_embedder.proj.weight", 3)
                .filter(side -> side > 0)
                .ifPresent(side -> {
                    config.put("patch_size", side);
                    OriginalLayers.size(infos, "proj_out.weight", 0)
                            .ifPresent(rows -> config.put("out_channels", rows / (side * side)));
                });
        OriginalLayers.size(infos, "context_embedder.proj_in.weight", 1)
                .ifPresent(size -> config.put("text_embed_dim", size));
        OriginalLayers.size(infos, "context_embedder_2.linear_1.weight", 1)
                .ifPresent(size -> config.put("text_embed_2_dim", size));
        OriginalLayers.size(infos, "image_embedder.norm_in.weight", 0)
                .ifPresent(size -> config.put("image_embed_dim", size));
        OriginalLayers.size(infos, "x_embedder.proj.weight", 0)
                .ifPresent(width -> OriginalLayers.heads(infos, config, width));
        return config;
    }
}
