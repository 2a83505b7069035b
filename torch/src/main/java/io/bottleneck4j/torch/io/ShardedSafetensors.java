package io.bottleneck4j.torch.io;

import static io.bottleneck4j.torch.io.Excerpt.quoted;

import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Several safetensors files that together hold one set of tensors, as large models are published.
 *
 * <p>All headers are read at once, so a missing shard, a tensor held twice, or an index that does not agree with its shards
 * is told before anything is loaded. Not thread-safe.
 */
public final class ShardedSafetensors implements TensorSource {
    private final List<SafetensorsFile> shards;
    private final Map<String, SafetensorsFile> byName;
    private final Map<String, TensorInfo> infos;

    private ShardedSafetensors(List<SafetensorsFile> shards, Map<String, SafetensorsFile> byName) {
        this.shards = shards;
        this.byName = byName;
        Map<String, TensorInfo> all = new LinkedHashMap<>();
        shards.forEach(shard -> all.putAll(shard.infos()));
        infos = Collections.unmodifiableMap(all);
    }

    /**
     * Opens shards that need no index.
     *
     * @throws WeightsException if a shard is missing or malformed, or two hold a tensor of one name
     */
    public static ShardedSafetensors open(List<Path> shards) {
        requirePresent(shards);
        List<SafetensorsFile> opened = new ArrayList<>();
        Map<String, SafetensorsFile> byName = new LinkedHashMap<>();
        Map<String, Path> places = new LinkedHashMap<>();
        try {
            for (Path path : shards) {
                SafetensorsFile shard = SafetensorsFile.open(path);
                opened.add(shard);
                for (String name : shard.infos().keySet()) {
                    Path other = places.putIfAbsent(name, path);
                    if (other != null) {
                        throw new WeightsException(path + ": must hold tensors of its own, has " + quoted(name) + " of "
                                + other.getFileName() + "; remove the shard that does not belong here");
                    }
                    byName.put(name, shard);
                }
            }
            return new ShardedSafetensors(List.copyOf(opened), byName);
        } catch (RuntimeException e) {
            opened.forEach(SafetensorsFile::close);
            throw e;
        }
    }

    /**
     * Opens the shards an index names and checks that each holds what the index says, no less and no more.
     *
     * @param folder where the shards lie
     * @param weightMap file name by tensor name, the index's {@code weight_map}
     * @throws WeightsException if a shard is missing, malformed, or holds other tensors than the index says
     */
    public static ShardedSafetensors open(Path folder, Map<String, String> weightMap) {
        List<Path> paths = new ArrayList<>();
        for (String name : new LinkedHashSet<>(weightMap.values())) {
            paths.add(shard(folder, name));
        }
        ShardedSafetensors source = open(paths);
        try {
            for (int i = 0; i < paths.size(); i++) {
                requireAgreement(paths.get(i), source.shards.get(i).infos(), weightMap);
            }
            return source;
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
    }

    /**
     * Opens the shards named by an index file, as {@code model.safetensors.index.json}, in its own folder.
     *
     * @throws WeightsException if the index or a shard is missing or malformed, or they do not agree
     */
    public static ShardedSafetensors fromIndex(Path index) {
        Path folder = index.toAbsolutePath().getParent();
        return open(folder == null ? index.toAbsolutePath() : folder, ShardIndex.read(index));
    }

    private static Path shard(Path folder, String name) {
        boolean plain = !name.isEmpty()
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ')
                && !name.equals("..")
                && !name.equals(".");
        if (!plain) {
            throw new WeightsException(folder + ": the index must name files of this folder, names " + quoted(name)
                    + "; fetch the index again");
        }
        return folder.resolve(name);
    }

    private static void requirePresent(List<Path> shards) {
        List<String> missing = shards.stream()
                .filter(Files::notExists)
                .map(path -> String.valueOf(path.getFileName()))
                .toList();
        if (!missing.isEmpty()) {
            Path folder = shards.get(0).toAbsolutePath().getParent();
            throw new WeightsException(folder + ": must hold all " + shards.size() + " shards, lacks "
                    + Excerpt.list(missing) + "; download what is missing");
        }
    }

    private static void requireAgreement(Path shard, Map<String, TensorInfo> held, Map<String, String> weightMap) {
        String file = String.valueOf(shard.getFileName());
        List<String> lacking = new ArrayList<>();
        weightMap.forEach((name, place) -> {
            if (place.equals(file) && !held.containsKey(name)) {
                lacking.add(quoted(name));
            }
        });
        List<String> extra = held.keySet().stream()
                .filter(name -> !file.equals(weightMap.get(name)))
                .map(Excerpt::quoted)
                .toList();
        if (!lacking.isEmpty() || !extra.isEmpty()) {
            throw new WeightsException(shard + ": must hold what the index says"
                    + (lacking.isEmpty() ? "" : ", lacks " + Excerpt.list(lacking))
                    + (extra.isEmpty() ? "" : ", has beyond it " + Excerpt.list(extra))
                    + "; take index and shards from one download");
        }
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return infos;
    }

    @Override
    public Tensor tensor(String name) {
        return shard(name).tensor(name);
    }

    @Override
    public Tensor copy(String name) {
        return shard(name).copy(name);
    }

    @Override
    public Tensor copy(String name, long first, long count) {
        return shard(name).copy(name, first, count);
    }

    @Override
    public Optional<PackedTensor> packed(String name) {
        return shard(name).packed(name);
    }

    private SafetensorsFile shard(String name) {
        @Nullable SafetensorsFile shard = byName.get(name);
        if (shard == null) {
            throw new WeightsException("weights: must hold tensor " + quoted(name) + ", none of the " + shards.size()
                    + " shards does; check that they belong to this model");
        }
        return shard;
    }

    @Override
    public void close() {
        shards.forEach(SafetensorsFile::close);
    }
}
