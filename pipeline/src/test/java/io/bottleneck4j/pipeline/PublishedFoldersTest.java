package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.Manifest;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every tensor of the published full-size folders is asked for, in its shape, and nothing else; see tools/README.md. */
class PublishedFoldersTest {
    private static final Path MANIFESTS = Path.of("../models/src/test/resources/manifests");

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"flux1-dev", "flux1-schnell", "hunyuan-video"})
    void blueprint_ofPublishedFolder_isItsManifest(String name) throws IOException {
        JsonNode manifest =
                new ObjectMapper().readTree(MANIFESTS.resolve(name + ".json").toFile());
        Model model = Model.open(withTokenizers(name));
        assertThat(model.components()).hasSize(manifest.get("components").size());
        for (Component<?, ?> component : model.components()) {
            String part = component.files().name();
            JsonNode listed = manifest.get("components").get(part);
            Map<String, TensorInfo> published = expanded(listed.get("tensors"));
            assertThat(published).as(part).hasSize(listed.get("count").asInt());
            assertThat(published.values().stream().mapToLong(TensorInfo::numel).sum())
                    .as(part)
                    .isEqualTo(listed.get("parameters").asLong());
            Map<String, List<Long>> asked = new TreeMap<>(Weights.blueprint(component.model()));
            assertThat(asked).as(part).isEqualTo(shapes(component, published));
            // Names and copies that a file may hold beside them change nothing.
            JsonNode aliases = manifest.path("aliases").path(part);
            aliases.properties()
                    .forEach(alias -> published.put(
                            alias.getKey(), published.get(alias.getValue().asText())));
            manifest.path("optional")
                    .path(part)
                    .forEach(extra -> published.put(extra.asText(), new TensorInfo(DType.INT64, List.of(1L, 77L))));
            assertThat(asked).as(part + " with aliases").isEqualTo(shapes(component, published));
        }
    }

    /** The manifests hold no tokenizers; the index names their folders. */
    private Path withTokenizers(String name) throws IOException {
        Path from = MANIFESTS.resolve(name);
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path to = temp.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(file, to);
                }
            }
        }
        Files.createDirectories(temp.resolve("tokenizer"));
        Files.createDirectories(temp.resolve("tokenizer_2"));
        return temp;
    }

    private static Map<String, List<Long>> shapes(Component<?, ?> component, Map<String, TensorInfo> published) {
        Map<String, List<Long>> shapes = new TreeMap<>();
        component
                .checkpoint()
                .apply(new Listing(published))
                .infos()
                .forEach((name, info) -> shapes.put(name, info.shape()));
        return shapes;
    }

    private static Map<String, TensorInfo> expanded(JsonNode tensors) {
        Map<String, TensorInfo> infos = new TreeMap<>();
        Manifest.shapes(tensors).forEach((name, shape) -> infos.put(name, new TensorInfo(DType.BFLOAT16, shape)));
        return infos;
    }

    /** Names and shapes without values. */
    private record Listing(Map<String, TensorInfo> infos) implements TensorSource {
        @Override
        public Tensor tensor(String name) {
            throw new UnsupportedOperationException("a manifest has no values");
        }

        @Override
        public void close() {}
    }
}
