package io.bottleneck4j.eval.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.media.Picture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Two pictures, and what scikit-image, torchmetrics and numpy say of them: src/test/resources/golden/metrics-*. */
record GoldenPair(Picture a, Picture b, JsonNode json) {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    static List<String> names() {
        try (Stream<Path> files = Files.list(GOLDEN)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("metrics-") && name.endsWith(".json"))
                    .map(name -> name.substring(0, name.length() - ".json".length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static GoldenPair read(String name) {
        try {
            JsonNode json =
                    new ObjectMapper().readTree(GOLDEN.resolve(name + ".json").toFile());
            byte[] bytes = Files.readAllBytes(GOLDEN.resolve(name + ".bin"));
            int width = json.get("width").asInt();
            int height = json.get("height").asInt();
            Picture a = new Picture(width, height, Arrays.copyOf(bytes, bytes.length / 2));
            Picture b = new Picture(width, height, Arrays.copyOfRange(bytes, bytes.length / 2, bytes.length));
            return new GoldenPair(a, b, json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    double tolerance() {
        return json.get("tolerance").asDouble();
    }

    double number(String key) {
        return json.required(key).asDouble();
    }
}
