package io.bottleneck4j.eval.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import io.bottleneck4j.eval.Metric;
import io.bottleneck4j.eval.document.Cell;
import io.bottleneck4j.eval.score.Bootstrap;
import org.jspecify.annotations.Nullable;

/**
 * What a metric says of one plan, in one category or over all: the pictures that have a score, of those that should;
 * the mean, null if there is no score, or none in a category that counts; and against the reference, null for the
 * reference itself, and where there is nothing to pair.
 */
public record Estimate(
        int pictures,
        int expected,
        @JsonProperty("mean") @Nullable Bootstrap value,

        @JsonProperty("against_reference") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
        Versus versus) {
    /** Whether every picture has a score. */
    boolean isWhole() {
        return pictures == expected;
    }

    /**
     * One plan's scores less the reference's of the same prompts and samples: the pictures that both have, the mean and
     * its interval, p of the sign-flip test, and what both say together.
     */
    record Versus(@JsonProperty("pairs") int pictures, Bootstrap difference, double p, Verdict verdict) {
        private static final double LEVEL = 0.05;

        /** What can be said of a difference. */
        enum Verdict {
            BETTER(Cell.Mark.BETTER, "better"),
            WORSE(Cell.Mark.WORSE, "worse"),
            /** Of a metric of which neither way is better. */
            DIFFERENT(Cell.Mark.DIFFERENT, "different"),
            /** Neither was measured; that need not mean that there is none. */
            NO_DIFFERENCE(Cell.Mark.LIKE, "no difference measured");

            private final Cell.Mark mark;
            private final String word;

            Verdict(Cell.Mark mark, String word) {
                this.mark = mark;
                this.word = word;
            }

            /** In files. */
            @JsonValue
            String word() {
                return word;
            }

            /** In tables. */
            Cell.Mark mark() {
                return mark;
            }
        }

        /** Judges differences: a change counts if the interval leaves out 0 and the test finds it at 5 %. */
        static Versus of(PromptValues differences, int pictures, Metric.Better better) {
            Bootstrap mean = differences.mean();
            double p = differences.signFlip();
            boolean measurable = p < LEVEL && (mean.low() > 0 || mean.high() < 0);
            double worth = better.worth(mean.mean());
            Verdict verdict = !measurable
                    ? Verdict.NO_DIFFERENCE
                    : worth > 0 ? Verdict.BETTER : worth < 0 ? Verdict.WORSE : Verdict.DIFFERENT;
            return new Versus(pictures, mean, p, verdict);
        }
    }
}
