package io.bottleneck4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The tensors of the small, trusted safetensors files under src/test/resources, held in memory; shards are joined. */
final class GoldenTensors implements TensorSource {
    static final Path RESOURCES = Path.of("src/test/resources");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final Map<String, ByteBuffer> values = new LinkedHashMap<>();

    /** A file, or every safetensors file of a folder, under src/test/resources. */
    static GoldenTensors of(String path) {
        Path at = RESOURCES.resolve(path);
        GoldenTensors tensors = new GoldenTensors();
        try (Stream<Path> files = Files.isDirectory(at) ? Files.list(at) : Stream.of(at)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList()) {
                tensors.add(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return tensors;
    }

    static JsonNode json(String path) {
        try {
            return JSON.readTree(RESOURCES.resolve(path).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void add(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] header = new byte[Math.toIntExact(bytes.getLong())];
        bytes.get(header);
        int start = bytes.position();
        JSON.readTree(header).properties().forEach(entry -> {
            if (entry.getKey().equals("__metadata__")) {
                return;
            }
            JsonNode info = entry.getValue();
            List<Long> shape = new ArrayList<>();
            info.get("shape").forEach(size -> shape.add(size.longValue()));
            int from = info.get("data_offsets").get(0).intValue();
            int to = info.get("data_offsets").get(1).intValue();
            ByteBuffer copy = ByteBuffer.allocateDirect(to - from).order(ByteOrder.LITTLE_ENDIAN);
            copy.put(bytes.duplicate().slice(start + from, to - from)).flip();
            infos.put(
                    entry.getKey(),
                    new TensorInfo(DType.ofSafetensors(info.get("dtype").asText()), shape));
            values.put(entry.getKey(), copy);
        });
    }

    /** Adds an empty tensor of one element. */
    GoldenTensors with(String name) {
        infos.put(name, new TensorInfo(DType.FLOAT32, List.of(1L)));
        values.put(name, ByteBuffer.allocateDirect(4));
        return this;
    }

    GoldenTensors without(String name) {
        Objects.requireNonNull(infos.remove(name), name);
        values.remove(name);
        return this;
    }

    GoldenTensors renamed(String name, String to) {
        return copied(name, to).without(name);
    }

    GoldenTensors copied(String name, String to) {
        infos.put(to, Objects.requireNonNull(infos.get(name), name));
        values.put(to, Objects.requireNonNull(values.get(name), name));
        return this;
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return infos;
    }

    @Override
    public Tensor tensor(String name) {
        TensorInfo info = Objects.requireNonNull(infos.get(name), name);
        long[] shape = info.shape().stream().mapToLong(Long::longValue).toArray();
        return Tensor.over(Objects.requireNonNull(values.get(name)), info.dtype(), shape);
    }

    @Override
    public void close() {}
}
