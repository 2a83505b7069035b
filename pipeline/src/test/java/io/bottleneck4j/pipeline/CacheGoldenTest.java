package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.Grid;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Caches against tools/golden/caches_reference.py, each written there from its paper: what each step runs, and every stage's latents. */
class CacheGoldenTest {
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);

    /** Of the largest value that the reference has, which grows to 10. */
    private static final double TOLERANCE = 1e-5;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-a-plain",
                "tiny-a-reuse",
                "tiny-a-reuse-steps",
                "tiny-b-reuse-every-3",
                "tiny-b-reuse-hidden",
                "tiny-a-taylor",
                "tiny-a-taylor-hidden",
                "tiny-a-taylor-true-cfg",
                "tiny-b-taylor-first-3-every-2",
                "tiny-b-taylor-order-0",
                "tiny-a-linear",
                "tiny-b-linear-every-2",
                "tiny-b-linear-hidden",
                "tiny-b-linear-hidden-true-cfg",
                "tiny-a-freqca",
                "tiny-a-freqca-order-1",
                "tiny-b-freqca-cut",
                "tiny-b-freqca-hidden",
                "tiny-a-dpcache",
                "tiny-b-dpcache-stages",
                "tiny-a-easycache",
                "tiny-a-easycache-threshold",
                "tiny-b-easycache-threshold",
                "tiny-a-firstblock",
                "tiny-a-firstblock-threshold",
                "tiny-b-firstblock-threshold",
                "tiny-a-toca",
                "tiny-a-toca-every-4",
                "tiny-a-toca-paper",
                "tiny-a-toca-true-cfg",
                "tiny-b-toca",
                "tiny-b-toca-every-4-fresh",
                "tiny-b-toca-paper-every-4",
                "tiny-a-duca",
                "tiny-b-duca-every-4",
                "tiny-a-mixed",
                "tiny-b-mixed-with-none",
                "tiny-a-ralu",
                "tiny-b-ralu-floor",
                "tiny-a-dct",
                "tiny-b-dct-in-three-stages",
                "tiny-a-amplifier",
                "tiny-b-all-methods"
            })
    void denoise_withCache_equalsReference(String name) {
        try (Golden golden = Golden.open("caches/" + name);
                Pipeline flux = Model.open(folder(golden.json())).pipeline(FLOAT32)) {
            JsonNode json = golden.json();
            Plan plan = flux.model().planner().written(spec(json));
            Plan cached = plan.withCaches(name, caches(json.get("cache"), plan));
            Request request = flux.model()
                    .request(json.get("prompt").asText())
                    .seed(json.get("seed").asLong())
                    .guidance(json.get("guidance").asDouble())
                    .trueCfgScale(json.get("true_cfg").asDouble())
                    .negativePrompt(json.get("negative").asText(""))
                    .maxSequenceLength(json.get("max_length").asInt())
                    .plan(cached)
                    .build();

            GoldenRuns.assertSigmas(cached.stages(), json.get("sigmas"));
            List<Step> steps = new ArrayList<>();
            Latents latents = flux.denoise(request, flux.encode(request), steps::add, new Cancellation());

            for (int stage = 0; stage < plan.stages().stages().size(); stage++) {
                int at = stage;
                List<Step> own =
                        steps.stream().filter(step -> step.at().stage() == at).toList();
                assertThat(own.stream()
                                .map(step -> step.forward().name().toLowerCase(Locale.ROOT))
                                .toList())
                        .as("stage " + stage)
                        .isEqualTo(words(json.get("computed").get(stage)));
                assertClose(
                        golden, json, "clean." + stage, own.get(own.size() - 1).x());
            }
            assertClose(golden, json, "latents", latents);
            assertThat(cached.stages().work()).hasSameSizeAs(steps);
            for (int i = 0; i < steps.size(); i++) {
                Forward foretold = cached.stages().work().get(i);
                assertThat(foretold).isIn(steps.get(i).forward(), Forward.OPEN);
            }
        }
    }

    /** With the other ways of stages, where the reference ran them. */
    private static PlanSpec spec(JsonNode json) {
        PlanSpec spec = GoldenRuns.spec(json);
        PlanRules rules = spec.rules().withAmplify(json.get("amplify").asDouble());
        if (json.get("grid").asText().equals("ralu")) {
            rules = rules.with(Grid.EVEN);
        }
        JsonNode until = json.get("until");
        if (until.isNull()) {
            return spec.withRules(rules);
        }
        List<StageSpec> stages = new ArrayList<>();
        for (StageSpec stage : spec.stages()) {
            stages.add(stage.withUntil(until.get(stages.size()).asDouble(0)));
        }
        return spec.withStages(stages).withRules(rules.with(HandOver.DCT));
    }

    private static void assertClose(Golden golden, JsonNode json, String key, Latents actual) {
        golden.assertClose(
                key,
                actual.values(),
                TOLERANCE * Math.max(1, json.get("largest").get(key).asDouble()));
    }

    private static Path folder(JsonNode json) {
        return Golden.folder(Path.of(json.get("folder").asText()).getFileName().toString());
    }

    private static List<String> words(JsonNode json) {
        List<String> words = new ArrayList<>();
        json.forEach(word -> words.add(word.asText()));
        return words;
    }

    private static List<StepCache> caches(JsonNode json, Plan plan) {
        return IntStream.range(0, plan.stages().stages().size())
                .mapToObj(i -> cache(json.isArray() ? json.get(i) : json))
                .toList();
    }

    /** The reference separates settings by commas, has ToCa's interval 2 where none is said, and the paper's ToCa as a variant. */
    private static StepCache cache(JsonNode json) {
        String spelling = json.asText("none").replace(',', ':');
        if (spelling.contains(":variant=paper")) {
            spelling = spelling.replace(":variant=paper", "").replace("toca", "toca-paper");
        }
        if (spelling.equals("toca")) {
            spelling = "toca:every=2";
        }
        return Caches.parse(spelling);
    }
}
