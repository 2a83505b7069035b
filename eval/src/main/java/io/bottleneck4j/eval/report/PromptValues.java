package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.score.Bootstrap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Values of pictures, gathered by prompt, the prompts gathered into groups of equal weight: the mean over groups of the mean over a
 * group's pictures.
 *
 * <p>Pictures of one prompt resemble each other, so chance is not in single pictures but in which prompts were asked: samples are drawn,
 * and signs flipped, by whole prompts, within their groups. Source: Efron, Tibshirani, An introduction to the bootstrap (1993), 8.3; for
 * clusters Davison, Hinkley, Bootstrap methods and their application (1997), 3.8, strategy 1.
 */
final class PromptValues {
    private static final int FLIPS = 10_000;
    private static final long SEED = 0;
    /** Up to this many prompts every combination of signs is counted: 2^13 are no more than are drawn else. */
    private static final int EXACT = 13;

    private final List<Group> groups;

    /** Sums and numbers of values, by prompt. */
    private static final class Group {
        private final double[] sums;
        private final int[] counts;

        Group(double[] sums, int[] counts) {
            this.sums = sums;
            this.counts = counts;
        }

        double mean() {
            double sum = 0;
            long count = 0;
            for (int i = 0; i < sums.length; i++) {
                sum += sums[i];
                count += counts[i];
            }
            return sum / count;
        }

        double resampled(SplittableRandom random) {
            double sum = 0;
            long count = 0;
            for (int i = 0; i < sums.length; i++) {
                int drawn = random.nextInt(sums.length);
                sum += sums[drawn];
                count += counts[drawn];
            }
            return sum / count;
        }
    }

    private PromptValues(List<Group> groups) {
        this.groups = groups;
    }

    /** Gathers values of pictures, at least one; the group of a picture is the same for all of a prompt. */
    static PromptValues of(Map<Slot, Double> values, Function<Slot, String> group) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("values: there are none; score at least one picture");
        }
        Map<String, Map<Integer, List<Double>>> gathered = new TreeMap<>();
        values.forEach((slot, value) -> gathered.computeIfAbsent(group.apply(slot), name -> new TreeMap<>())
                .computeIfAbsent(slot.promptIndex(), prompt -> new ArrayList<>())
                .add(value));
        return new PromptValues(gathered.values().stream()
                .map(prompts -> new Group(
                        prompts.values().stream()
                                .mapToDouble(
                                        own -> own.stream().mapToDouble(v -> v).sum())
                                .toArray(),
                        prompts.values().stream().mapToInt(List::size).toArray()))
                .toList());
    }

    /** The mean, and where 95 % of the means lie of samples of as many prompts. */
    Bootstrap mean() {
        return Bootstrap.of(groups.stream().mapToDouble(Group::mean).average().orElseThrow(), random -> {
            double sum = 0;
            for (Group group : groups) {
                sum += group.resampled(random);
            }
            return sum / groups.size();
        });
    }

    /**
     * How likely a mean as far from 0 as this one is, up or down, if each prompt's sign were chance: the p-value of a sign-flip
     * permutation test of paired differences, never below what its draws can tell. Source: Good, Permutation, parametric and bootstrap
     * tests of hypotheses (2005), 3.2; for drawn signs (k + 1) / (n + 1) of Davison and Hinkley, 4.2.5.
     */
    double signFlip() {
        double[] weighted = groups.stream()
                .flatMapToDouble(group -> {
                    long pictures = Arrays.stream(group.counts).asLongStream().sum();
                    return Arrays.stream(group.sums).map(sum -> sum / pictures / groups.size());
                })
                .toArray();
        double size = Arrays.stream(weighted).map(Math::abs).sum();
        double least = Math.abs(Arrays.stream(weighted).sum()) - 1e-12 * size; // equal sums may differ by rounding
        return weighted.length <= EXACT ? counted(weighted, least) : drawn(weighted, least);
    }

    private static double counted(double[] weighted, double least) {
        int all = 1 << weighted.length;
        int asFar = 0;
        for (int signs = 0; signs < all; signs++) {
            double sum = 0;
            for (int i = 0; i < weighted.length; i++) {
                sum += (signs >> i & 1) == 0 ? weighted[i] : -weighted[i];
            }
            asFar += Math.abs(sum) >= least ? 1 : 0;
        }
        return (double) asFar / all;
    }

    private static double drawn(double[] weighted, double least) {
        SplittableRandom random = new SplittableRandom(SEED);
        int asFar = 0;
        for (int draw = 0; draw < FLIPS; draw++) {
            double sum = 0;
            for (double value : weighted) {
                sum += random.nextBoolean() ? value : -value;
            }
            asFar += Math.abs(sum) >= least ? 1 : 0;
        }
        return (asFar + 1.0) / (FLIPS + 1.0);
    }
}
