package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.Listing;
import io.bottleneck4j.models.Manifest;
import io.bottleneck4j.torch.io.TensorSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** At full size: the names that gguf-py's own map gives are brought back to transformers'; see make_gguf.py. */
class GgufQwenTest {
    private static JsonNode manifest(String name) throws IOException {
        return new ObjectMapper()
                .readTree(
                        Path.of("src/test/resources/manifests", name + ".json").toFile());
    }

    private static Map<String, List<Long>> gguf(String part) throws IOException {
        return Manifest.shapes(manifest("gguf-text").get("components").get(part).get("tensors"));
    }

    @Test
    void renamed_ofQwen3_isTransformers() throws IOException {
        Map<String, List<Long>> file = gguf("qwen3-4b");
        assertThat(GgufQwen.isQwen3In(file.keySet())).isTrue();
        assertThat(GgufQwen.isQwen25In(file.keySet())).isFalse();
        try (TensorSource renamed = GgufQwen.renamed(Listing.of(file))) {
            assertThat(Listing.shapes(renamed))
                    .isEqualTo(Manifest.shapes(manifest("qwen3-4b").get("tensors")));
        }
    }

    @Test
    void renamed_ofQwen25Vl_isTransformers() throws IOException {
        Map<String, List<Long>> file = gguf("qwen2.5-vl");
        assertThat(GgufQwen.isQwen25In(file.keySet())).isTrue();
        assertThat(GgufQwen.isQwen3In(file.keySet())).isFalse();
        Map<String, List<Long>> wanted = Manifest.shapes(manifest("hunyuan-video-1.5")
                .get("components")
                .get("text_encoder")
                .get("tensors"));
        try (TensorSource renamed = Qwen25VlTextModel.checkpoint(GgufQwen.renamed(Listing.of(file)))) {
            assertThat(Listing.shapes(renamed)).isEqualTo(wanted);
        }
    }
}
