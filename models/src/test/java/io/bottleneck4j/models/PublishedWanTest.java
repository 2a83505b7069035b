package io.bottleneck4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.text.T5Config;
import io.bottleneck4j.models.text.T5EncoderModel;
import io.bottleneck4j.models.vae.AutoencoderKlWan;
import io.bottleneck4j.models.vae.AutoencoderKlWanConfig;
import io.bottleneck4j.models.wan.WanTransformer3DConfig;
import io.bottleneck4j.models.wan.WanTransformer3DModel;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** At the sizes of Wan's models, and of Qwen-Image's autoencoder, each tensor of the Python classes is asked for, and no other. */
class PublishedWanTest {
    private static final Path MANIFEST = Path.of("../models/src/test/resources/manifests/wan.json");

    @ParameterizedTest
    @CsvSource({"1.3b", "14b", "5b", "vae-2.1", "vae-2.2", "vae-qwen", "umt5"})
    void blueprint_isItsManifest(String part) throws Exception {
        JsonNode component =
                new ObjectMapper().readTree(MANIFEST.toFile()).get("components").get(part);
        Config config = new Config(MANIFEST, component.get("config"), note -> {
            throw new AssertionError(note);
        });
        Map<String, List<Long>> listed = Manifest.shapes(component.get("tensors"));
        assertThat(listed).hasSize(component.get("count").asInt());
        assertThat(new TreeMap<>(Weights.blueprint(model(part, config)))).isEqualTo(listed);
    }

    private static Function<Weights, ?> model(String part, Config config) {
        if (part.equals("umt5")) {
            T5Config umt5 = T5Config.umt5(config);
            return w -> new T5EncoderModel(umt5, w);
        }
        if (part.startsWith("vae")) {
            AutoencoderKlWanConfig vae = AutoencoderKlWanConfig.from(config);
            return w -> new AutoencoderKlWan(vae, w);
        }
        WanTransformer3DConfig transformer = WanTransformer3DConfig.from(config);
        return w -> new WanTransformer3DModel(transformer, w);
    }
}
