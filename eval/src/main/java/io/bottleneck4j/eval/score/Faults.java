package io.bottleneck4j.eval.score;

/** What is done about pictures that cannot be scored. */
public enum Faults {
    /** The first ends the run. */
    REFUSE,
    /** They are left out, and the report lists them. */
    SKIP
}
