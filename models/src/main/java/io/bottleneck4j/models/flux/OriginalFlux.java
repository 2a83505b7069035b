package io.bottleneck4j.models.flux;

import io.bottleneck4j.models.mmdit.OriginalLayers;
import io.bottleneck4j.models.mmdit.OriginalLayers.Blocks;
import io.bottleneck4j.torch.io.TensorInfo;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * What Black Forest Labs called the layers of FLUX.1's transformer when they released it, and what diffusers calls them. Single files and
 * most LoRAs have the first names, folders the second, and models here know the second alone.
 *
 * <p>Source: convert_flux_transformer_checkpoint_to_diffusers in loaders/single_file_utils.py of diffusers@0.42.1.
 */
@API(status = API.Status.INTERNAL)
public final class OriginalFlux {
    private static final Map<String, List<String>> DOUBLE = Map.of(
            "img_mod.lin", List.of("norm1.linear"),
            "txt_mod.lin", List.of("norm1_context.linear"),
            "img_mlp.0", List.of("ff.net.0.proj"),
            "img_mlp.2", List.of("ff.net.2"),
            "txt_mlp.0", List.of("ff_context.net.0.proj"),
            "txt_mlp.2", List.of("ff_context.net.2"));

    private static final Map<String, List<String>> SINGLE = Map.of(
            "modulation.lin", List.of("norm.linear"),
            "linear1", List.of("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"),
            "linear2", List.of("proj_out"),
            "norm.query_norm", List.of("attn.norm_q"),
            "norm.key_norm", List.of("attn.norm_k"));

    private static final Map<String, String> OUTSIDE = Map.of(
            "img_in", "x_embedder",
            "txt_in", "context_embedder",
            "time_in.in_layer", "time_text_embed.timestep_embedder.linear_1",
            "time_in.out_layer", "time_text_embed.timestep_embedder.linear_2",
            "vector_in.in_layer", "time_text_embed.text_embedder.linear_1",
            "vector_in.out_layer", "time_text_embed.text_embedder.linear_2",
            "guidance_in.in_layer", "time_text_embed.guidance_embedder.linear_1",
            "guidance_in.out_layer", "time_text_embed.guidance_embedder.linear_2",
            "final_layer.linear", "proj_out",
            "final_layer.adaLN_modulation.1", "norm_out.linear");

    /** Its layers. */
    public static final OriginalLayers LAYERS = new OriginalLayers(
                    List.of(
                            Blocks.ofTwoStreams(DOUBLE),
                            new Blocks("single_blocks", "single_transformer_blocks", SINGLE)),
                    OUTSIDE)
            .swapped("final_layer.adaLN_modulation.1");

    private OriginalFlux() {}

    /** Whether a file of these tensors holds the transformer under its original names. */
    public static boolean isIn(Set<String> names) {
        return names.contains("img_in.weight") && names.contains("vector_in.in_layer.weight");
    }

    /**
     * What a config.json would say of these weights, under diffusers' names, as far as their names and shapes tell. Not among it: {@code
     * axes_dims_rope}.
     */
    public static Map<String, Object> configuration(Map<String, TensorInfo> infos) {
        Map<String, Object> config = OriginalLayers.configuration(infos, "time_text_embed");
        OriginalLayers.size(infos, "x_embedder.weight", 1).ifPresent(size -> config.put("in_channels", size));
        OriginalLayers.size(infos, "proj_out.weight", 0).ifPresent(size -> config.put("out_channels", size));
        OriginalLayers.size(infos, "context_embedder.weight", 1)
                .ifPresent(size -> config.put("joint_attention_dim", size));
        OriginalLayers.size(infos, "time_text_embed.text_embedder.linear_1.weight", 1)
                .ifPresent(size -> config.put("pooled_projection_dim", size));
        OriginalLayers.size(infos, "x_embedder.weight", 0)
                .ifPresent(width -> OriginalLayers.heads(infos, config, width));
        return config;
    }
}
