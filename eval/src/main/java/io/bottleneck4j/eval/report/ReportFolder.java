package io.bottleneck4j.eval.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.Metric;
import io.bottleneck4j.eval.document.Csv;
import io.bottleneck4j.eval.document.Grid;
import io.bottleneck4j.eval.document.Html;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.document.Markup;
import io.bottleneck4j.eval.document.TableFolder;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.eval.score.Bootstrap;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The folder a report is written to: tables {@code report.*}, a page {@code index.html} that holds them too, and a plot
 * {@code METRIC.png} for each metric.
 */
public record ReportFolder(TableFolder tables) {
    private static final String FORMAT = "bottleneck4j evaluation report 1";
    private static final String HEADER =
            "plan,quantity,category,pictures,expected,value,low,high,difference,difference_low,"
                    + "difference_high,p,verdict,pairs\n";

    /** Makes the folder, if it is not there; complains as {@link TableFolder#open}. */
    public static ReportFolder open(Path path) throws IOException {
        return new ReportFolder(TableFolder.open(path, "report", FORMAT));
    }

    /** Writes a report, in place of an older one. */
    public void write(Report report) throws IOException {
        Map<String, Picture> plots = plots(report);
        List<Grid> grids = new ReportTables(report).all();
        tables.write(json(report), csv(report), title(report), grids, shown(plots));
        for (Map.Entry<String, Picture> plot : plots.entrySet()) {
            PngWriter.write(tables.path().resolve(plot.getKey() + ".png"), plot.getValue(), Map.of());
        }
        tables.write("index.html", page(report, grids, plots));
    }

    /** What the report is about, in words. */
    static String title(Report report) {
        RunRecord run = report.entrants().reference().run();
        return "Plans of " + run.model() + " on " + run.benchmark();
    }

    private static String shown(Map<String, Picture> plots) {
        String pictures = plots.keySet().stream()
                .map(metric -> "![" + metric + " against seconds](" + metric + ".png)\n")
                .collect(Collectors.joining("\n"));
        return pictures.isEmpty() ? "" : "\n## Quality against measured time\n\n" + pictures;
    }

    /** By metric: plans that have both its mean and a time. */
    private static Map<String, Picture> plots(Report report) {
        Map<String, Picture> plots = new LinkedHashMap<>();
        for (String metric : report.metrics()) {
            List<QualityPlot.Plan> points = new ArrayList<>();
            for (Report.Row row : report.rows()) {
                Bootstrap seconds = row.seconds();
                Bootstrap quality = row.estimate(metric, Report.ALL).value();
                if (seconds != null && quality != null) {
                    points.add(new QualityPlot.Plan(row.name(), seconds, quality));
                }
            }
            if (!points.isEmpty()) {
                plots.put(metric, QualityPlot.draw(metric, Metric.Better.of(metric), points));
            }
        }
        return plots;
    }

    /** The report as one HTML page that holds all it shows. */
    private static String page(Report report, List<Grid> grids, Map<String, Picture> plots) {
        List<Map<String, String>> shown = new ArrayList<>();
        plots.forEach((metric, plot) -> shown.add(
                Map.of("metric", metric, "address", Html.address("image/png", PngWriter.bytes(plot, Map.of())))));
        return Html.page(
                ReportFolder.class,
                "report",
                title(report),
                Map.of(
                        "title", title(report),
                        "whole", report.isWhole(),
                        "main", Markup.HTML.of(grids.get(0)),
                        "plots", shown,
                        "others", grids.stream().skip(1).map(Markup.HTML::of).collect(Collectors.joining())));
    }

    /** Comma-separated values: a line for each number of each plan; a number that is not there is left empty. */
    private static String csv(Report report) {
        StringBuilder csv = new StringBuilder(HEADER);
        for (Report.Row row : report.rows()) {
            csv.append(exact(row, "forwards", row.entry().run().forwards()));
            if (row.entry().run().forwardsAreAtMost()) {
                csv.append(exact(row, "forwards_are_at_most", 1));
            }
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
        return Csv.row(row.name(), quantity, "", "", "", value, "", "", "", "", "", "", "", "");
    }

    private static String timed(Report.Row row, String quantity, @Nullable Bootstrap value) {
        return line(
                row.name(),
                quantity,
                Report.ALL,
                new Estimate(row.entry().pictures().size(), row.entry().run().expected(), value, null));
    }

    private static String line(String plan, String quantity, String category, Estimate estimate) {
        Estimate.Versus versus = estimate.versus();
        List<Object> fields =
                new ArrayList<>(List.of(plan, quantity, category, estimate.pictures(), estimate.expected()));
        for (Bootstrap value :
                new @Nullable Bootstrap[] {estimate.value(), versus == null ? null : versus.difference()}) {
            fields.addAll(value == null ? List.of("", "", "") : List.of(value.mean(), value.low(), value.high()));
        }
        fields.addAll(
                versus == null
                        ? List.of("", "", "")
                        : List.of(versus.p(), versus.verdict().word(), versus.pictures()));
        return Csv.row(fields.toArray());
    }

    /** A report as JSON; a number that is not there is null. */
    private static ObjectNode json(Report report) {
        RunRecord reference = report.entrants().reference().run();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("benchmark", reference.benchmark());
        json.put("model", reference.model());
        json.put("reference", report.reference().name());
        json.put("prompts", reference.prompts().count());
        json.put("samples", reference.samples());
        json.put("seed", reference.seed());
        json.put("timing", RunPicture.TIMING);
        json.put("whole", report.isWhole());
        json.put("rows", report.rows().stream().map(row -> row(report, row)).toList());
        return JsonFile.json(FORMAT, json);
    }

    /** A run's numbers. */
    private record RowJson(
            String plan,
            List<String> stages,
            int forwards,
            double flops,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean forwardsAreAtMost,
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
                run.forwardsAreAtMost(),
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
