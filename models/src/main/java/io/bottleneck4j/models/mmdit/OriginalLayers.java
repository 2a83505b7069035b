package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.io.SlicedSource;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apiguardian.api.API;

/**
 * A transformer's file as it was released, in which one layer may be several of diffusers', their rows one below the other: queries, keys and
 * values, and what a single-stream block does at once.
 */
@API(status = API.Status.INTERNAL)
public final class OriginalLayers {
    private OriginalLayers() {}

    /**
     * An original file under diffusers' names, where it lies. A tensor that is of no layer is shown under its own name, for a report to tell.
     *
     * @param layers diffusers' layers of an original one, in order; none of one that is not known
     * @param isSwapped whether the halves of a layer's rows lie the other way round in diffusers
     */
    public static TensorSource renamed(
            TensorSource original, Function<String, List<String>> layers, Predicate<String> isSwapped) {
        Map<String, TensorInfo> stored = original.infos();
        Map<String, SlicedSource.Slice> slices = new LinkedHashMap<>();
        stored.forEach((name, info) -> {
            int end = Math.max(0, name.lastIndexOf('.'));
            String layer = name.substring(0, end);
            String suffix = name.endsWith(".scale") ? ".weight" : name.substring(end);
            List<String> shown = info.shape().isEmpty() ? List.of() : layers.apply(layer);
            long all = info.shape().isEmpty() ? 1 : info.shape().get(0);
            if (shown.size() == 1 && isSwapped.test(layer) && all % 2 == 0) {
                slices.put(shown.get(0) + suffix, SlicedSource.Slice.swapped(name, all));
            } else if (shown.size() <= 1 || all < shown.size()) {
                slices.put(shown.size() == 1 ? shown.get(0) + suffix : name, SlicedSource.Slice.whole(name));
            } else {
                long row = 0;
                for (String one : shown) {
                    boolean last = one.equals(shown.get(shown.size() - 1));
                    long rows = last ? all - row : width(stored, layer, all, shown.size());
                    slices.put(one + suffix, SlicedSource.Slice.rows(name, row, rows));
                    row += rows;
                }
            }
        });
        return new SlicedSource(original, slices);
    }

    /** Rows of queries, of keys and of values: a third, or what a single-stream block gives, whose rest is the feed-forward's. */
    private static long width(Map<String, TensorInfo> stored, String layer, long rows, int parts) {
        if (!layer.endsWith(".linear1")) {
            return rows / parts;
        }
        TensorInfo out = stored.get(layer.substring(0, layer.length() - 1) + "2.weight");
        long width = out == null || out.shape().isEmpty() ? rows : out.shape().get(0);
        return Math.min(width, rows / (parts - 1));
    }

    /** What names under diffusers tell of a configuration of any such transformer: its blocks, and whether it takes guidance. */
    public static Map<String, Object> configuration(Map<String, TensorInfo> infos) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("num_layers", blocks(infos, "transformer_blocks."));
        config.put("num_single_layers", blocks(infos, "single_transformer_blocks."));
        config.put("guidance_embeds", infos.containsKey("time_text_embed.guidance_embedder.linear_1.weight"));
        return config;
    }

    /** Adds the heads of a transformer of this width, which the norms of its queries tell. */
    public static void heads(Map<String, TensorInfo> infos, Map<String, Object> config, long width) {
        size(infos, "transformer_blocks.0.attn.norm_q.weight", 0)
                .or(() -> size(infos, "single_transformer_blocks.0.attn.norm_q.weight", 0))
                .filter(dim -> dim > 0)
                .ifPresent(dim -> {
                    config.put("attention_head_dim", dim);
                    config.put("num_attention_heads", width / dim);
                });
    }

    /** The number of blocks under a name. */
    public static long blocks(Map<String, TensorInfo> infos, String prefix) {
        return infos.keySet().stream()
                .filter(name -> name.startsWith(prefix))
                .map(name -> name.substring(prefix.length()).split("\\.", 2)[0])
                .distinct()
                .count();
    }

    /** How long a dimension of a tensor is; empty where there is no such tensor. */
    public static Optional<Long> size(Map<String, TensorInfo> infos, String name, int dim) {
        return Optional.ofNullable(infos.get(name))
                .filter(info -> info.shape().size() > dim)
                .map(info -> info.shape().get(dim));
    }
}
