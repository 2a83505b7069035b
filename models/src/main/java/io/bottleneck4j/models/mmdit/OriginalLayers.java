package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.SlicedSource;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * What the layers of a transformer were called when it was released, and what diffusers calls them. Single files and most LoRAs have the
 * first names, folders the second, and models here know the second alone.
 *
 * <p>An original layer may be several of diffusers', their rows one below the other: queries, keys and values, and what a single-stream
 * block does at once.
 */
@API(status = API.Status.INTERNAL)
public final class OriginalLayers {
    /** Those of a family that was released under diffusers' own names. */
    public static final OriginalLayers NONE = new OriginalLayers(List.of(), Map.of());

    /** What FLUX.1 and FLUX.2 call the attention of two streams. */
    private static final Map<String, List<String>> TWO_STREAMS = Map.of(
            "img_attn.qkv", List.of("attn.to_q", "attn.to_k", "attn.to_v"),
            "txt_attn.qkv", List.of("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
            "img_attn.norm.query_norm", List.of("attn.norm_q"),
            "img_attn.norm.key_norm", List.of("attn.norm_k"),
            "txt_attn.norm.query_norm", List.of("attn.norm_added_q"),
            "txt_attn.norm.key_norm", List.of("attn.norm_added_k"),
            "img_attn.proj", List.of("attn.to_out.0"),
            "txt_attn.proj", List.of("attn.to_add_out"));

    private static final Pattern INDEXED = Pattern.compile("(\\d{1,4})[._](.+)");

    private final List<Blocks> blocks;
    private final Map<String, String> outside;
    private final Map<String, String> spellings;
    private final Set<String> swapped;
    private final Set<String> without;

    /**
     * Blocks that are numbered.
     *
     * @param original before the number, as {@code double_blocks}
     * @param name the same in diffusers
     * @param layers diffusers' layers by those of an original block
     */
    public record Blocks(String original, String name, Map<String, List<String>> layers) {
        /** Blocks that are called the same in both. */
        public static Blocks of(String name, Map<String, List<String>> layers) {
            return new Blocks(name, name, layers);
        }

        /** Blocks of two streams, as FLUX.1 and FLUX.2 call their attention; {@code others} are their other layers. */
        public static Blocks ofTwoStreams(Map<String, List<String>> others) {
            Map<String, List<String>> all = new LinkedHashMap<>(TWO_STREAMS);
            all.putAll(others);
            return new Blocks("double_blocks", "transformer_blocks", Collections.unmodifiableMap(all));
        }
    }

    private OriginalLayers(
            List<Blocks> blocks,
            Map<String, String> outside,
            Map<String, String> spellings,
            Set<String> swapped,
            Set<String> without) {
        this.blocks = blocks;
        this.outside = outside;
        this.spellings = spellings;
        this.swapped = swapped;
        this.without = without;
    }

    /** {@code outside}: diffusers' layers by original ones that are in no block. */
    public OriginalLayers(List<Blocks> blocks, Map<String, String> outside) {
        this(blocks, outside, Map.of(), Set.of(), Set.of());
    }

    /** With other spellings of layers, in blocks and outside: the original names by them. */
    public OriginalLayers spelled(Map<String, String> others) {
        return new OriginalLayers(blocks, outside, others, swapped, without);
    }

    /** With layers whose rows have two halves, shift and scale, which lie the other way round in diffusers. */
    public OriginalLayers swapped(String... layers) {
        return new OriginalLayers(blocks, outside, spellings, Set.of(layers), without);
    }

    /** With tensors that files have and the model has no use for. */
    public OriginalLayers without(String... tensors) {
        return new OriginalLayers(blocks, outside, spellings, swapped, Set.of(tensors));
    }

    /**
     * diffusers' layers whose rows lie one below the other in an original layer, in that order: FLUX.1's {@code
     * double_blocks.0.img_attn.qkv} is {@code transformer_blocks.0.attn.to_q}, {@code to_k} and {@code to_v}. Empty where there is no such
     * layer.
     *
     * @param layer without {@code .weight}, {@code .bias} or {@code .scale}
     */
    public List<String> layers(String layer) {
        for (Blocks kind : blocks) {
            Matcher indexed = indexed(kind.original() + ".", layer);
            if (indexed.matches()) {
                return kind.layers().getOrDefault(original(indexed.group(2)), List.of()).stream()
                        .map(name -> kind.name() + "." + indexed.group(1) + "." + name)
                        .toList();
            }
        }
        return Optional.ofNullable(outside.get(original(layer))).map(List::of).orElse(List.of());
    }

    /** What follows the beginning of a block's name; matches nothing where a name begins otherwise. */
    private static Matcher indexed(String beginning, String name) {
        return INDEXED.matcher(name.startsWith(beginning) ? name.substring(beginning.length()) : "");
    }

    private String original(String layer) {
        return spellings.getOrDefault(layer, layer);
    }

    /**
     * The original layer that a name with underscores for dots stands for, as LoRAs of kohya's scripts have them: {@code
     * double_blocks_0_img_attn_qkv} is {@code double_blocks.0.img_attn.qkv}. Empty where there is none.
     */
    public Optional<String> dotted(String underscored) {
        for (Blocks kind : blocks) {
            Matcher indexed = indexed(underscored(kind.original()) + "_", underscored);
            if (indexed.matches()) {
                return dotted(indexed.group(2), kind.layers().keySet())
                        .map(name -> kind.original() + "." + indexed.group(1) + "." + name);
            }
        }
        return dotted(underscored, outside.keySet());
    }

    private Optional<String> dotted(String underscored, Set<String> names) {
        return Stream.concat(names.stream(), spellings.keySet().stream())
                .filter(name -> underscored(name).equals(underscored))
                .findFirst();
    }

    private static String underscored(String name) {
        return name.replace('.', '_');
    }

    /** Whether the two halves of the layer's rows, shift and scale, lie the other way round in diffusers. */
    public boolean isSwapped(String layer) {
        return swapped.contains(layer);
    }

    /** An original file under diffusers' names, where it lies. A tensor that is of no layer is shown under its own name. */
    public TensorSource renamed(TensorSource file) {
        TensorSource original = without.isEmpty()
                ? file
                : new RenamedSource(file, name -> without.contains(name) ? Optional.empty() : Optional.of(name));
        Map<String, TensorInfo> stored = original.infos();
        Map<String, SlicedSource.Slice> slices = new LinkedHashMap<>();
        stored.forEach((name, info) -> {
            List<String> tensor = layers(name); // one that is no layer's, as a table of modulation
            if (tensor.size() == 1) {
                slices.put(tensor.get(0), SlicedSource.Slice.whole(name));
                return;
            }
            int end = Math.max(0, name.lastIndexOf('.'));
            String layer = name.substring(0, end);
            String suffix = name.endsWith(".scale") ? ".weight" : name.substring(end);
            List<String> shown = info.shape().isEmpty() ? List.of() : layers(layer);
            long all = info.shape().isEmpty() ? 1 : info.shape().get(0);
            if (shown.size() == 1 && isSwapped(layer) && all % 2 == 0) {
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

    /**
     * What names under diffusers tell of a configuration of any such transformer: its blocks, and whether it takes guidance.
     *
     * @param embedding what its embeddings of time and guidance lie in
     */
    public static Map<String, Object> configuration(Map<String, TensorInfo> infos, String embedding) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("num_layers", blocks(infos, "transformer_blocks."));
        config.put("num_single_layers", blocks(infos, "single_transformer_blocks."));
        config.put("guidance_embeds", infos.containsKey(embedding + ".guidance_embedder.linear_1.weight"));
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
