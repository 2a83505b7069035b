package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompt to picture against diffusers, in float32: the method's stages against the oracle, the baseline against Flux2KleinPipeline. */
class Flux2KleinGoldenTest {

    @ParameterizedTest
    @ValueSource(strings = {"flux2-a-lanczos", "flux2-a-guided", "flux2-b-bicubic-floor"})
    void generate_threeStages_equalsOracle(String name) {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline pipeline = open(golden.json())) {
            JsonNode json = golden.json();
            Request request = request(pipeline, json, "guidance", "max_length")
                    .plan(pipeline.model().planner().written(GoldenRuns.spec(json)))
                    .build();
            GoldenRuns.assertSigmas(request.plan().stages(), json.get("sigmas"));
            assertGenerates(golden, pipeline, request);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"flux2-a-baseline", "flux2-a-baseline-guided", "flux2-b-baseline"})
    void generate_baseline_equalsFlux2KleinPipeline(String name) {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline pipeline = open(golden.json())) {
            JsonNode json = golden.json();
            Planner.Size size = Planner.Size.of(
                    json.get("width").asInt(), json.get("height").asInt());
            OptionalInt steps = OptionalInt.of(json.get("num_inference_steps").asInt());
            Plan plan = pipeline.model().planner().baseline(size, steps, OptionalDouble.empty());
            Request request = request(pipeline, json, "guidance_scale", "max_sequence_length")
                    .plan(plan)
                    .build();
            assertGenerates(golden, pipeline, request);
        }
    }

    private static Request.Builder request(Pipeline pipeline, JsonNode json, String guidance, String length) {
        return pipeline.model()
                .request(json.get("prompt").asText())
                .seed(json.get("seed").asLong())
                .trueCfgScale(json.get(guidance).asDouble())
                .maxSequenceLength(json.get(length).asInt());
    }

    private static void assertGenerates(Golden golden, Pipeline pipeline, Request request) {
        assertThat(request.forwards()).isEqualTo(golden.json().get("forwards").asInt());
        Prompts prompts = pipeline.encode(request);
        golden.assertClose("prompt.embeds", prompts.positive().stateValues(), 1e-3);
        if (request.trueCfgScale() > 1) {
            golden.assertClose(
                    "negative.embeds",
                    Objects.requireNonNull(prompts.negative()).stateValues(),
                    1e-3);
        }
        Latents latents = pipeline.denoise(request, prompts);
        golden.assertClose("latents", latents.values(), 2e-3);
        GoldenRuns.assertPixels(golden.longs("picture"), pipeline.still(latents).rgb());
    }

    private static Pipeline open(JsonNode json) {
        Path folder =
                Golden.folder(Path.of(json.get("folder").asText()).getFileName().toString());
        return Model.open(folder).pipeline(Tiny.FLOAT32);
    }
}
