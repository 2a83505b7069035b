package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.score.Bootstrap;
import org.jspecify.annotations.Nullable;

/**
 * What a metric says of one plan, in one category or over all.
 *
 * @param pictures that have a score
 * @param expected that should have one
 * @param value the mean; null if there is no score, or none in a category that counts
 * @param versus against the reference; null for the reference itself, and where there is nothing to pair
 */
record Estimate(
        int pictures,
        int expected,
        @Nullable Bootstrap value,
        @Nullable Versus versus) {
    /** Whether every picture has a score. */
    boolean isWhole() {
        return pictures == expected;
    }
}
