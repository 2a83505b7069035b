package io.bottleneck4j.core.cache;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.core.sampling.VelocityModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds which steps of a stage to compute, so that the others are predicted best: calibrated once by runs that compute all, then exact.
 *
 * <p>Source: arXiv 2602.22654 (DPCache). Skipped steps are {@link Predictor.Taylor} of order 1, from the two latest computed ones; the
 * cost of a choice is the mean absolute error of all that is skipped. The dynamic programme goes over pairs of these two, so that it
 * finds the least cost of all choices.
 */
public final class DpCache {

    /** Steps from one computed step to the next, at most: what is predicted farther away is not to be trusted. */
    public static final int MAX_GAP = 8;

    /**
     * A choice of steps.
     *
     * @param steps that are computed, rising from 0
     * @param cost the mean absolute error of each skipped step, summed
     */
    public record Choice(List<Integer> steps, double cost) {

        /** Copies the steps. */
        public Choice {
            steps = List.copyOf(steps);
        }
    }

    /** Computes every step of a stage, and hands the features of each run to the calibration when its last step is done. */
    private final class Recorder implements OverFeature {
        private final Feature feature;

        Recorder(Feature feature) {
            this.feature = feature;
        }

        @Override
        public Feature feature() {
            return feature;
        }

        @Override
        public List<Forward> forwards(int count) {
            return StepCache.NONE.forwards(count);
        }

        @Override
        public StepCache part(int from, int to) {
            throw new IllegalArgumentException(
                    "dpcache: a stage of %s steps changes over to the second transformer, and features of one do not predict"
                                    .formatted(steps)
                            + " the other's; use a cache that needs no calibration, such as taylor");
        }

        @Override
        public Run over(VelocityModel model, TimestepSchedule schedule) {
            List<Latents> features = new ArrayList<>();
            return new Run() {
                @Override
                public Latents velocity(Latents x, double sigma) {
                    Latents computed = model.velocity(x, sigma);
                    features.add(computed);
                    if (features.size() == schedule.steps()) {
                        add(features);
                    }
                    return computed;
                }

                @Override
                public Forward last() {
                    return Forward.FULL;
                }
            };
        }
    }

    private final int steps;
    private final int first;
    // [k][k - j][l - k]: the cost of skipping what lies between k and l, both computed, with j computed before k.
    private final double[][][] sums;
    private int runs;

    /**
     * @param steps of the stage
     * @param first steps that are always computed; at least 2, since a line needs two points
     * @throws IllegalArgumentException if one is too small
     */
    public DpCache(int steps, int first) {
        if (steps < 1 || first < 2) {
            throw new IllegalArgumentException(
                    "dpcache: %s steps of which the first %s are computed; use at least 1 and 2"
                            .formatted(steps, first));
        }
        this.steps = steps;
        this.first = Math.min(first, steps);
        sums = new double[steps][MAX_GAP + 1][MAX_GAP + 1];
    }

    /** Returns a cache for the stage, in runs that compute every step and calibrate by the way. */
    public StepCache recorder(OverFeature.Feature feature) {
        return new Recorder(feature);
    }

    /** Returns the fewest steps that can be chosen. */
    public int least() {
        return first + Math.max(0, (steps - first + 1 + MAX_GAP - 1) / MAX_GAP - 1);
    }

    /**
     * Takes in one run that computed every step.
     *
     * @param features of all its steps in order
     * @throws IllegalArgumentException if there are more or fewer than steps
     */
    public void add(List<Latents> features) {
        if (features.size() != steps) {
            throw new IllegalArgumentException("dpcache: %s features do not belong to %s steps; give one for each"
                    .formatted(features.size(), steps));
        }
        runs++;
        Predictor.Taylor line = new Predictor.Taylor(1);
        for (int k = 1; k < steps; k++) {
            for (int j = Math.max(0, k - MAX_GAP); j < k; j++) {
                History history = new History(first);
                history.add(j, Double.NaN, features.get(j)); // a line in steps does not look at sigma
                history.add(k, Double.NaN, features.get(k));
                double cost = 0;
                for (int t = k + 1; t < Math.min(steps, k + MAX_GAP); t++) {
                    cost += line.predict(history, t, Double.NaN)
                            .plus(-1, features.get(t))
                            .meanAbs();
                    sums[k][k - j][t + 1 - k] += cost;
                }
            }
        }
    }

    /**
     * Returns the best choice; of equal ones that which comes first in the order of a dictionary.
     *
     * @param budget number of steps to compute
     * @throws IllegalArgumentException if no choice of so many steps is allowed
     * @throws IllegalStateException if no run was taken in
     */
    public Choice choose(int budget) {
        if (runs == 0) {
            throw new IllegalStateException("dpcache: no run to calibrate by; add one first");
        }
        if (budget < least() || budget > steps) {
            throw new IllegalArgumentException(
                    "dpcache: cannot compute %s of %s steps; use %s to %s".formatted(budget, steps, least(), steps));
        }
        List<Integer> chosen = new ArrayList<>();
        for (int i = 0; i < first; i++) {
            chosen.add(i);
        }
        if (first < 2) {
            return new Choice(chosen, 0); // the stage has one step
        }
        Best best = new Best();
        double cost = best.from(first - 2, first - 1, budget - first) / runs;
        int j = first - 2;
        int k = first - 1;
        for (int left = budget - first; left > 0; left--) {
            int next = best.next(j, k, left);
            chosen.add(next);
            j = k;
            k = next;
        }
        return new Choice(chosen, cost);
    }

    /** The cost of skipping all between two computed steps; beyond the last step lies the end, which is computed by nobody. */
    private double between(int j, int k, int l) {
        return sums[k][k - j][l - k];
    }

    /** Least costs from two computed steps to the end, each found once. */
    private final class Best {
        private final double[][][] known = new double[steps][MAX_GAP + 1][steps];

        Best() {
            for (double[][] ofStep : known) {
                for (double[] ofPair : ofStep) {
                    Arrays.fill(ofPair, Double.NaN);
                }
            }
        }

        double from(int j, int k, int left) {
            double cost = known[k][k - j][left];
            if (Double.isNaN(cost)) {
                cost = left == 0 ? end(j, k) : via(j, k, next(j, k, left), left);
                known[k][k - j][left] = cost;
            }
            return cost;
        }

        private double end(int j, int k) {
            return steps - k <= MAX_GAP ? between(j, k, steps) : Double.POSITIVE_INFINITY;
        }

        private double via(int j, int k, int l, int left) {
            return l < steps ? between(j, k, l) + from(k, l, left - 1) : Double.POSITIVE_INFINITY;
        }

        /** The best next step to compute, the earliest of equals. */
        int next(int j, int k, int left) {
            int best = k + 1;
            for (int l = k + 2; l <= Math.min(steps - 1, k + MAX_GAP); l++) {
                if (via(j, k, l, left) < via(j, k, best, left)) {
                    best = l;
                }
            }
            return best;
        }
    }
}
