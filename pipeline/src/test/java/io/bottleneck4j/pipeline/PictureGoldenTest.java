package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A picture changed, in float32, against diffusers' FluxImg2ImgPipeline and FluxInpaintPipeline, and under a plan against the oracle. */
class PictureGoldenTest {
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-a",
                "tiny-a-true-cfg",
                "tiny-a-all",
                "tiny-b",
                "tiny-a-mask",
                "tiny-a-mask-resized",
                "tiny-b-mask"
            })
    void generate_baseline_equalsDiffusers(String name) {
        try (Golden golden = Golden.open("img2img/" + name);
                Pipeline flux = open(golden.json())) {
            JsonNode json = golden.json();
            Request request = GoldenRuns.request(golden, flux)
                    .guidance(json.get("guidance_scale").asDouble())
                    .trueCfgScale(json.get("true_cfg_scale").asDouble())
                    .negativePrompt(json.get("negative_prompt").asText(""))
                    .maxSequenceLength(json.get("max_sequence_length").asInt())
                    .plan(flux.model()
                            .planner()
                            .baseline(
                                    Planner.Size.of(
                                            json.get("width").asInt(),
                                            json.get("height").asInt()),
                                    OptionalInt.of(
                                            json.get("num_inference_steps").asInt()),
                                    OptionalDouble.empty()))
                    .build();
            GoldenRuns.assertGenerates(golden, flux, request);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-a-last-stage",
                "tiny-a-two-stages",
                "tiny-b-three-stages",
                "tiny-a-stages-no-renoise",
                "tiny-a-stages-mask",
                "emoji-flux"
            })
    void generate_stages_equalsOracle(String name) {
        try (Golden golden = Golden.open("img2img/" + name);
                Pipeline flux = open(golden.json())) {
            JsonNode json = golden.json();
            Request request = GoldenRuns.request(golden, flux)
                    .guidance(json.get("guidance").asDouble())
                    .maxSequenceLength(json.get("max_length").asInt())
                    .plan(flux.model().planner().written(GoldenRuns.spec(json)))
                    .build();
            assertThat(request.forwards()).isEqualTo(json.get("forwards").asInt());
            GoldenRuns.assertSigmas(request.plan().stages(), json.get("sigmas"));
            GoldenRuns.assertGenerates(golden, flux, request);
        }
    }

    private static Pipeline open(JsonNode json) {
        String folder = json.get("folder").asText();
        Path path = folder.contains("tiny")
                ? Golden.folder(Path.of(folder).getFileName().toString())
                : Path.of("..", "emoji-flux");
        return Model.open(path).pipeline(FLOAT32);
    }
}
