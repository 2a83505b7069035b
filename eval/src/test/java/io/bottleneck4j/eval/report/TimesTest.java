package io.bottleneck4j.eval.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.eval.report.Report.Times;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.score.Bootstrap;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimesTest {
    private static Map<Slot, Double> seconds(double... values) {
        Map<Slot, Double> seconds = new LinkedHashMap<>();
        for (double value : values) {
            seconds.put(new Slot(seconds.size(), 0), value);
        }
        return seconds;
    }

    @Test
    void median_oddAndEven_isTheMiddle() {
        assertThat(Times.median(seconds(5, 1, 100)).mean()).isEqualTo(5);
        assertThat(Times.median(seconds(5, 1, 100, 7)).mean()).isEqualTo(6);
        assertThat(Times.median(seconds(3))).isEqualTo(new Bootstrap(3, 3, 3));
    }

    @Test
    void median_interval_isThatOfSortedSamples() {
        for (int n : new int[] {40, 41}) {
            double[] values = new Random(n).doubles(n).map(u -> 1 + u).toArray();
            Bootstrap sorted = Bootstrap.of(sortedMedian(values), random -> {
                double[] sample = new double[n];
                for (int i = 0; i < n; i++) {
                    sample[i] = values[random.nextInt(n)];
                }
                return sortedMedian(sample);
            });
            assertThat(Times.median(seconds(values))).isEqualTo(sorted);
        }
    }

    private static double sortedMedian(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    @Test
    void speedUp_halfTheTime_isExactlyTwoHoweverTimesVary() {
        Map<Slot, Double> own = seconds(1, 5, 2, 8, 3);
        Map<Slot, Double> others = seconds(2, 10, 4, 16, 6);
        assertThat(Times.speedUp(own, others)).isEqualTo(new Bootstrap(2, 2, 2));
    }

    @Test
    void speedUp_picturesThatOneLacks_doNotCount() {
        Map<Slot, Double> others = new LinkedHashMap<>(seconds(2, 2, 2));
        others.put(new Slot(9, 0), 1000.0);
        assertThat(Times.speedUp(seconds(1, 1, 1, 50), others)).isEqualTo(new Bootstrap(2, 2, 2));
    }
}
