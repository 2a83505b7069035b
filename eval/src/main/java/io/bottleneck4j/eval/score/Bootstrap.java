package io.bottleneck4j.eval.score;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * A mean, and where 95 % of the means lie that samples of the same size give, drawn with replacement from the same values: what chance in
 * the choice of prompts and seeds accounts for. Source: Efron, Tibshirani, An introduction to the bootstrap (1993), 13.3, the percentile
 * interval.
 *
 * @param low the 2.5th percentile
 * @param high the 97.5th percentile
 */
public record Bootstrap(
        @JsonProperty("value") double mean,
        @JsonIgnore double low,
        @JsonIgnore double high) {
    private static final int RESAMPLES = 10_000;
    private static final long SEED = 0;

    /** Draws 10,000 samples, the same ones for the same values; IllegalArgumentException if there is no value. */
    public static Bootstrap of(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("values: there are none to take a mean of; score at least one picture");
        }
        double[] all = values.stream().mapToDouble(Double::doubleValue).toArray();
        return of(Arrays.stream(all).sum() / all.length, random -> {
            double sum = 0;
            for (int k = 0; k < all.length; k++) {
                sum += all[random.nextInt(all.length)];
            }
            return sum / all.length;
        });
    }

    /** The same of another statistic than the mean of single values, which draws one of 10,000 samples at each call. */
    public static Bootstrap of(double estimate, ToDoubleFunction<SplittableRandom> resampled) {
        SplittableRandom random = new SplittableRandom(SEED);
        double[] drawn = new double[RESAMPLES];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = resampled.applyAsDouble(random);
        }
        Arrays.sort(drawn);
        return new Bootstrap(estimate, percentile(drawn, 0.025), percentile(drawn, 0.975));
    }

    /** Both ends. */
    @JsonProperty("interval_95")
    public List<Double> interval() {
        return List.of(low, high);
    }

    /** How often each of so many is in a sample of as many, drawn with replacement. */
    public static int[] drawn(int length, SplittableRandom random) {
        int[] times = new int[length];
        for (int i = 0; i < length; i++) {
            times[random.nextInt(length)]++;
        }
        return times;
    }

    /** Between the two nearest of sorted values, as numpy's percentile. */
    private static double percentile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
