package io.bottleneck4j.eval.report;

import java.util.Set;

/** Which way a metric's scores get better. */
enum Better {
    HIGHER("↑"),
    LOWER("↓");

    private static final Set<String> DISTANCES = Set.of("lpips", "lpips-vgg");

    private final String arrow;

    Better(String arrow) {
        this.arrow = arrow;
    }

    /** Of a metric by its name; only distances get better downward. */
    static Better of(String metric) {
        return DISTANCES.contains(metric) ? LOWER : HIGHER;
    }

    /** For a column's head. */
    String arrow() {
        return arrow;
    }

    /** Whether a difference to the reference is a change to the good. */
    boolean isGain(double difference) {
        return this == HIGHER ? difference > 0 : difference < 0;
    }
}
