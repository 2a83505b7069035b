package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code inspect} of whole folders, and {@code env}. */
class InspectAndEnvTest {
    @Test
    void inspect_bundledModel_countsItsParameters() throws IOException {
        Cli.Result result = Cli.run("inspect", "--format", "json");
        assertThat(result.code()).as(result.err()).isZero();
        JsonNode json = new ObjectMapper().readTree(result.out());
        assertThat(json.get("pipeline").asText()).isEqualTo("FluxPipeline");
        assertThat(json.get("complete").asBoolean()).isTrue();
        JsonNode transformer = json.get("components").get(0);
        assertThat(transformer.get("class").asText()).isEqualTo("FluxTransformer2DModel");
        assertThat(transformer.get("parameters").asLong()).isEqualTo(9_106_496);
        assertThat(transformer.get("dtypes").toString()).isEqualTo("{\"bfloat16\":9106496}");
        assertThat(transformer.get("bytes").asLong()).isEqualTo(2 * 9_106_496);
        assertThat(json.get("plans").get("baseline")).hasSize(1);
        assertThat(json.get("plans").get("bottleneck")).hasSize(3);
    }

    @Test
    void inspect_asText_isATable() {
        Cli.Result result = Cli.run("inspect", Cli.FOLDERS.resolve("tiny-b"));
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("transformer      FluxTransformer2DModel")
                .contains("complete")
                .contains("total")
                .contains("plan bottleneck: ")
                .doesNotContain("problem");
    }

    @Test
    void inspect_nameInTheHuggingFaceCache_isFound(@TempDir Path cache) throws IOException {
        Path model = Files.createDirectories(cache.resolve("models--org--tiny"));
        Files.createDirectories(model.resolve("refs"));
        Files.writeString(model.resolve("refs/main"), "abc\n");
        Files.createDirectories(model.resolve("snapshots"));
        Files.createSymbolicLink(model.resolve("snapshots/abc"), Cli.TINY.toAbsolutePath());
        Cli.Result result =
                Cli.run(new Cancellation(), Map.of("HF_HUB_CACHE", cache.toString()), "inspect", "org/tiny");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).startsWith("org/tiny  FluxPipeline  " + model.resolve("snapshots/abc"));
        Files.delete(model.resolve("snapshots/abc"));
    }

    @Test
    void env_tellsVersionsAndMachine() throws IOException {
        Cli.Result result = Cli.run(
                new Cancellation(),
                Map.of("OMP_WAIT_POLICY", "PASSIVE", "XDG_CACHE_HOME", "/c"),
                "env",
                "--format",
                "json");
        assertThat(result.code()).isZero();
        assertThat(result.err()).isEmpty();
        JsonNode json = new ObjectMapper().readTree(result.out());
        assertThat(json.get("libtorch").asText()).isEqualTo(Libtorch.version());
        assertThat(json.get("threads").asInt()).isPositive();
        assertThat(json.get("devices").get(0).asText()).isEqualTo("cpu");
        assertThat(json.get("model_cache").asText()).isEqualTo("/c/bottleneck4j");
        assertThat(json.get("java").asText()).startsWith(System.getProperty("java.version", ""));
    }

    @Test
    void env_asText_tellsTheSame() {
        Cli.Result result = Cli.run("env");
        assertThat(result.out()).contains("bottleneck4j ").contains("libtorch ").contains("devices ");
        assertThat(result.err()).isEmpty();
    }
}
