package io.bottleneck4j.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.flux2.Flux2Transformer2DConfig;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.hunyuan.HunyuanVideoConfig;
import io.bottleneck4j.models.hunyuan15.HunyuanVideo15Config;
import io.bottleneck4j.models.vae.AutoencoderKlConfig;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideo15Config;
import io.bottleneck4j.models.vae.AutoencoderKlHunyuanVideoConfig;
import io.bottleneck4j.models.zimage.ZImageTransformer2DConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** No key of the Python classes is passed over in silence: of diffusers' each changes what is read, or is refused by name. */
class SignaturesTest {

    static Stream<Arguments> readers() {
        return Stream.of(
                reader("FluxTransformer2DModel", FluxConfig::from),
                reader("Flux2Transformer2DModel", Flux2Transformer2DConfig::from),
                reader("HunyuanVideoTransformer3DModel", HunyuanVideoConfig::from),
                reader("HunyuanVideo15Transformer3DModel", HunyuanVideo15Config::from),
                reader("AutoencoderKLHunyuanVideo15", AutoencoderKlHunyuanVideo15Config::from),
                reader("ZImageTransformer2DModel", ZImageTransformer2DConfig::from),
                reader("AutoencoderKL", AutoencoderKlConfig::from),
                reader("AutoencoderKLHunyuanVideo", AutoencoderKlHunyuanVideoConfig::from));
    }

    private static Arguments reader(String className, Function<Config, ?> reader) {
        return Arguments.of(className, reader);
    }

    @ParameterizedTest
    @MethodSource("readers")
    void everyKey_isUsedOrRefused(String className, Function<Config, ?> reader) {
        Map<String, JsonNode> keys = Signatures.of(className);
        assertThat(keys).isNotEmpty();
        assertThat(Signatures.fates(keys, reader))
                .hasSize(keys.size())
                .allSatisfy((key, fate) -> assertThat(fate).as(key).isIn("used", "refused"));
    }

    @ParameterizedTest
    @MethodSource("readers")
    void unknownKey_isNoted_andQuantizationRefused(String className, Function<Config, ?> reader) {
        List<String> notes = new ArrayList<>();
        ObjectNode json =
                new ObjectMapper().createObjectNode().put("wibble", true).put("_class_name", className);
        assertThat(reader.apply(new Config(Path.of("config.json"), json, notes::add)))
                .isNotNull();
        assertThat(notes)
                .containsExactly("config.json: wibble is no key of " + className + "; ignored, as Python does");
        assertThat(Signatures.fates(Map.of("quantization_config", new ObjectMapper().nullNode()), reader))
                .containsEntry("quantization_config", "refused");
    }

    @Test
    void keysThatThePipelinesReadThemselves_areKnown() {
        for (String[] each : new String[][] {
            {"FluxPipeline", "transformer", "FluxTransformer2DModel"},
            {"FluxPipeline", "vae", "AutoencoderKL"},
            {"Flux2KleinPipeline", "transformer", "Flux2Transformer2DModel"},
            {"Flux2KleinPipeline", "vae", "AutoencoderKLFlux2"},
            {"HunyuanVideoPipeline", "transformer", "HunyuanVideoTransformer3DModel"},
            {"HunyuanVideoPipeline", "vae", "AutoencoderKLHunyuanVideo"},
            {"HunyuanVideo15Pipeline", "transformer", "HunyuanVideo15Transformer3DModel"},
            {"HunyuanVideo15Pipeline", "vae", "AutoencoderKLHunyuanVideo15"},
            {"ZImagePipeline", "transformer", "ZImageTransformer2DModel"},
            {"ZImagePipeline", "vae", "AutoencoderKL"},
            {"ZImagePipeline", "scheduler", "FlowMatchEulerDiscreteScheduler"}
        }) {
            Set<String> read = Signatures.readByPipeline(each[0], each[1]);
            assertThat(Signatures.of(each[2]).keySet()).as(each[0]).containsAll(read);
        }
    }
}
