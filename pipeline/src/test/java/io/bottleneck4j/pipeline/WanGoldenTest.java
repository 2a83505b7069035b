package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompt to frames against diffusers, in float32: the method's stages against the oracle, the baseline against WanPipeline by Euler's steps. */
class WanGoldenTest {
    @TempDir
    private Path temp;

    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);

    @ParameterizedTest
    @ValueSource(strings = {"wan-a-lanczos", "wan-b-bilinear-floor", "wan-c-experts", "wan-c-guided", "wan-c-reuse"})
    void generate_threeStages_equalsOracle(String name) throws IOException {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline wan = open(golden.json())) {
            JsonNode json = golden.json();
            OptionalInt frames = OptionalInt.of(json.get("frames").asInt());
            Plan plan = wan.model().planner().written(GoldenRuns.spec(json).withFrames(frames));
            if (json.has("reuse")) {
                plan = plan.withCache(
                        Caches.parse("reuse:first=1:every=" + json.get("reuse").asInt()));
            }
            Request request = request(wan, json, "guidance", "negative", "max_length", plan);
            GoldenRuns.assertSigmas(request.plan().stages(), json.get("sigmas"));
            assertGenerates(golden, wan, request);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"wan-a-baseline", "wan-b-baseline", "wan-c-baseline", "wan-c-baseline-guided"})
    void generate_baseline_equalsWanPipelineByEulersSteps(String name) throws IOException {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline wan = open(golden.json())) {
            JsonNode json = golden.json();
            Planner.Size size = Planner.Size.of(
                            json.get("width").asInt(), json.get("height").asInt())
                    .withFrames(json.get("num_frames").asInt());
            OptionalInt steps = OptionalInt.of(json.get("num_inference_steps").asInt());
            Plan plan = wan.model().planner().baseline(size, steps, OptionalDouble.empty());
            Request request = request(wan, json, "guidance_scale", "negative_prompt", "max_sequence_length", plan);
            assertGenerates(golden, wan, request);
        }
    }

    private static Request request(
            Pipeline wan, JsonNode json, String guidance, String negative, String length, Plan plan) {
        Request.Builder request = wan.model()
                .request(json.get("prompt").asText())
                .seed(json.get("seed").asLong())
                .trueCfgScale(json.get(guidance).asDouble())
                .negativePrompt(json.get(negative).asText(""))
                .maxSequenceLength(json.get(length).asInt())
                .plan(plan);
        if (json.has(guidance + "_2")) {
            request.trueCfgScale2(json.get(guidance + "_2").asDouble());
        }
        Request built = request.build();
        assertThat(built.forwards()).isEqualTo(json.get("forwards").asInt());
        return built;
    }

    private static void assertGenerates(Golden golden, Pipeline wan, Request request) throws IOException {
        Prompts prompts = wan.encode(request);
        golden.assertClose("prompt.embeds", prompts.positive().stateValues(), 1e-4);
        PromptEmbeds negative = prompts.negative();
        assertThat(negative != null).isEqualTo(golden.has("negative.embeds"));
        if (negative != null) {
            golden.assertClose("negative.embeds", negative.stateValues(), 1e-4);
        }
        Latents latents = wan.denoise(request, prompts);
        golden.assertClose("latents", latents.values(), 2e-3);
        ByteArrayOutputStream video = new ByteArrayOutputStream();
        wan.decode(latents, frame -> video.write(frame.rgb()));
        GoldenRuns.assertPixels(golden.longs("video"), video.toByteArray());
    }

    private Pipeline open(JsonNode json) throws IOException {
        String name = Path.of(json.get("folder").asText()).getFileName().toString();
        Path folder =
                name.equals("wan-c") ? WanExpertsTest.folder(temp.resolve(name)).path() : Golden.folder(name);
        return Model.open(folder).pipeline(FLOAT32);
    }
}
