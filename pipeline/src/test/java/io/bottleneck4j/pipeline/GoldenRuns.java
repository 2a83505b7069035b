package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.vision.GoldenPictures;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.util.ArrayList;
import java.util.List;

/** What golden runs of every pipeline say of themselves. */
final class GoldenRuns {
    private GoldenRuns() {}

    /** Within one level on 99.9 % of the values. */
    static void assertPixels(long[] expected, byte[] actual) {
        assertThat(actual).hasSize(expected.length);
        long off = 0;
        for (int i = 0; i < expected.length; i++) {
            if (Math.abs(expected[i] - (actual[i] & 0xff)) > 1) {
                off++;
            }
        }
        assertThat((double) off / expected.length).isLessThanOrEqualTo(0.001);
    }

    /** A request with a case's prompt, seed and pictures, and its strength where it has one. */
    static Request.Builder request(Golden golden, Pipeline pipeline) {
        JsonNode json = golden.json();
        Request.Builder request = pipeline.model()
                .request(json.get("prompt").asText())
                .seed(json.get("seed").asLong())
                .initImage(GoldenPictures.picture(golden, "in.picture"));
        if (json.has("strength")) {
            request.strength(json.get("strength").asDouble());
        }
        return golden.has("in.mask") ? request.mask(GoldenPictures.picture(golden, "in.mask")) : request;
    }

    /** Whether a request makes a case's latents and picture. */
    static void assertGenerates(Golden golden, Pipeline pipeline, Request request) {
        Latents latents = pipeline.denoise(request, pipeline.encode(request));
        golden.assertClose("latents", latents.values(), 2e-3);
        assertPixels(golden.longs("picture"), pipeline.still(latents).rgb());
    }

    static void assertSigmas(StagePlan plan, JsonNode sigmas) {
        assertThat(plan.stages()).hasSize(sigmas.size());
        for (int i = 0; i < sigmas.size(); i++) {
            List<Double> actual = plan.stages().get(i).schedule().sigmas();
            assertThat(actual).hasSize(sigmas.get(i).size());
            for (int k = 0; k < actual.size(); k++) {
                assertThat(Math.abs(actual.get(k) - sigmas.get(i).get(k).asDouble()))
                        .isLessThan(1e-12);
            }
        }
    }

    static PlanSpec spec(JsonNode json) {
        List<StageSpec> stages = new ArrayList<>();
        for (JsonNode stage : json.get("stages")) {
            stages.add(new StageSpec(
                    stage.get("width").asInt(),
                    stage.get("height").asInt(),
                    stage.get("steps").asInt(),
                    stage.get("strength").asDouble(),
                    stage.get("shift").asDouble()));
        }
        PlanRules rules = PlanRules.DEFAULT
                .with(Resamplers.parse(json.get("resampler").asText()))
                .with(Rounding.parse(json.get("rounding").asText()))
                .with(json.get("renoise").asBoolean() ? HandOver.RENOISE : HandOver.AS_IS);
        return new PlanSpec("golden", stages).withRules(rules);
    }
}
