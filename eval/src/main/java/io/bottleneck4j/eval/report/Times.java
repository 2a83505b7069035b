package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.score.Bootstrap;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Seconds of pictures: their median, and how many times it is in that of others; samples are drawn of pictures. */
final class Times {
    private Times() {}

    /** The median, at least one time given. */
    static Bootstrap median(Map<Slot, Double> seconds) {
        double[] times = seconds.values().stream().mapToDouble(t -> t).toArray();
        int[] order = order(times);
        return Bootstrap.of(
                median(times, order, once(times.length)),
                random -> median(times, order, Bootstrap.drawn(times.length, random)));
    }

    /** The median of others' times divided by that of these, for the same pictures, at least one. */
    static Bootstrap speedUp(Map<Slot, Double> seconds, Map<Slot, Double> others) {
        List<Slot> both = seconds.keySet().stream().filter(others::containsKey).toList();
        double[] own = both.stream().mapToDouble(seconds::get).toArray();
        double[] other = both.stream().mapToDouble(others::get).toArray();
        int[] ownOrder = order(own);
        int[] otherOrder = order(other);
        int[] once = once(own.length);
        return Bootstrap.of(median(other, otherOrder, once) / median(own, ownOrder, once), random -> {
            int[] times = Bootstrap.drawn(own.length, random);
            return median(other, otherOrder, times) / median(own, ownOrder, times);
        });
    }

    private static int[] order(double[] values) {
        return IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .mapToInt(i -> i)
                .toArray();
    }

    private static int[] once(int length) {
        return IntStream.range(0, length).map(i -> 1).toArray();
    }

    /** The middle value of a sample, of two the mean, without sorting again. */
    private static double median(double[] values, int[] order, int[] times) {
        int lower = (values.length - 1) / 2;
        int upper = values.length / 2;
        double low = Double.NaN;
        int passed = 0;
        for (int i : order) {
            passed += times[i];
            if (Double.isNaN(low) && passed > lower) {
                low = values[i];
            }
            if (passed > upper) {
                return (low + values[i]) / 2;
            }
        }
        throw new IllegalStateException("times: must be at least one");
    }
}
