package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.torch.Tensor;
import java.util.Arrays;

/**
 * Which tokens of one layer a partial step computes: those that received most attention in the latest full step, or have waited long.
 * Source: arXiv 2410.05317; Shenyi-Z/ToCa@e84096f, flux-ToCa: its other two terms are commented out for FLUX.
 */
final class TokenScores {
    private static final double WAITING = 0.25;

    private final double[] scores;
    private final int[] ages; // partial steps since the token was computed
    private final int interval;

    /**
     * @param received how much attention each token received [L], float32
     * @param interval steps from one full step to the next
     */
    TokenScores(Tensor received, int interval) {
        float[] values = received.toFloats();
        double squares = 0;
        for (float value : values) {
            squares += (double) value * value;
        }
        double norm = Math.max(Math.sqrt(squares), 1e-12);
        scores = new double[values.length];
        Arrays.setAll(scores, i -> values[i] / norm);
        ages = new int[values.length];
        this.interval = interval;
    }

    /** The tokens with the highest scores, in rising order; all others have then waited a step longer. */
    long[] pick(int count) {
        double[] now = new double[scores.length];
        Arrays.setAll(now, i -> scores[i] + WAITING * ages[i] / interval);
        long[] picked = highest(now, count);
        for (int i = 0; i < ages.length; i++) {
            ages[i]++;
        }
        for (long token : picked) {
            ages[(int) token] = 0;
        }
        return picked;
    }

    /** Indices of the highest values, in rising order; of equal ones the earlier. */
    static long[] highest(double[] values, int count) {
        Integer[] order = new Integer[values.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Double.compare(values[b], values[a])); // stable
        long[] picked = new long[count];
        Arrays.setAll(picked, i -> order[i]);
        Arrays.sort(picked);
        return picked;
    }
}
