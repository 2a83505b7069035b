package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompt to picture against diffusers, in float32: the method's stages against the oracle, the baseline against ZImagePipeline. */
class ZImageGoldenTest {
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);

    @ParameterizedTest
    @ValueSource(strings = {"z-image-a-lanczos", "z-image-a-guided", "z-image-a-no-renoise", "z-image-b-bicubic-floor"})
    void generate_threeStages_equalsOracle(String name) {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline pipeline = open(golden.json())) {
            JsonNode json = golden.json();
            Request request = request(pipeline, json, "guidance", "negative", "max_length")
                    .plan(pipeline.model().planner().written(GoldenRuns.spec(json)))
                    .build();
            assertThat(request.forwards()).isEqualTo(json.get("forwards").asInt());
            GoldenRuns.assertSigmas(request.plan().stages(), json.get("sigmas"));
            assertGenerates(golden, pipeline, request);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "z-image-a-baseline",
                "z-image-a-baseline-guided",
                "z-image-b-baseline",
                "z-image-b-baseline-default-guidance"
            })
    void generate_baseline_equalsZImagePipeline(String name) {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline pipeline = open(golden.json())) {
            JsonNode json = golden.json();
            Request request = request(pipeline, json, "guidance_scale", "negative_prompt", "max_sequence_length")
                    .plan(baseline(pipeline, json))
                    .build();
            assertThat(request.forwards()).isEqualTo(json.get("forwards").asInt());
            assertGenerates(golden, pipeline, request);
        }
    }

    @Test
    void generate_ofAPicture_equalsZImageImg2ImgPipeline() {
        try (Golden golden = Golden.open("pipeline/z-image-a-changed");
                Pipeline pipeline = open(golden.json())) {
            JsonNode json = golden.json();
            Request request = GoldenRuns.request(golden, pipeline)
                    .trueCfgScale(1)
                    .maxSequenceLength(json.get("max_sequence_length").asInt())
                    .plan(baseline(pipeline, json))
                    .build();
            GoldenRuns.assertGenerates(golden, pipeline, request);
        }
    }

    private static Plan baseline(Pipeline pipeline, JsonNode json) {
        Planner.Size size =
                Planner.Size.of(json.get("width").asInt(), json.get("height").asInt());
        OptionalInt steps = OptionalInt.of(json.get("num_inference_steps").asInt());
        return pipeline.model().planner().baseline(size, steps, OptionalDouble.empty());
    }

    /** Z-Image's own scale counts from the prompt's velocity, ours from the negative one's. */
    private static Request.Builder request(
            Pipeline pipeline, JsonNode json, String guidance, String negative, String length) {
        return pipeline.model()
                .request(json.get("prompt").asText())
                .seed(json.get("seed").asLong())
                .trueCfgScale(1 + json.get(guidance).asDouble())
                .negativePrompt(json.get(negative).asText(""))
                .maxSequenceLength(json.get(length).asInt());
    }

    private static void assertGenerates(Golden golden, Pipeline pipeline, Request request) {
        Prompts prompts = pipeline.encode(request);
        golden.assertClose("prompt.embeds", prompts.positive().stateValues(), 1e-3);
        Latents latents = pipeline.denoise(request, prompts);
        golden.assertClose("latents", latents.values(), 2e-3);
        GoldenRuns.assertPixels(golden.longs("picture"), pipeline.still(latents).rgb());
    }

    private static Pipeline open(JsonNode json) {
        Path folder =
                Golden.folder(Path.of(json.get("folder").asText()).getFileName().toString());
        return Model.open(folder).pipeline(FLOAT32);
    }
}
