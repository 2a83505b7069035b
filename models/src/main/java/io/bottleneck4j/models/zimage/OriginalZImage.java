package io.bottleneck4j.models.zimage;

import io.bottleneck4j.models.mmdit.OriginalLayers;
import io.bottleneck4j.models.mmdit.OriginalLayers.Blocks;
import io.bottleneck4j.torch.io.TensorInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * What the layers of Z-Image's transformer are called in ComfyUI's files, after those of Lumina 2, and what diffusers calls them.
 *
 * <p>Source: convert_z_image_transformer_checkpoint_to_diffusers in loaders/single_file_utils.py of diffusers@0.42.1.
 */
@API(status = API.Status.INTERNAL)
public final class OriginalZImage {
    private static final Map<String, List<String>> BLOCK = Map.of(
            "attention.qkv", List.of("attention.to_q", "attention.to_k", "attention.to_v"),
            "attention.out", List.of("attention.to_out.0"),
            "attention.q_norm", List.of("attention.norm_q"),
            "attention.k_norm", List.of("attention.norm_k"));

    /** Its layers; those that are called the same in both are not among them. */
    public static final OriginalLayers LAYERS = new OriginalLayers(
                    Stream.of("layers", "noise_refiner", "context_refiner")
                            .map(name -> Blocks.of(name, BLOCK))
                            .toList(),
                    Map.of(
                            "x_embedder", "all_x_embedder.2-1",
                            "final_layer.linear", "all_final_layer.2-1.linear",
                            "final_layer.adaLN_modulation.1", "all_final_layer.2-1.adaLN_modulation.1"))
            .without("norm_final.weight");

    private OriginalZImage() {}

    /** Whether a file of these tensors holds the transformer under its original names. */
    public static boolean isIn(Set<String> names) {
        return names.contains("x_embedder.weight")
                && names.contains("cap_embedder.1.weight")
                && names.contains("noise_refiner.0.attention.qkv.weight");
    }

    /** Whether a file of these tensors holds the transformer under diffusers' names. */
    public static boolean isRenamedIn(Set<String> names) {
        return names.contains("all_x_embedder.2-1.weight") && names.contains("cap_embedder.1.weight");
    }

    /**
     * What a config.json would say of these weights, under diffusers' names, as far as their names and shapes tell. Not among it: {@code
     * axes_dims}, {@code axes_lens} and what is no width.
     */
    public static Map<String, Object> configuration(Map<String, TensorInfo> infos) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("n_layers", OriginalLayers.blocks(infos, "layers."));
        config.put("n_refiner_layers", OriginalLayers.blocks(infos, "noise_refiner."));
        OriginalLayers.size(infos, "cap_embedder.1.weight", 1).ifPresent(size -> config.put("cap_feat_dim", size));
        OriginalLayers.size(infos, "all_x_embedder.2-1.weight", 1)
                .ifPresent(size -> config.put("in_channels", size / 4));
        OriginalLayers.size(infos, "all_x_embedder.2-1.weight", 0).ifPresent(width -> {
            config.put("dim", width);
            OriginalLayers.size(infos, "layers.0.attention.norm_q.weight", 0)
                    .filter(dim -> dim > 0)
                    .ifPresent(dim -> {
                        config.put("n_heads", width / dim);
                        config.put("n_kv_heads", width / dim);
                    });
        });
        return config;
    }
}
