package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompt to picture against diffusers, in float32: the method's stages against the oracle, the baseline against FluxPipeline. */
class FluxGoldenTest {
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-a-lanczos",
                "tiny-a-lanczos-floor",
                "tiny-a-bilinear",
                "tiny-a-bicubic-floor",
                "tiny-a-no-renoise",
                "tiny-a-true-cfg",
                "tiny-b-lanczos",
                "tiny-b-bilinear-floor",
                "tiny-b-nearest-true-cfg",
                "emoji-flux-bottleneck"
            })
    void generate_threeStages_equalsOracle(String name) {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline flux = open(golden.json())) {
            JsonNode json = golden.json();
            Request request = flux.model()
                    .request(json.get("prompt").asText())
                    .seed(json.get("seed").asLong())
                    .guidance(json.get("guidance").asDouble())
                    .trueCfgScale(json.get("true_cfg").asDouble())
                    .negativePrompt(json.get("negative").asText(""))
                    .maxSequenceLength(json.get("max_length").asInt())
                    .plan(flux.model().planner().written(GoldenRuns.spec(json)))
                    .build();
            assertThat(request.forwards()).isEqualTo(json.get("forwards").asInt());
            GoldenRuns.assertSigmas(request.plan().stages(), json.get("sigmas"));
            assertGenerates(golden, flux, request);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-a-baseline",
                "tiny-a-baseline-true-cfg",
                "tiny-b-baseline",
                "tiny-b-baseline-true-cfg",
                "emoji-flux-baseline"
            })
    void generate_baseline_equalsFluxPipeline(String name) {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline flux = open(golden.json())) {
            JsonNode json = golden.json();
            Plan plan = flux.model()
                    .planner()
                    .baseline(
                            Planner.Size.of(
                                    json.get("width").asInt(),
                                    json.get("height").asInt()),
                            OptionalInt.of(json.get("num_inference_steps").asInt()),
                            OptionalDouble.empty());
            Request request = flux.model()
                    .request(json.get("prompt").asText())
                    .seed(json.get("seed").asLong())
                    .guidance(json.get("guidance_scale").asDouble())
                    .trueCfgScale(json.get("true_cfg_scale").asDouble())
                    .negativePrompt(json.get("negative_prompt").asText(""))
                    .maxSequenceLength(json.get("max_sequence_length").asInt())
                    .plan(plan)
                    .build();
            assertGenerates(golden, flux, request);
        }
    }

    private static void assertGenerates(Golden golden, Pipeline flux, Request request) {
        Latents latents = flux.denoise(request, flux.encode(request));
        golden.assertClose("latents", latents.values(), 2e-3);
        Picture picture = flux.still(latents);
        GoldenRuns.assertPixels(golden.longs("picture"), picture.rgb());
    }

    private static Pipeline open(JsonNode json) {
        String folder = json.get("folder").asText();
        Path path = folder.contains("tiny")
                ? Golden.folder(Path.of(folder).getFileName().toString())
                : Path.of("..", "emoji-flux");
        return Model.open(path).pipeline(FLOAT32);
    }
}
