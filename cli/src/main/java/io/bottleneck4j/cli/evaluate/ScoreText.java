package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.eval.report.Estimate;
import io.bottleneck4j.eval.report.Report;
import io.bottleneck4j.eval.score.Bootstrap;
import io.bottleneck4j.eval.score.ScoreReport;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints what a metric says of pictures, one by one. */
final class ScoreText {
    private ScoreText() {}

    /**
     * Prints a line for all, one for each category of a run, and what is missing.
     *
     * @param summary of the run by category; null for a plain folder
     */
    static void print(ScoreReport report, @Nullable Map<String, Estimate> summary, PrintWriter to) {
        if (summary == null) {
            line(report.metric(), report.mean(), report.rows().size(), to);
        } else {
            summary.forEach((category, estimate) -> {
                boolean isAll = category.equals(Report.ALL);
                if (isAll || estimate.pictures() > 0) {
                    line(isAll ? report.metric() : "  " + category, estimate.value(), estimate.pictures(), to);
                }
            });
        }
        if (!report.missing().isEmpty()) {
            to.println("missing: " + report.missing().size() + " of "
                    + (report.rows().size() + report.missing().size()) + ", not in the mean");
            report.missing().forEach(fault -> to.println("  " + fault));
        }
        if (!report.unasked().isEmpty()) {
            to.println("not asked: " + report.unasked().size() + " pictures, whose prompts name no " + report.metric());
        }
    }

    private static void line(String name, @Nullable Bootstrap mean, int pictures, PrintWriter to) {
        if (mean == null) {
            to.printf(Locale.ROOT, "%s  –  %d pictures; a category has none%n", name, pictures);
            return;
        }
        to.printf(
                Locale.ROOT,
                "%s  %.4f  [%.4f, %.4f]  %d pictures%n",
                name,
                mean.mean(),
                mean.low(),
                mean.high(),
                pictures);
    }
}
