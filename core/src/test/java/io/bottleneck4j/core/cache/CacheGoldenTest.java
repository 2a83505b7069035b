package io.bottleneck4j.core.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.core.Golden;
import io.bottleneck4j.core.Randoms;
import io.bottleneck4j.core.latent.CosineTransform;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** FreqCa's predictions and DPCache's choices, against tools/golden/caches_reference.py; the latter were found there by trying all. */
class CacheGoldenTest {
    private static JsonNode golden(String key) throws IOException {
        return new ObjectMapper()
                .readTree(String.join("\n", Golden.lines("caches.json")))
                .get(key);
    }

    private static Latents latents(LatentShape shape, JsonNode json) {
        float[] values = new float[json.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) json.get(i).asDouble();
        }
        return Latents.copyOf(shape, values);
    }

    @Test
    void freqCa_predicts_asTheReference() throws IOException {
        int checked = 0;
        for (JsonNode one : golden("freqca")) {
            JsonNode s = one.get("shape");
            LatentShape shape = new LatentShape(
                    s.get(0).asInt(),
                    s.get(1).asInt(),
                    s.get(2).asInt(),
                    s.get(3).asInt());
            Predictor freqCa = new Predictor.FreqCa(
                    one.get("cut").asDouble(), one.get("order").asInt());
            for (JsonNode expected : one.get("predicted")) {
                int step = expected.get("step").asInt();
                History history = new History(one.get("first").asInt());
                for (JsonNode computed : one.get("computed")) {
                    if (computed.get("step").asInt() < step) {
                        history.add(computed.get("step").asInt(), 0.5, latents(shape, computed.get("values")));
                    }
                }
                Latents values = latents(shape, expected.get("values"));
                assertThat(Randoms.distance(freqCa.predict(history, step, 0.5), values))
                        .as("step " + step + " of " + shape)
                        .isLessThan(1e-5);
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(3);
    }

    @Test
    void dpCache_chooses_asTryingAll() throws IOException {
        int checked = 0;
        for (JsonNode one : golden("dpcache")) {
            List<Latents> features = new ArrayList<>();
            for (JsonNode values : one.get("features")) {
                features.add(latents(new LatentShape(1, 1, 1, values.size()), values));
            }
            DpCache dpCache = new DpCache(features.size(), one.get("first").asInt());
            dpCache.add(features);
            dpCache.add(features); // the mean of twice the same
            int count = one.get("count").asInt();
            checked++;
            if (one.get("steps").isNull()) {
                assertThatIllegalArgumentException().isThrownBy(() -> dpCache.choose(count));
                continue;
            }
            DpCache.Choice choice = dpCache.choose(count);

            List<Integer> steps = new ArrayList<>();
            one.get("steps").forEach(step -> steps.add(step.asInt()));
            assertThat(choice.steps()).isEqualTo(steps);
            assertThat(choice.cost()).isCloseTo(one.get("cost").asDouble(), within(1e-5));
        }
        assertThat(checked).isGreaterThan(3);
    }

    @Test
    void dpCache_unfit_saysWhatFits() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DpCache(5, 1))
                .withMessage("dpcache: 5 steps of which the first 1 are computed; use at least 1 and 2");
        DpCache dpCache = new DpCache(30, 2);
        assertThatIllegalStateException().isThrownBy(() -> dpCache.choose(8));
        LatentShape one = new LatentShape(1, 1, 1, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> dpCache.add(List.of(Latents.zeros(one))))
                .withMessage("dpcache: 1 features do not belong to 30 steps; give one for each");
        List<Latents> features = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            features.add(Randoms.gaussian(one, i));
        }
        dpCache.add(features);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> dpCache.choose(4))
                .withMessage("dpcache: cannot compute 4 of 30 steps; use 5 to 30");
        assertThatIllegalArgumentException().isThrownBy(() -> dpCache.choose(31));
        // With the fewest steps every gap must be as wide as it may: 1 to 9, 17, 25, and 5 to the end are within 8.
        assertThat(dpCache.choose(5).steps()).hasSize(5).startsWith(0, 1);
        assertThat(dpCache.choose(30).steps()).hasSize(30);
        assertThat(dpCache.choose(30).cost()).isZero();
    }

    @Test
    void dpCache_stageOfOneOrTwoSteps_computesAll() {
        LatentShape one = new LatentShape(1, 1, 1, 1);
        DpCache single = new DpCache(1, 2);
        single.add(List.of(Latents.zeros(one)));
        assertThat(single.choose(1).steps()).containsExactly(0);
        DpCache two = new DpCache(2, 2);
        two.add(List.of(Latents.zeros(one), Latents.zeros(one)));
        assertThat(two.choose(2).steps()).containsExactly(0, 1);
    }

    @Test
    void cosineTransform_keepsTheSumOfSquares_andComesBack() {
        LatentShape shape = new LatentShape(2, 2, 5, 7);
        Latents x = Randoms.gaussian(shape, 3);
        Latents coefficients = CosineTransform.forward(x);
        assertThat(squares(coefficients)).isCloseTo(squares(x), within(1e-4));
        assertThat(Randoms.distance(CosineTransform.inverse(coefficients), x)).isLessThan(1e-6);
        double mean = 0;
        for (int i = 0; i < 35; i++) {
            mean += x.get(i) / 35.0;
        }
        assertThat((double) coefficients.get(0)).isCloseTo(mean * Math.sqrt(35), within(1e-6));
    }

    private static double squares(Latents x) {
        double sum = 0;
        for (float value : x.values()) {
            sum += (double) value * value;
        }
        return sum;
    }
}
