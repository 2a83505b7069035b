package io.bottleneck4j.eval.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.Metric;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.eval.score.Bootstrap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A report as JSON; a number that is not there is null. */
record ReportJson(
        String benchmark,
        String model,
        String reference,
        int prompts,
        int samples,
        long seed,
        String timing,
        boolean whole,
        List<RowJson> rows) {
    /** What the file says it is. */
    static final String FORMAT = "bottleneck4j evaluation report 1";

    /** A run's numbers. */
    private record RowJson(
            String plan,
            List<String> stages,
            int forwards,
            double flops,
            double flopRatio,
            String machine,
            String dtype,
            String version,
            int pictures,
            int expected,
            @Nullable Bootstrap seconds,
            @Nullable Bootstrap speedUp,
            Map<String, MetricJson> metrics,
            List<Fault> missing) {}

    private record MetricJson(String overallIs, Estimate overall, Map<String, Estimate> categories) {}

    static ObjectNode of(Report report) {
        RunRecord reference = report.entrants().reference().run();
        ReportJson json = new ReportJson(
                reference.benchmark(),
                reference.model(),
                report.reference().name(),
                reference.prompts().count(),
                reference.samples(),
                reference.seed(),
                RunPicture.TIMING,
                report.isWhole(),
                report.rows().stream().map(row -> row(report, row)).toList());
        return JsonFile.json(FORMAT, json);
    }

    private static RowJson row(Report report, Report.Row row) {
        RunRecord run = row.entry().run();
        Map<String, MetricJson> metrics = new LinkedHashMap<>();
        for (String metric : report.metrics()) {
            Map<String, Estimate> categories = new LinkedHashMap<>();
            report.categories().forEach(category -> categories.put(category, row.estimate(metric, category)));
            metrics.put(
                    metric,
                    new MetricJson(Metric.Overall.of(metric).toString(), row.estimate(metric, Report.ALL), categories));
        }
        return new RowJson(
                row.name(),
                run.stages(),
                run.forwards(),
                run.flops(),
                row.flopRatio(),
                run.machine(),
                run.dtype(),
                run.version(),
                row.entry().pictures().size(),
                run.expected(),
                row.seconds(),
                row.speedUp(),
                metrics,
                row.missing());
    }
}
