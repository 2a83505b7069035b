package io.bottleneck4j.models.flux;

import io.bottleneck4j.models.mmdit.OriginalLayers;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/**
 * What Black Forest Labs called the layers of FLUX.1's transformer when they released it, and what diffusers calls them. Single files and
 * most LoRAs have the first names, folders the second, and models here know the second alone.
 *
 * <p>Source: convert_flux_transformer_checkpoint_to_diffusers in loaders/single_file_utils.py of diffusers@0.42.1.
 */
@API(status = API.Status.INTERNAL)
public final class OriginalFlux {
    private static final Pattern BLOCK = Pattern.compile("(double|single)_blocks\\.(\\d{1,4})\\.(.+)");

    /** The same with underscores for dots. */
    private static final Pattern UNDERSCORED = Pattern.compile("(double|single)_blocks_(\\d{1,4})_(.+)");

    private static final Map<String, List<String>> DOUBLE = Map.ofEntries(
            Map.entry("img_mod.lin", List.of("norm1.linear")),
            Map.entry("txt_mod.lin", List.of("norm1_context.linear")),
            Map.entry("img_attn.qkv", List.of("attn.to_q", "attn.to_k", "attn.to_v")),
            Map.entry("txt_attn.qkv", List.of("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj")),
            Map.entry("img_attn.norm.query_norm", List.of("attn.norm_q")),
            Map.entry("img_attn.norm.key_norm", List.of("attn.norm_k")),
            Map.entry("txt_attn.norm.query_norm", List.of("attn.norm_added_q")),
            Map.entry("txt_attn.norm.key_norm", List.of("attn.norm_added_k")),
            Map.entry("img_attn.proj", List.of("attn.to_out.0")),
            Map.entry("txt_attn.proj", List.of("attn.to_add_out")),
            Map.entry("img_mlp.0", List.of("ff.net.0.proj")),
            Map.entry("img_mlp.2", List.of("ff.net.2")),
            Map.entry("txt_mlp.0", List.of("ff_context.net.0.proj")),
            Map.entry("txt_mlp.2", List.of("ff_context.net.2")));

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

    private OriginalFlux() {}

    /**
     * diffusers' layers whose rows lie one below the other in an original layer, in that order: {@code double_blocks.0.img_attn.qkv} is
     * {@code transformer_blocks.0.attn.to_q}, {@code to_k} and {@code to_v}. Empty where FLUX.1 has no such layer.
     *
     * @param layer without {@code .weight}, {@code .bias} or {@code .scale}
     */
    public static List<String> layers(String layer) {
        Matcher block = BLOCK.matcher(layer);
        if (!block.matches()) {
            return Optional.ofNullable(OUTSIDE.get(layer)).map(List::of).orElse(List.of());
        }
        boolean twoStreams = block.group(1).equals("double");
        String before = (twoStreams ? "transformer_blocks." : "single_transformer_blocks.") + block.group(2) + ".";
        return (twoStreams ? DOUBLE : SINGLE)
                .getOrDefault(block.group(3), List.of()).stream()
                        .map(name -> before + name)
                        .toList();
    }

    /** Whether a file of these tensors holds the transformer under its original names. */
    public static boolean isIn(Set<String> names) {
        return names.contains("img_in.weight") && names.contains("final_layer.adaLN_modulation.1.weight");
    }

    /** An original file under diffusers' names, see {@link OriginalLayers#renamed}. */
    public static TensorSource renamed(TensorSource original) {
        return OriginalLayers.renamed(original, OriginalFlux::layers, OriginalFlux::isSwapped);
    }

    /**
     * What a config.json would say of these weights, under diffusers' names, as far as their names and shapes tell. Not among it: {@code
     * axes_dims_rope}.
     */
    public static Map<String, Object> configuration(Map<String, TensorInfo> infos) {
        Map<String, Object> config = OriginalLayers.configuration(infos);
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

    /**
     * The original layer that a name with underscores for dots stands for, as LoRAs of kohya's scripts have them: {@code
     * double_blocks_0_img_attn_qkv} is {@code double_blocks.0.img_attn.qkv}. Empty where there is none.
     */
    public static Optional<String> dotted(String underscored) {
        Matcher block = UNDERSCORED.matcher(underscored);
        if (!block.matches()) {
            return dotted(underscored, OUTSIDE.keySet());
        }
        boolean twoStreams = block.group(1).equals("double");
        return dotted(block.group(3), (twoStreams ? DOUBLE : SINGLE).keySet())
                .map(name -> block.group(1) + "_blocks." + block.group(2) + "." + name);
    }

    private static Optional<String> dotted(String underscored, Set<String> names) {
        return names.stream()
                .filter(name -> name.replace('.', '_').equals(underscored))
                .findFirst();
    }

    /** Whether the two halves of the layer's rows, shift and scale, lie the other way round in diffusers. */
    public static boolean isSwapped(String layer) {
        return layer.equals("final_layer.adaLN_modulation.1");
    }
}
