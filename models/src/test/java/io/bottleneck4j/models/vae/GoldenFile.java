package io.bottleneck4j.models.vae;

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
import java.util.LinkedHashMap;
import java.util.Map;

/** The tensors of a small, well-formed safetensors file. */
final class GoldenFile implements TensorSource {
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final Map<String, ByteBuffer> data = new LinkedHashMap<>();

    private GoldenFile(Path path) throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        ByteBuffer all =
                ByteBuffer.allocateDirect(bytes.length).put(bytes).flip().order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(all.getLong(0));
        JsonNode json = new ObjectMapper().readTree(bytes, Long.BYTES, header);
        json.properties().forEach(entry -> {
            if (!entry.getKey().equals("__metadata__")) {
                JsonNode tensor = entry.getValue();
                infos.put(entry.getKey(), info(tensor));
                int begin = tensor.get("data_offsets").get(0).asInt();
                int end = tensor.get("data_offsets").get(1).asInt();
                data.put(entry.getKey(), all.slice(Long.BYTES + header + begin, end - begin));
            }
        });
    }

    private static TensorInfo info(JsonNode tensor) {
        return new TensorInfo(
                DType.ofSafetensors(tensor.get("dtype").asText()),
                tensor.get("shape").valueStream().map(JsonNode::asLong).toList());
    }

    /** A file below the test resources. */
    static GoldenFile open(String resource) {
        try {
            return new GoldenFile(Path.of("src/test/resources", resource));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return infos;
    }

    @Override
    public Tensor tensor(String name) {
        TensorInfo info = infos.get(name);
        ByteBuffer bytes = data.get(name);
        if (info == null || bytes == null) {
            throw new IllegalArgumentException("no tensor " + name);
        }
        return Tensor.over(
                bytes, info.dtype(), info.shape().stream().mapToLong(i -> i).toArray());
    }

    @Override
    public void close() {}
}
