package io.bottleneck4j.core.sampling;

/** Thrown when NaN or infinity appears in a run, which would otherwise end in a black picture. */
public final class NonFiniteLatentsException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int stage;
    private final int step;

    NonFiniteLatentsException(String what, Position at) {
        super(what + ": NaN or infinity at " + at
                + "; use another dtype than float16, which overflows: bfloat16 or float32; where it is one of them, the"
                + " model's weights are damaged: fetch them again");
        stage = at.stage();
        step = at.step();
    }

    /** Returns the index of the stage that made the values, from 0. */
    public int stage() {
        return stage;
    }

    /** Returns the index of the step in that stage that made them, from 0. */
    public int step() {
        return step;
    }
}
