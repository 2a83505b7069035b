package io.bottleneck4j.eval.compare;

import io.bottleneck4j.eval.compare.Comparison.Contender;
import io.bottleneck4j.eval.compare.Comparison.Made;
import io.bottleneck4j.eval.compare.Comparison.Subject;
import io.bottleneck4j.eval.metrics.Distance;
import java.util.ArrayList;
import java.util.List;

/** Comparisons made up for tests: two plans, of which the second does a quarter of the work, and any number of subjects. */
public final class Comparisons {
    private Comparisons() {}

    /** With nothing made. */
    public static Comparison empty(int subjects) {
        List<Subject> rows = new ArrayList<>();
        for (int i = 0; i < subjects; i++) {
            rows.add(new Subject("a <fox> & \"" + i + "\"", 4 + i));
        }
        return new Comparison(
                "Plans <compared>",
                List.of(new Comparison.Fact("model", "tiny & small"), new Comparison.Fact("threads", "2")),
                List.of(
                        new Contender("baseline", List.of("64x64, 30 of 30 steps"), 30, 4e12, false),
                        new Contender("fast", List.of("64x64, 5 of 5 steps", "32x32, 3 of 4 steps"), 8, 1e12, false)),
                "baseline",
                rows,
                List.of());
    }

    /** With every picture of the first subjects made. */
    public static Comparison made(int subjects, int done) {
        Comparison comparison = empty(subjects);
        List<Made> measured = new ArrayList<>();
        for (int i = 0; i < done; i++) {
            Subject subject = comparison.subjects().get(i);
            String name = "pictures/%s/" + i + ".png";
            measured.add(new Made(subject, "baseline", name.formatted("baseline"), List.of(), 2 + i, null, null));
            measured.add(new Made(
                    subject,
                    "fast",
                    name.formatted("fast"),
                    List.of("pictures/fast/" + i + "-stage-1.png"),
                    1 + i,
                    null,
                    new Distance(20 + i, 0.5, 0.75, Double.NaN)));
        }
        return comparison.with(measured);
    }
}
