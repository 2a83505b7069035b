package io.bottleneck4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.hunyuan15.HunyuanVideo15Config;
import io.bottleneck4j.models.hunyuan15.HunyuanVideo15Transformer3DModel;
import io.bottleneck4j.models.text.Qwen25VlTextConfig;
import io.bottleneck4j.models.text.Qwen25VlTextModel;
import io.bottleneck4j.models.text.T5Config;
import io.bottleneck4j.models.text.T5EncoderModel;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideo15;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideo15Config;
import io.bottleneck4j.torch.io.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** At the size of HunyuanVideo-1.5, each tensor of the Python classes is asked for, and no other. */
class PublishedHunyuanVideo15Test {
    private static final Path MANIFEST = Path.of("../models/src/test/resources/manifests/hunyuan-video-1.5.json");

    @Test
    void blueprint_ofTransformer_isItsManifest() throws IOException {
        check("transformer", 1801, 8_326_608_160L, HunyuanVideo15Config::from, HunyuanVideo15Transformer3DModel::new);
    }

    @Test
    void blueprint_ofTextEncoder_isItsManifest() throws IOException {
        check(
                "text_encoder",
                338,
                7_070_619_136L,
                Qwen25VlTextConfig::from,
                (config, w) -> new Qwen25VlTextModel(config, List.of(-3), w));
    }

    @Test
    void blueprint_ofGlyphEncoder_isItsManifest() throws IOException {
        check("text_encoder_2", 111, 217_657_472L, T5Config::from, T5EncoderModel::new);
    }

    @Test
    void blueprint_ofAutoencoder_isItsManifest() throws IOException {
        check("vae", 218, 1_260_634_115L, AutoencoderKlHunyuanVideo15Config::from, AutoencoderKlHunyuanVideo15::new);
    }

    private static <C> void check(
            String part, int count, long parameters, Function<Config, C> read, BiFunction<C, Weights, ?> model)
            throws IOException {
        JsonNode component =
                new ObjectMapper().readTree(MANIFEST.toFile()).get("components").get(part);
        Map<String, List<Long>> listed = Manifest.shapes(component.get("tensors"));
        assertThat(listed).hasSize(count);
        assertThat(listed.values().stream()
                        .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
                        .sum())
                .isEqualTo(parameters);
        C config = read.apply(new Config(MANIFEST, component.get("config"), note -> {
            throw new AssertionError(note);
        }));
        assertThat(new TreeMap<>(Weights.blueprint(w -> model.apply(config, w))))
                .isEqualTo(listed);
    }
}
