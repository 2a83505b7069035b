package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.score.Bootstrap;
import io.bottleneck4j.eval.table.Cell;

/**
 * One plan's scores less the reference's of the same prompts and samples.
 *
 * @param pictures compared, those which both have
 * @param difference the mean and its interval
 * @param p of the sign-flip test
 * @param verdict what both say together
 */
record Versus(int pictures, Bootstrap difference, double p, Verdict verdict) {
    private static final double LEVEL = 0.05;

    /** What can be said of a difference. */
    enum Verdict {
        BETTER(Cell.Mark.BETTER, "better"),
        WORSE(Cell.Mark.WORSE, "worse"),
        /** Neither was measured; that need not mean that there is none. */
        NO_DIFFERENCE(Cell.Mark.LIKE, "no difference measured");

        private final Cell.Mark mark;
        private final String word;

        Verdict(Cell.Mark mark, String word) {
            this.mark = mark;
            this.word = word;
        }

        /** In files. */
        String word() {
            return word;
        }

        /** In tables. */
        Cell.Mark mark() {
            return mark;
        }
    }

    /** Judges differences: a change counts if the interval leaves out 0 and the test finds it at 5 %. */
    static Versus of(PromptValues differences, int pictures, Better better) {
        Bootstrap mean = differences.mean();
        double p = differences.signFlip();
        boolean measurable = p < LEVEL && (mean.low() > 0 || mean.high() < 0);
        Verdict verdict =
                !measurable ? Verdict.NO_DIFFERENCE : better.isGain(mean.mean()) ? Verdict.BETTER : Verdict.WORSE;
        return new Versus(pictures, mean, p, verdict);
    }
}
