package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompt to frames against diffusers, in float32: the method's stages against the oracle, the baseline against HunyuanVideoPipeline. */
class HunyuanVideoGoldenTest {
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);
    /** The golden files hold the states of one token in this many. */
    private static final int EVERY = 8;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hunyuan-a-lanczos",
                "hunyuan-a-bilinear-floor",
                "hunyuan-a-true-cfg",
                "hunyuan-a-no-renoise",
                "hunyuan-b-lanczos",
                "hunyuan-b-bicubic-floor"
            })
    void generate_threeStages_equalsOracle(String name) throws IOException {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline hunyuan = open(golden.json())) {
            JsonNode json = golden.json();
            OptionalInt frames = OptionalInt.of(json.get("frames").asInt());
            Request request = hunyuan.model()
                    .request(json.get("prompt").asText())
                    .seed(json.get("seed").asLong())
                    .guidance(json.get("guidance").asDouble())
                    .trueCfgScale(json.get("true_cfg").asDouble())
                    .negativePrompt(json.get("negative").asText(""))
                    .maxSequenceLength(json.get("max_length").asInt())
                    .plan(hunyuan.model()
                            .planner()
                            .written(GoldenRuns.spec(json).withFrames(frames)))
                    .build();
            assertThat(request.forwards()).isEqualTo(json.get("forwards").asInt());
            GoldenRuns.assertSigmas(request.plan().stages(), json.get("sigmas"));
            assertGenerates(golden, hunyuan, request);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hunyuan-a-baseline", "hunyuan-a-baseline-true-cfg", "hunyuan-b-baseline"})
    void generate_baseline_equalsHunyuanVideoPipeline(String name) throws IOException {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline hunyuan = open(golden.json())) {
            JsonNode json = golden.json();
            Planner.Size size = Planner.Size.of(
                            json.get("width").asInt(), json.get("height").asInt())
                    .withFrames(json.get("num_frames").asInt());
            Plan plan = hunyuan.model()
                    .planner()
                    .baseline(
                            size, OptionalInt.of(json.get("num_inference_steps").asInt()), OptionalDouble.empty());
            Request request = hunyuan.model()
                    .request(json.get("prompt").asText())
                    .seed(json.get("seed").asLong())
                    .guidance(json.get("guidance_scale").asDouble())
                    .trueCfgScale(json.get("true_cfg_scale").asDouble())
                    .negativePrompt(json.get("negative_prompt").asText(""))
                    .maxSequenceLength(json.get("max_sequence_length").asInt())
                    .plan(plan)
                    .build();
            assertGenerates(golden, hunyuan, request);
        }
    }

    private static void assertGenerates(Golden golden, Pipeline hunyuan, Request request) throws IOException {
        Prompts prompts = hunyuan.encode(request);
        assertEmbeds(golden, "prompt", prompts.positive());
        PromptEmbeds negative = prompts.negative();
        assertThat(negative != null).isEqualTo(golden.has("negative.embeds"));
        if (negative != null) {
            assertEmbeds(golden, "negative", negative);
        }
        Latents latents = hunyuan.denoise(request, prompts);
        golden.assertClose("latents", latents.values(), 2e-3);
        ByteArrayOutputStream video = new ByteArrayOutputStream();
        hunyuan.decode(latents, frame -> video.write(frame.rgb()));
        GoldenRuns.assertPixels(golden.longs("video"), video.toByteArray());
    }

    private static void assertEmbeds(Golden golden, String prefix, PromptEmbeds embeds) {
        try (Scope scope = Scope.open()) {
            float[] states = embeds.states().toFloats();
            int width = Math.toIntExact(embeds.states().size(2));
            float[] some = new float[(states.length / width + EVERY - 1) / EVERY * width];
            for (int i = 0; i < some.length; i++) {
                some[i] = states[i / width * EVERY * width + i % width];
            }
            golden.assertClose(prefix + ".embeds", some, 1e-4);
            golden.assertClose(prefix + ".pooled", embeds.pooled(), 1e-4);
            assertThat(embeds.mask().toLongs()).isEqualTo(golden.longs(prefix + ".mask"));
        }
    }

    private static Pipeline open(JsonNode json) {
        Path name = Path.of(json.get("folder").asText()).getFileName();
        return Model.open(Golden.folder(name.toString())).pipeline(FLOAT32);
    }
}
