package io.bottleneck4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.flux2.Flux2Transformer2DConfig;
import io.bottleneck4j.models.flux2.Flux2Transformer2DModel;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.vae.AutoencoderKlFlux2;
import io.bottleneck4j.models.vae.AutoencoderKlFlux2Config;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** At the size of FLUX.2-klein, each tensor of diffusers' classes is asked for, and no other. */
class PublishedFlux2Test {
    private static final Path MANIFEST = Path.of("../models/src/test/resources/manifests/flux2-klein.json");

    @ParameterizedTest
    @CsvSource({"4b, 169, 3875544576", "9b, 233, 9078581248"})
    void blueprint_ofTransformer_isItsManifest(String part, int count, long parameters) throws IOException {
        Map<String, List<Long>> listed = listed(part);
        assertThat(listed).hasSize(count);
        assertThat(listed.values().stream()
                        .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
                        .sum())
                .isEqualTo(parameters);
        Flux2Transformer2DConfig config = config(part, Flux2Transformer2DConfig::from);
        assertThat(new TreeMap<>(Weights.blueprint(w -> new Flux2Transformer2DModel(config, w))))
                .isEqualTo(listed);
    }

    @Test
    void blueprint_ofAutoencoder_isItsManifestButForACount() throws IOException {
        Map<String, List<Long>> listed = listed("vae");
        assertThat(listed).hasSize(251);
        assertThat(listed.remove("bn.num_batches_tracked")).isEmpty();
        AutoencoderKlFlux2Config config = config("vae", AutoencoderKlFlux2Config::from);
        assertThat(new TreeMap<>(Weights.blueprint(w -> new AutoencoderKlFlux2(config, w))))
                .isEqualTo(listed);
    }

    private static Map<String, List<Long>> listed(String part) throws IOException {
        return Manifest.shapes(component(part).get("tensors"));
    }

    private static <C> C config(String part, Function<Config, C> reader) throws IOException {
        return reader.apply(new Config(MANIFEST, component(part).get("config"), note -> {
            throw new AssertionError(note);
        }));
    }

    private static JsonNode component(String part) throws IOException {
        return new ObjectMapper().readTree(MANIFEST.toFile()).get("components").get(part);
    }
}
