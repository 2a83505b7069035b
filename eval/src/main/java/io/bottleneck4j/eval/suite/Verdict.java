package io.bottleneck4j.eval.suite;

/**
 * Whether a picture shows what it must.
 *
 * @param right whether it does
 * @param reason why not; empty if it does
 */
public record Verdict(boolean right, String reason) {
    /** A right picture's. */
    static final Verdict RIGHT = new Verdict(true, "");

    /** A wrong picture's. */
    static Verdict wrong(String reason) {
        return new Verdict(false, reason);
    }

    /** 1 or 0. */
    double score() {
        return right ? 1 : 0;
    }
}
