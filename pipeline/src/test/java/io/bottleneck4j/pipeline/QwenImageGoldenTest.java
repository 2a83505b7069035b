package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.text.ChatTokenizer;
import io.bottleneck4j.models.text.TokenizedPrompt;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompt to picture against diffusers, in float32: the method's stages against the oracle, the baseline against QwenImagePipeline. */
class QwenImageGoldenTest {
    @ParameterizedTest
    @ValueSource(strings = {"qwen-image-a-lanczos", "qwen-image-a-guided", "qwen-image-b-bicubic-floor"})
    void generate_threeStages_equalsOracle(String name) {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline pipeline = open(golden.json())) {
            JsonNode json = golden.json();
            Request request = request(pipeline, json, "true_cfg", "negative", "max_length")
                    .plan(pipeline.model().planner().written(GoldenRuns.spec(json)))
                    .build();
            assertThat(request.forwards()).isEqualTo(json.get("forwards").asInt());
            GoldenRuns.assertSigmas(request.plan().stages(), json.get("sigmas"));
            assertGenerates(golden, pipeline, request);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen-image-a-baseline", "qwen-image-a-baseline-guided", "qwen-image-b-baseline"})
    void generate_baseline_equalsQwenImagePipeline(String name) {
        try (Golden golden = Golden.open("pipeline/" + name);
                Pipeline pipeline = open(golden.json())) {
            JsonNode json = golden.json();
            Request request = request(pipeline, json, "true_cfg_scale", "negative_prompt", "max_sequence_length")
                    .plan(baseline(pipeline, json))
                    .build();
            assertThat(request.forwards()).isEqualTo(json.get("forwards").asInt());
            assertGenerates(golden, pipeline, request);
        }
    }

    @Test
    void generate_ofAPicture_equalsQwenImageImg2ImgPipeline() {
        try (Golden golden = Golden.open("pipeline/qwen-image-a-changed");
                Pipeline pipeline = open(golden.json())) {
            JsonNode json = golden.json();
            Request request = GoldenRuns.request(golden, pipeline)
                    .trueCfgScale(json.get("true_cfg_scale").asDouble())
                    .maxSequenceLength(json.get("max_sequence_length").asInt())
                    .plan(baseline(pipeline, json))
                    .build();
            GoldenRuns.assertGenerates(golden, pipeline, request);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen-image-a-baseline", "qwen-image-b-baseline"})
    void tokenizer_inTheTemplate_givesTransformersIds(String name) throws IOException {
        try (Golden golden = Golden.open("pipeline/" + name);
                ChatTokenizer tokenizer =
                        ChatTokenizer.qwenImage(folder(golden.json()).resolve("tokenizer"))) {
            TokenizedPrompt read =
                    tokenizer.encode(golden.json().get("prompt").asText(), 512).unpadded();
            assertThat(read.ids()).isEqualTo(golden.longs("prompt.ids"));
            assertThat(tokenizer.cropStart()).isEqualTo(34);
        }
    }

    private static Plan baseline(Pipeline pipeline, JsonNode json) {
        Planner.Size size =
                Planner.Size.of(json.get("width").asInt(), json.get("height").asInt());
        OptionalInt steps = OptionalInt.of(json.get("num_inference_steps").asInt());
        return pipeline.model().planner().baseline(size, steps, OptionalDouble.empty());
    }

    /** A negative prompt that is not said is a space, as in the goldens. */
    private static Request.Builder request(
            Pipeline pipeline, JsonNode json, String scale, String negative, String length) {
        Request.Builder request = pipeline.model()
                .request(json.get("prompt").asText())
                .seed(json.get("seed").asLong())
                .trueCfgScale(json.get(scale).asDouble())
                .maxSequenceLength(json.get(length).asInt());
        return json.get(negative).isNull()
                ? request
                : request.negativePrompt(json.get(negative).asText());
    }

    private static void assertGenerates(Golden golden, Pipeline pipeline, Request request) {
        Prompts prompts = pipeline.encode(request);
        golden.assertClose("prompt.embeds", prompts.positive().stateValues(), 1e-4);
        if (prompts.negative() != null) {
            golden.assertClose("negative.embeds", prompts.negative().stateValues(), 1e-4);
        }
        Latents latents = pipeline.denoise(request, prompts);
        golden.assertClose("latents", latents.values(), 2e-3);
        GoldenRuns.assertPixels(golden.longs("picture"), pipeline.still(latents).rgb());
    }

    private static Path folder(JsonNode json) {
        return Golden.folder(Path.of(json.get("folder").asText()).getFileName().toString());
    }

    private static Pipeline open(JsonNode json) {
        return Model.open(folder(json)).pipeline(Tiny.FLOAT32);
    }
}
