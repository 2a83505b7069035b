package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.eval.report.Estimate;
import io.bottleneck4j.eval.report.Report;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.score.Bootstrap;
import io.bottleneck4j.eval.score.ScoreReport;
import io.bottleneck4j.eval.score.SetScoring;
import java.io.PrintWriter;
import java.util.List;
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
        int expected = report.rows().size() + report.missing().size();
        missing(report.missing(), expected - report.rows().size(), expected, "not in the mean", to);
        if (!report.unasked().isEmpty()) {
            to.println("not asked: " + report.unasked().size() + " pictures, whose prompts name no " + report.metric());
        }
    }

    /** Prints a distance of sets, and what is missing. */
    static void print(SetScoring.Report report, PrintWriter to) {
        Double deviation = report.deviation();
        to.printf(
                Locale.ROOT,
                "%s  %.6g%s  %d pictures, %d references%n",
                report.metric(),
                report.distance(),
                deviation == null ? "" : String.format(Locale.ROOT, " ± %.6g over subsets", deviation),
                report.pictures(),
                report.references());
        if (report.caution() != null) {
            to.println("caution: " + report.caution());
        }
        int expected = report.expectedPictures() + report.expectedReferences();
        int compared = report.pictures() + report.references();
        missing(report.missing(), expected - compared, expected, "not compared", to);
    }

    private static void missing(List<Fault> faults, int missing, int expected, String consequence, PrintWriter to) {
        if (!faults.isEmpty()) {
            to.println("missing: " + missing + " of " + expected + ", " + consequence);
            faults.forEach(fault -> to.println("  " + fault));
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
