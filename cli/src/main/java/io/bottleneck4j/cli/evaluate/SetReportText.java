package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.eval.score.SetReport;
import java.io.PrintWriter;
import java.util.Locale;

/** A report on sets of pictures, for people. */
final class SetReportText {
    private SetReportText() {}

    static void print(SetReport report, PrintWriter to) {
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
        if (!report.missing().isEmpty()) {
            int expected = report.expectedPictures() + report.expectedReferences();
            to.println("missing: " + (expected - report.pictures() - report.references()) + " of " + expected
                    + ", not compared");
            report.missing().forEach(fault -> to.println("  " + fault));
        }
    }
}
