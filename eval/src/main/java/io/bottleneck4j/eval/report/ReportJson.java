package io.bottleneck4j.eval.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.eval.score.Bootstrap;
import org.jspecify.annotations.Nullable;

/** A report as JSON; a number that is not there is null. */
final class ReportJson {
    /** What the file says it is. */
    static final String FORMAT = "bottleneck4j evaluation report 1";

    private ReportJson() {}

    static ObjectNode of(Report report) {
        RunRecord reference = report.entrants().reference().run();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("format", FORMAT)
                .put("benchmark", reference.benchmark())
                .put("model", reference.model())
                .put("reference", report.reference().name())
                .put("prompts", reference.prompts().count())
                .put("samples", reference.samples())
                .put("seed", reference.seed())
                .put("timing", RunPicture.TIMING)
                .put("whole", report.isWhole());
        ArrayNode rows = json.putArray("rows");
        report.rows().forEach(row -> rows.add(row(report, row)));
        return json;
    }

    private static ObjectNode row(Report report, Report.Row row) {
        RunRecord run = row.entry().run();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("plan", row.name());
        ArrayNode stages = json.putArray("stages");
        run.stages().forEach(stages::add);
        json.put("forwards", run.forwards())
                .put("flops", run.flops())
                .put("flop_ratio", row.flopRatio())
                .put("machine", run.machine())
                .put("dtype", run.dtype())
                .put("version", run.version())
                .put("pictures", row.entry().pictures().size())
                .put("expected", run.expected());
        json.set("seconds", interval(row.seconds()));
        json.set("speed_up", interval(row.speedUp()));
        ObjectNode metrics = json.putObject("metrics");
        row.estimates().forEach((metric, byCategory) -> {
            ObjectNode own = metrics.putObject(metric);
            own.put("overall_is", Overall.of(metric).toString());
            own.set("overall", estimate(row.estimate(metric, Report.ALL)));
            ObjectNode categories = own.putObject("categories");
            report.categories().forEach(category -> categories.set(category, estimate(row.estimate(metric, category))));
        });
        ArrayNode missing = json.putArray("missing");
        row.missing()
                .forEach(fault -> missing.addObject().put("item", fault.item()).put("reason", fault.reason()));
        return json;
    }

    private static ObjectNode estimate(Estimate estimate) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("pictures", estimate.pictures())
                .put("expected", estimate.expected());
        json.set("mean", interval(estimate.value()));
        Versus versus = estimate.versus();
        if (versus != null) {
            ObjectNode test = json.putObject("against_reference").put("pairs", versus.pictures());
            test.set("difference", interval(versus.difference()));
            test.put("p", versus.p()).put("verdict", versus.verdict().word());
        }
        return json;
    }

    private static @Nullable ObjectNode interval(@Nullable Bootstrap value) {
        if (value == null) {
            return null;
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("value", value.mean());
        json.putArray("interval_95").add(value.low()).add(value.high());
        return json;
    }
}
