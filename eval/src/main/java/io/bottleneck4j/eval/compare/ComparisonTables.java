package io.bottleneck4j.eval.compare;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.compare.Comparison.Contender;
import io.bottleneck4j.eval.compare.Comparison.Made;
import io.bottleneck4j.eval.compare.Comparison.Medians;
import io.bottleneck4j.eval.compare.Comparison.Subject;
import io.bottleneck4j.eval.compare.Comparison.Work;
import io.bottleneck4j.eval.document.Cell;
import io.bottleneck4j.eval.document.Csv;
import io.bottleneck4j.eval.document.Grid;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.metrics.Distance;
import io.bottleneck4j.eval.metrics.HighFrequency;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A comparison as tables: for people, as comma-separated values, and as the JSON that a later run takes times from. */
public final class ComparisonTables {
    /** What the JSON file says it is. */
    static final String FORMAT = "bottleneck4j comparison 1";

    private static final String HEAD = "row,plan,prompt,seed,file,seconds,forwards,flops,flop_ratio,psnr,ssim,"
            + "high_frequency_ratio,flicker_ratio\n";

    private ComparisonTables() {}

    /** The medians, a row for each plan. */
    public static Grid medians(Comparison comparison) {
        List<List<Cell>> rows = new ArrayList<>();
        for (Contender contender : comparison.contenders()) {
            Medians medians = comparison.medians(contender);
            rows.add(Cell.row(
                    contender.name(),
                    Shown.forwards(comparison, contender),
                    Shown.flops(comparison, contender),
                    Shown.share(comparison, contender),
                    Shown.seconds(medians.seconds()),
                    Shown.psnr(medians.psnr()),
                    Shown.ssim(medians.ssim()),
                    Shown.ratio(medians.highFrequencyRatio()),
                    medians.pictures()));
        }
        return new Grid(
                "medians",
                "Medians over the pictures",
                "PSNR, SSIM and fine detail are against " + comparison.reference()
                        + "'s picture of the same prompt and seed: they say how alike, not how good. Fine detail is"
                        + " the share of energy above " + HighFrequency.CUTOFF
                        + " cycles per pixel divided by that of the other; blur brings it"
                        + " below 1. Of videos they are means over the frames; flicker is the mean change from frame to frame"
                        + " divided by that of the other. " + decided(comparison) + Comparison.TIMING,
                1,
                List.of(
                        "plan",
                        "forwards",
                        "FLOPs",
                        "of " + comparison.reference() + "'s",
                        "seconds",
                        "PSNR",
                        "SSIM",
                        "fine detail",
                        "pictures"),
                rows);
    }

    private static String decided(Comparison comparison) {
        return comparison.contenders().stream().anyMatch(Contender::forwardsAreAtMost)
                ? "Where a cache decides during the run which steps to skip, forwards and FLOPs are means of what ran. "
                : "";
    }

    /** What each plan's stages are. */
    static Grid stages(Comparison comparison) {
        return new Grid(
                "stages",
                "Stages",
                "",
                2,
                List.of("plan", "stages"),
                comparison.contenders().stream()
                        .map(contender -> Cell.row(contender.name(), String.join("; ", contender.stages())))
                        .toList());
    }

    /**
     * Comma-separated values: a row for each picture, then one of medians for each plan. A number that is not there is left empty; the PSNR
     * of equal pictures is {@code Infinity}.
     */
    public static String csv(Comparison comparison) {
        StringBuilder csv = new StringBuilder(HEAD);
        double reference =
                comparison.work(comparison.contender(comparison.reference())).flops();
        for (Made made : comparison.made()) {
            Contender contender = comparison.contender(made.contender());
            Subject subject = made.subject();
            List<?> begin = List.of("picture", contender.name(), subject.prompt(), subject.seed(), made.file());
            csv.append(row(reference, begin, made.seconds(), Comparison.work(contender, made), measured(made)));
        }
        for (Contender contender : comparison.contenders()) {
            Medians own = comparison.medians(contender);
            Distance distance = new Distance(own.psnr(), own.ssim(), own.highFrequencyRatio(), own.flickerRatio());
            List<?> begin = List.of("median", contender.name(), "", "", "");
            csv.append(row(reference, begin, own.seconds(), comparison.work(contender), distance));
        }
        return csv.toString();
    }

    private static String row(double reference, List<?> begin, double seconds, Work work, Distance distance) {
        List<Object> fields = new ArrayList<>(begin);
        fields.addAll(List.of(seconds, Shown.plain(work.forwards()), work.flops(), reference / work.flops()));
        fields.addAll(
                List.of(distance.psnr(), distance.ssim(), distance.highFrequencyRatio(), distance.flickerRatio()));
        return Csv.row(fields.toArray());
    }

    /** The reference itself has no distance. */
    private static Distance measured(Made made) {
        Distance distance = made.distance();
        return distance == null ? new Distance(Double.NaN, Double.NaN, Double.NaN, Double.NaN) : distance;
    }

    /**
     * JSON: a number that is not there is null; the PSNR of equal pictures is the text {@code "Infinity"}, as JSON has no number for it.
     */
    public static ObjectNode json(Comparison comparison) {
        Map<String, String> setup = new LinkedHashMap<>();
        comparison.setup().forEach(fact -> setup.put(fact.name(), fact.value()));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("title", comparison.title());
        json.put("setup", setup);
        json.put("timing", Comparison.TIMING);
        json.put("high_frequency_cutoff", HighFrequency.CUTOFF);
        json.put("reference", comparison.reference());
        json.put("complete", comparison.isComplete());
        json.put(
                "plans",
                comparison.contenders().stream()
                        .map(contender -> PlanJson.of(comparison, contender))
                        .toList());
        json.put(
                "pictures",
                comparison.made().stream()
                        .map(made -> PictureJson.of(made, comparison.contender(made.contender())))
                        .toList());
        return JsonFile.json(FORMAT, json);
    }

    private record PlanJson(
            @JsonUnwrapped Contender contender,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Double forwardsRun,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Double flopsRun,

            double flopRatio,
            Medians medians) {
        static PlanJson of(Comparison comparison, Contender contender) {
            Work ran = comparison.isCounted(contender) ? comparison.work(contender) : null;
            return new PlanJson(
                    contender,
                    ran == null ? null : ran.forwards(),
                    ran == null ? null : ran.flops(),
                    comparison.flopRatio(contender),
                    comparison.medians(contender));
        }
    }

    private record PictureJson(
            String plan,
            String prompt,
            long seed,
            String file,
            List<String> previews,
            double seconds,
            int forwards,
            double flops,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean forwardsAreAtMost,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Integer forwardsRun,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Double flopsRun,

            @JsonUnwrapped Distance distance) {
        static PictureJson of(Made made, Contender contender) {
            Work ran = made.work();
            return new PictureJson(
                    made.contender(),
                    made.subject().prompt(),
                    made.subject().seed(),
                    made.file(),
                    made.previews(),
                    made.seconds(),
                    contender.forwards(),
                    contender.flops(),
                    contender.forwardsAreAtMost(),
                    ran == null ? null : (int) ran.forwards(),
                    ran == null ? null : ran.flops(),
                    measured(made));
        }
    }
}
