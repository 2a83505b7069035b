package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.document.Csv;
import io.bottleneck4j.eval.score.Bootstrap;
import org.jspecify.annotations.Nullable;

/** A report as comma-separated values: a line for each number of each plan; a number that is not there is left empty. */
final class ReportCsv {
    private static final String HEADER =
            "plan,quantity,category,pictures,expected,value,low,high,difference,difference_low,"
                    + "difference_high,p,verdict,pairs\n";

    private ReportCsv() {}

    static String text(Report report) {
        StringBuilder csv = new StringBuilder(HEADER);
        for (Report.Row row : report.rows()) {
            csv.append(exact(row, "forwards", row.entry().run().forwards()));
            csv.append(exact(row, "flops", row.entry().run().flops()));
            csv.append(exact(row, "flop_ratio", row.flopRatio()));
            csv.append(timed(row, "seconds", row.seconds()));
            csv.append(timed(row, "speed_up", row.speedUp()));
            row.estimates()
                    .forEach((metric, byCategory) -> byCategory.forEach(
                            (category, estimate) -> csv.append(line(row.name(), metric, category, estimate))));
        }
        return csv.toString();
    }

    private static String exact(Report.Row row, String quantity, double value) {
        return Csv.row(row.name(), quantity, "", "", "", Csv.number(value), "", "", "", "", "", "", "", "");
    }

    private static String timed(Report.Row row, String quantity, @Nullable Bootstrap value) {
        return line(
                row.name(),
                quantity,
                Report.ALL,
                new Estimate(row.entry().pictures().size(), row.entry().run().expected(), value, null));
    }

    private static String line(String plan, String quantity, String category, Estimate estimate) {
        Bootstrap value = estimate.value();
        Estimate.Versus versus = estimate.versus();
        Bootstrap difference = versus == null ? null : versus.difference();
        return Csv.row(
                plan,
                quantity,
                category,
                estimate.pictures(),
                estimate.expected(),
                value == null ? "" : value.mean(),
                value == null ? "" : value.low(),
                value == null ? "" : value.high(),
                difference == null ? "" : difference.mean(),
                difference == null ? "" : difference.low(),
                difference == null ? "" : difference.high(),
                versus == null ? "" : versus.p(),
                versus == null ? "" : versus.verdict().word(),
                versus == null ? "" : versus.pictures());
    }
}
