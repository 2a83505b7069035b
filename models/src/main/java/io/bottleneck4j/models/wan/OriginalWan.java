package io.bottleneck4j.models.wan;

import io.bottleneck4j.models.mmdit.OriginalLayers;
import io.bottleneck4j.models.mmdit.OriginalLayers.Blocks;
import io.bottleneck4j.torch.io.TensorInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * What the layers of Wan's transformer are called in the files of its release and ComfyUI's, and what diffusers calls them.
 *
 * <p>Source: convert_wan_transformer_to_diffusers in loaders/single_file_utils.py of diffusers@0.42.1.
 */
@API(status = API.Status.INTERNAL)
public final class OriginalWan {
    private static final int HEAD_DIM = 128;

    private static final Map<String, List<String>> BLOCK = Map.ofEntries(
            Map.entry("self_attn.q", List.of("attn1.to_q")),
            Map.entry("self_attn.k", List.of("attn1.to_k")),
            Map.entry("self_attn.v", List.of("attn1.to_v")),
            Map.entry("self_attn.o", List.of("attn1.to_out.0")),
            Map.entry("self_attn.norm_q", List.of("attn1.norm_q")),
            Map.entry("self_attn.norm_k", List.of("attn1.norm_k")),
            Map.entry("cross_attn.q", List.of("attn2.to_q")),
            Map.entry("cross_attn.k", List.of("attn2.to_k")),
            Map.entry("cross_attn.v", List.of("attn2.to_v")),
            Map.entry("cross_attn.o", List.of("attn2.to_out.0")),
            Map.entry("cross_attn.norm_q", List.of("attn2.norm_q")),
            Map.entry("cross_attn.norm_k", List.of("attn2.norm_k")),
            Map.entry("norm3", List.of("norm2")),
            Map.entry("ffn.0", List.of("ffn.net.0.proj")),
            Map.entry("ffn.2", List.of("ffn.net.2")),
            Map.entry("modulation", List.of("scale_shift_table")));

    private static final Map<String, String> OUTSIDE = Map.of(
            "patch_embedding", "patch_embedding",
            "time_embedding.0", "condition_embedder.time_embedder.linear_1",
            "time_embedding.2", "condition_embedder.time_embedder.linear_2",
            "text_embedding.0", "condition_embedder.text_embedder.linear_1",
            "text_embedding.2", "condition_embedder.text_embedder.linear_2",
            "time_projection.1", "condition_embedder.time_proj",
            "head.modulation", "scale_shift_table",
            "head.head", "proj_out");

    /** Its layers; the two modulations are tensors themselves. */
    public static final OriginalLayers LAYERS = new OriginalLayers(List.of(Blocks.of("blocks", BLOCK)), OUTSIDE);

    private OriginalWan() {}

    /** Whether a file of these tensors holds the transformer under its original names. */
    public static boolean isIn(Set<String> names) {
        return names.contains("head.modulation") && names.contains("blocks.0.cross_attn.q.weight");
    }

    /** Whether a file of these tensors holds the transformer under diffusers' names. */
    public static boolean isRenamedIn(Set<String> names) {
        return names.contains("condition_embedder.time_proj.weight") && names.contains("blocks.0.attn2.to_q.weight");
    }

    /**
     * What a config.json would say of these weights, under diffusers' names, as far as their names and shapes tell. Every published Wan
     * has heads of 128.
     */
    public static Map<String, Object> configuration(Map<String, TensorInfo> infos) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("num_layers", OriginalLayers.blocks(infos, "blocks."));
        OriginalLayers.size(infos, "patch_embedding.weight", 1).ifPresent(size -> config.put("in_channels", size));
        OriginalLayers.size(infos, "proj_out.weight", 0).ifPresent(size -> config.put("out_channels", size / 4));
        OriginalLayers.size(infos, "patch_embedding.weight", 0)
                .filter(width -> width % HEAD_DIM == 0)
                .ifPresent(width -> config.put("num_attention_heads", width / HEAD_DIM));
        OriginalLayers.size(infos, "blocks.0.ffn.net.0.proj.weight", 0).ifPresent(size -> config.put("ffn_dim", size));
        OriginalLayers.size(infos, "condition_embedder.text_embedder.linear_1.weight", 1)
                .ifPresent(size -> config.put("text_dim", size));
        return config;
    }
}
