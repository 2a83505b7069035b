package io.bottleneck4j.models.flux2;

import io.bottleneck4j.models.mmdit.OriginalLayers;
import io.bottleneck4j.models.mmdit.OriginalLayers.Blocks;
import io.bottleneck4j.torch.io.TensorInfo;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * What Black Forest Labs called the layers of FLUX.2's transformer when they released it, as ComfyUI's files have them too, and what
 * diffusers calls them.
 *
 * <p>Source: convert_flux2_transformer_checkpoint_to_diffusers in loaders/single_file_utils.py of diffusers@0.42.1.
 */
@API(status = API.Status.INTERNAL)
public final class OriginalFlux2 {
    private static final Map<String, List<String>> DOUBLE = Map.of(
            "img_mlp.0", List.of("ff.linear_in"),
            "img_mlp.2", List.of("ff.linear_out"),
            "txt_mlp.0", List.of("ff_context.linear_in"),
            "txt_mlp.2", List.of("ff_context.linear_out"));

    private static final Map<String, List<String>> SINGLE = Map.of(
            "linear1", List.of("attn.to_qkv_mlp_proj"),
            "linear2", List.of("attn.to_out"),
            "norm.query_norm", List.of("attn.norm_q"),
            "norm.key_norm", List.of("attn.norm_k"));

    private static final Map<String, String> OUTSIDE = Map.ofEntries(
            Map.entry("img_in", "x_embedder"),
            Map.entry("txt_in", "context_embedder"),
            Map.entry("time_in.in_layer", "time_guidance_embed.timestep_embedder.linear_1"),
            Map.entry("time_in.out_layer", "time_guidance_embed.timestep_embedder.linear_2"),
            Map.entry("guidance_in.in_layer", "time_guidance_embed.guidance_embedder.linear_1"),
            Map.entry("guidance_in.out_layer", "time_guidance_embed.guidance_embedder.linear_2"),
            Map.entry("double_stream_modulation_img.lin", "double_stream_modulation_img.linear"),
            Map.entry("double_stream_modulation_txt.lin", "double_stream_modulation_txt.linear"),
            Map.entry("single_stream_modulation.lin", "single_stream_modulation.linear"),
            Map.entry("final_layer.linear", "proj_out"),
            Map.entry("final_layer.adaLN_modulation.1", "norm_out.linear"));

    /** Its layers. */
    public static final OriginalLayers LAYERS = new OriginalLayers(
                    List.of(
                            Blocks.ofTwoStreams(DOUBLE),
                            new Blocks("single_blocks", "single_transformer_blocks", SINGLE)),
                    OUTSIDE)
            .swapped("final_layer.adaLN_modulation.1");

    private OriginalFlux2() {}

    /** Whether a file of these tensors holds the transformer under its original names. */
    public static boolean isIn(Set<String> names) {
        return names.contains("double_stream_modulation_img.lin.weight");
    }

    /** Whether a file of these tensors holds the transformer under diffusers' names. */
    public static boolean isRenamedIn(Set<String> names) {
        return names.contains("double_stream_modulation_img.linear.weight");
    }

    /**
     * What a config.json would say of these weights, under diffusers' names, as far as their names and shapes tell. Not among it: {@code
     * axes_dims_rope}, {@code rope_theta} and {@code mlp_ratio}.
     */
    public static Map<String, Object> configuration(Map<String, TensorInfo> infos) {
        Map<String, Object> config = OriginalLayers.configuration(infos, "time_guidance_embed");
        OriginalLayers.size(infos, "x_embedder.weight", 1).ifPresent(size -> config.put("in_channels", size));
        OriginalLayers.size(infos, "context_embedder.weight", 1)
                .ifPresent(size -> config.put("joint_attention_dim", size));
        OriginalLayers.size(infos, "x_embedder.weight", 0)
                .ifPresent(width -> OriginalLayers.heads(infos, config, width));
        return config;
    }
}
