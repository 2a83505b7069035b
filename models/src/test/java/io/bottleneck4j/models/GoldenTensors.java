package io.bottleneck4j.models;

import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.ShardedSafetensors;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Tensors of files under src/test/resources, some of them left out, added or under another name. */
public final class GoldenTensors implements TensorSource {
    private static final Path RESOURCES = Path.of("../models/src/test/resources");
    /** Stored under this name: one made up. */
    private static final String MADE_UP = "";

    private final TensorSource source;
    private final Map<String, String> stored = new LinkedHashMap<>();

    private GoldenTensors(TensorSource source) {
        this.source = source;
        source.infos().keySet().forEach(name -> stored.put(name, name));
    }

    /** A file, or every safetensors file of a folder. */
    public static GoldenTensors of(String path) {
        Path at = RESOURCES.resolve(path);
        try (Stream<Path> files = Files.isDirectory(at) ? Files.list(at) : Stream.of(at)) {
            return new GoldenTensors(
                    ShardedSafetensors.open(files.filter(file -> file.toString().endsWith(".safetensors"))
                            .sorted()
                            .toList()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Config json(String path) {
        return Config.read(RESOURCES.resolve(path));
    }

    /** Adds a tensor of one zero. */
    public GoldenTensors with(String name) {
        stored.put(name, MADE_UP);
        return this;
    }

    public GoldenTensors without(String name) {
        Objects.requireNonNull(stored.remove(name), name);
        return this;
    }

    public GoldenTensors renamed(String name, String to) {
        return copied(name, to).without(name);
    }

    public GoldenTensors copied(String name, String to) {
        stored.put(to, Objects.requireNonNull(stored.get(name), name));
        return this;
    }

    @Override
    public Map<String, TensorInfo> infos() {
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        stored.forEach((name, old) -> infos.put(
                name,
                old.equals(MADE_UP)
                        ? new TensorInfo(DType.FLOAT32, List.of(1L))
                        : Objects.requireNonNull(source.infos().get(old), old)));
        return infos;
    }

    @Override
    public Tensor tensor(String name) {
        String old = Objects.requireNonNull(stored.get(name), name);
        return old.equals(MADE_UP) ? Tensor.zeros(DType.FLOAT32, Device.CPU, 1) : source.tensor(old);
    }

    @Override
    public void close() {
        source.close();
    }
}
