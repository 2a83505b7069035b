package io.bottleneck4j.models.vision;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.Manifest;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every tensor of the published openai/clip-vit-large-patch14 is asked for, in its shape; see tools/README.md. */
class PublishedClipTest {
    private static final Path MANIFESTS = Path.of("src/test/resources/manifests");

    @Test
    void blueprint_ofPublishedFolder_isItsManifest() throws IOException {
        JsonNode manifest = new ObjectMapper()
                .readTree(MANIFESTS.resolve("clip-vit-large-patch14.json").toFile());
        Map<String, List<Long>> published = Manifest.shapes(manifest.get("tensors"));
        assertThat(published).hasSize(manifest.get("count").asInt());
        published.remove("logit_scale"); // the temperature of training
        ClipFolder folder = ClipFolder.read(MANIFESTS.resolve("clip-vit-large-patch14"));
        assertThat(Weights.blueprint(w -> new ClipModel(folder.config(), w))).isEqualTo(published);
        assertThat(folder.processor().shortestEdge()).isEqualTo(224);
    }
}
