package io.bottleneck4j.eval.score;

import java.util.List;

/** What is done about pictures that cannot be scored. */
public enum Faults {
    /** The first ends the run. */
    REFUSE {
        @Override
        void note(Fault fault, List<Fault> missing) {
            throw new IllegalArgumentException(fault + "; --skip-bad leaves such pictures out and lists them");
        }
    },
    /** They are left out, and the report lists them. */
    SKIP {
        @Override
        void note(Fault fault, List<Fault> missing) {
            missing.add(fault);
        }
    };

    abstract void note(Fault fault, List<Fault> missing);
}
