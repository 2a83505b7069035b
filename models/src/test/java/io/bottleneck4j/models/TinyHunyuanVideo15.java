package io.bottleneck4j.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the tiny transformers of HunyuanVideo-1.5 lack in their files: three weights that are 2048 wide whatever the configuration says. Their
 * values are a pattern, as tools/golden/tiny_hunyuan15.py has it.
 */
public final class TinyHunyuanVideo15 {
    private static final int WIDE = 2048;

    private TinyHunyuanVideo15() {}

    /** A copy of {@code hunyuan15-a} or {@code hunyuan15-b}, whole. */
    public static TinyFolder copy(String name, Path to) {
        TinyFolder folder = TinyFolder.copy(name, to);
        Path transformer = folder.path().resolve("transformer");
        try {
            JsonNode config = new ObjectMapper()
                    .readTree(transformer.resolve("config.json").toFile());
            write(transformer.resolve("diffusion_pytorch_model-00002-of-00002.safetensors"), config);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return folder;
    }

    /** Writes the weights that a model of this configuration has beside its file. */
    public static void write(Path file, JsonNode config) {
        int text = config.get("text_embed_2_dim").asInt();
        int width = config.get("num_attention_heads").asInt()
                * config.get("attention_head_dim").asInt();
        try (Scope scope = Scope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("context_embedder_2.linear_1.weight", pattern(WIDE, text, 0));
            tensors.put("context_embedder_2.linear_2.weight", pattern(WIDE, WIDE, 1));
            tensors.put("context_embedder_2.linear_3.weight", pattern(width, WIDE, 2));
            SafetensorsWriter.write(file, tensors, Map.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Tensor pattern(int rows, int columns, int seed) {
        double scale = Math.pow(2, -Math.rint(Math.log(columns) / Math.log(2) / 2));
        float[] values = new float[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long mixed = ((i * 7919L + j * 104729L + seed) * 2654435761L) & 0xFFFFFFFFL;
                values[i * columns + j] = (float) (((mixed >> 24) - 128) / 128.0 * scale);
            }
        }
        return Tensor.of(values, rows, columns).to(DType.BFLOAT16);
    }
}
