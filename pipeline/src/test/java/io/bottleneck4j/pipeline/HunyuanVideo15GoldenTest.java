package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyHunyuanVideo15;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompt to frames against diffusers, in float32: the method's stages against the oracle, the baseline against HunyuanVideo15Pipeline. */
class HunyuanVideo15GoldenTest {
    /** The golden files hold the states of one token in this many. */
    private static final int EVERY = 8;

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"hunyuan15-a-lanczos", "hunyuan15-a-guided", "hunyuan15-b-bicubic-floor"})
    void generate_threeStages_equalsOracle(String name) throws IOException {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline pipeline = open(golden.json())) {
            JsonNode json = golden.json();
            OptionalInt frames = OptionalInt.of(json.get("frames").asInt());
            Request request = request(pipeline, json)
                    .trueCfgScale(json.get("true_cfg").asDouble())
                    .plan(pipeline.model()
                            .planner()
                            .written(GoldenRuns.spec(json).withFrames(frames)))
                    .build();
            GoldenRuns.assertSigmas(request.plan().stages(), json.get("sigmas"));
            assertGenerates(golden, pipeline, request);
        }
    }

    /** With the guidance of the folder's guider. */
    @ParameterizedTest
    @ValueSource(strings = {"hunyuan15-a-baseline", "hunyuan15-b-baseline"})
    void generate_baseline_equalsHunyuanVideo15Pipeline(String name) throws IOException {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline pipeline = open(golden.json())) {
            JsonNode json = golden.json();
            Planner.Size size = Planner.Size.of(
                            json.get("width").asInt(), json.get("height").asInt())
                    .withFrames(json.get("num_frames").asInt());
            OptionalInt steps = OptionalInt.of(json.get("num_inference_steps").asInt());
            Plan plan = pipeline.model().planner().baseline(size, steps, OptionalDouble.empty());
            Request request = request(pipeline, json).plan(plan).build();
            assertThat(request.trueCfgScale()).isEqualTo(json.get("true_cfg").asDouble());
            double[] sigmas = json.get("sigmas")
                    .get(0)
                    .valueStream()
                    .mapToDouble(JsonNode::asDouble)
                    .toArray();
            assertThat(plan.stages().last().schedule().sigmas().stream()
                            .mapToDouble(Double::doubleValue)
                            .toArray())
                    .containsExactly(sigmas, within(1e-6)); // diffusers has them in float32
            assertGenerates(golden, pipeline, request);
        }
    }

    private static Request.Builder request(Pipeline pipeline, JsonNode json) {
        return pipeline.model()
                .request(json.get("prompt").asText())
                .seed(json.get("seed").asLong())
                .negativePrompt(json.get("negative").asText());
    }

    private static void assertGenerates(Golden golden, Pipeline pipeline, Request request) throws IOException {
        assertThat(request.forwards()).isEqualTo(golden.json().get("forwards").asInt());
        Prompts prompts = pipeline.encode(request);
        assertEmbeds(golden, "prompt", prompts.positive());
        PromptEmbeds negative = prompts.negative();
        assertThat(negative != null).isEqualTo(golden.has("negative.embeds"));
        if (negative != null) {
            assertEmbeds(golden, "negative", negative);
        }
        Latents latents = pipeline.denoise(request, prompts);
        golden.assertClose("latents", latents.values(), 2e-3);
        ByteArrayOutputStream video = new ByteArrayOutputStream();
        pipeline.decode(latents, frame -> video.write(frame.rgb()));
        GoldenRuns.assertPixels(golden.longs("video"), video.toByteArray());
    }

    private static void assertEmbeds(Golden golden, String prefix, PromptEmbeds embeds) {
        float[] states = embeds.stateValues();
        int width = states.length / embeds.tokens();
        float[] some = new float[(embeds.tokens() + EVERY - 1) / EVERY * width];
        for (int i = 0; i < some.length; i++) {
            some[i] = states[i / width * EVERY * width + i % width];
        }
        golden.assertClose(prefix + ".embeds", some, 1e-4);
        if (golden.has(prefix + ".glyphs")) {
            golden.assertClose(prefix + ".glyphs", embeds.pooledValues(), 1e-4);
        } else {
            assertThat(embeds.pooledValues()).isEmpty();
        }
    }

    private Pipeline open(JsonNode json) {
        String name = Path.of(json.get("folder").asText()).getFileName().toString();
        return Model.open(TinyHunyuanVideo15.copy(name, temp.resolve(name)).path())
                .pipeline(Tiny.FLOAT32);
    }
}
