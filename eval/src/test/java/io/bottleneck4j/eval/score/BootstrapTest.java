package io.bottleneck4j.eval.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BootstrapTest {
    @Test
    void of_manyNormalValues_isTheIntervalOfTheirMean() {
        Random random = new Random(1);
        List<Double> values = random.doubles(400)
                .mapToObj(unused -> 5 + 2 * random.nextGaussian())
                .toList();
        Bootstrap mean = Bootstrap.of(values);
        double average = values.stream().mapToDouble(v -> v).average().orElseThrow();
        double variance = values.stream()
                .mapToDouble(v -> (v - average) * (v - average))
                .average()
                .orElseThrow();
        double half = 1.96 * Math.sqrt(variance / 400);
        assertThat(mean.mean()).isCloseTo(average, within(1e-12));
        assertThat(mean.low()).isCloseTo(average - half, within(0.02));
        assertThat(mean.high()).isCloseTo(average + half, within(0.02));
    }

    @Test
    void of_twoValues_reachesBoth() { // both drawn alike in half of the samples
        assertThat(Bootstrap.of(List.of(0.0, 1.0))).isEqualTo(new Bootstrap(0.5, 0, 1));
    }

    @Test
    void of_oneValue_hasNoWidth() {
        assertThat(Bootstrap.of(List.of(3.0))).isEqualTo(new Bootstrap(3, 3, 3));
    }

    @Test
    void of_sameValues_isTheSameEachTime() {
        List<Double> values = List.of(1.0, 2.0, 4.0, 8.0);
        assertThat(Bootstrap.of(values)).isEqualTo(Bootstrap.of(values));
    }

    @Test
    void of_nothing_isRefused() {
        assertThatThrownBy(() -> Bootstrap.of(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("values: there are none to take a mean of; score at least one picture");
    }
}
