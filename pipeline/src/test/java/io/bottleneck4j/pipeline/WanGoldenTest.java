package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanRules.SolverChoice;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompt to frames against diffusers, in float32: the method's stages against the oracle, the baseline against WanPipeline, by Euler's steps and by UniPC's. */
class WanGoldenTest {
    @TempDir
    private Path temp;

    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wan-a-lanczos",
                "wan-b-bilinear-floor",
                "wan-c-experts",
                "wan-c-guided",
                "wan-c-reuse",
                "wan-a-unipc-stages",
                "wan-c-unipc-stages"
            })
    void generate_threeStages_equalsOracle(String name) throws IOException {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline wan = open(golden.json())) {
            JsonNode json = golden.json();
            OptionalInt frames = OptionalInt.of(json.get("frames").asInt());
            Plan plan = planner(wan, json).written(GoldenRuns.spec(json).withFrames(frames));
            if (json.has("reuse")) {
                plan = plan.withCache(
                        Caches.parse("reuse:first=1:every=" + json.get("reuse").asInt()));
            }
            Request request = request(wan, json, "guidance", "negative", "max_length", plan);
            if (!json.has("scheduler")) { // UniPC's levels are held, as floats, in the core
                GoldenRuns.assertSigmas(request.plan().stages(), json.get("sigmas"));
            }
            assertGenerates(golden, wan, request);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wan-a-baseline",
                "wan-b-baseline",
                "wan-c-baseline",
                "wan-c-baseline-guided",
                "wan-a-unipc",
                "wan-b-unipc",
                "wan-c-unipc"
            })
    void generate_baseline_equalsWanPipeline(String name) throws IOException {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline wan = open(golden.json())) {
            JsonNode json = golden.json();
            Planner.Size size = Planner.Size.of(
                            json.get("width").asInt(), json.get("height").asInt())
                    .withFrames(json.get("num_frames").asInt());
            OptionalInt steps = OptionalInt.of(json.get("num_inference_steps").asInt());
            Plan plan = planner(wan, json).baseline(size, steps, OptionalDouble.empty());
            Request request = request(wan, json, "guidance_scale", "negative_prompt", "max_sequence_length", plan);
            assertGenerates(golden, wan, request);
        }
    }

    /** Of the folder's own scheduler where the run is by one, else with Euler's steps. */
    private static Planner planner(Pipeline wan, JsonNode json) {
        return wan.model().planner().solvedBy(json.has("scheduler") ? SolverChoice.MODEL : SolverChoice.EULER);
    }

    /** So near are Euler's steps and UniPC's not that one could pass for the other. */
    @Test
    void generate_byEulersSteps_isAnotherVideo() throws IOException {
        try (Golden golden = Golden.open("pipeline/wan-a-unipc");
                Pipeline wan = open(golden.json())) {
            Planner planner = wan.model().planner().solvedBy(SolverChoice.EULER);
            Plan plan =
                    planner.baseline(Planner.Size.of(48, 32).withFrames(5), OptionalInt.of(8), OptionalDouble.empty());
            Request request =
                    request(wan, golden.json(), "guidance_scale", "negative_prompt", "max_sequence_length", plan);
            float[] euler = wan.denoise(request, wan.encode(request)).values();
            assertThatThrownBy(() -> golden.assertClose("latents", euler, 0.1)).isInstanceOf(AssertionError.class);
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
        TinyFolder folder = name.equals("wan-c")
                ? WanExpertsTest.folder(temp.resolve(name))
                : TinyFolder.copy(name, temp.resolve(name));
        JsonNode scheduler = json.get("scheduler");
        if (scheduler != null) {
            folder.edit(
                    "scheduler/scheduler_config.json", own -> own.removeAll().setAll((ObjectNode) scheduler));
            folder.edit(
                    "model_index.json",
                    own -> own.putArray("scheduler").add("diffusers").add(SchedulerConfig.UNI_PC));
        }
        return Model.open(folder.path()).pipeline(FLOAT32);
    }
}
