package io.bottleneck4j.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.models.cost.Calibration;
import io.bottleneck4j.models.cost.FlopFormat;
import io.bottleneck4j.models.cost.PlanCost;
import io.bottleneck4j.models.cost.StageCost;
import io.bottleneck4j.models.folder.StageSpec;
import io.bottleneck4j.models.pipeline.ImagePlan;
import io.bottleneck4j.models.pipeline.PlanEstimate;
import io.bottleneck4j.models.pipeline.PlannedModel;
import java.io.PrintWriter;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What {@code plan} says.
 *
 * @param calibration null where this model was not timed on this machine
 */
record PlanReport(
        PlannedModel model, PlanEstimate estimate, @Nullable Calibration calibration) {
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int SIGMAS_PER_LINE = 12;

    private ImagePlan plan() {
        return estimate.plan();
    }

    private PlanCost cost() {
        return estimate.cost();
    }

    /** Seconds of a plan's forwards; absent where it was not timed at all its sizes. */
    private OptionalDouble seconds(StagePlan stages) {
        return calibration == null ? OptionalDouble.empty() : calibration.seconds(stages);
    }

    void print(PrintWriter out) {
        FlopFormat.Unit unit = FlopFormat.fitting(
                        Math.max(cost().flops(), estimate.baselineCost().flops()))
                .unit();
        printTitle(out);
        out.println();
        printStages(out, unit);
        out.println();
        printSigmas(out);
        out.println();
        printComparison(out, unit);
        out.println();
        conclusion().forEach(out::println);
    }

    private void printTitle(PrintWriter out) {
        String frames = plan().frames().isPresent() ? plan().frames().getAsInt() + " frames of " : "";
        out.printf(
                "%s on %s: %s%s, %s text tokens%n",
                plan().name(), model.name(), frames, size(plan().spec().last()), model.textTokens());
        String rules = rules();
        if (!rules.isEmpty()) {
            out.println(rules);
        }
    }

    /** How stages are joined; nothing for a plan of one. */
    private String rules() {
        if (cost().stages().size() == 1) {
            return "";
        }
        String switches = (plan().spec().rules().renoise() ? "" : ", without renoise")
                + (plan().spec().rules().reshift() ? "" : ", without reshift");
        return "resampler " + plan().resampler() + ", rounding " + plan().rounding() + switches;
    }

    private static String size(StageSpec stage) {
        return stage.width() + " x " + stage.height() + " px";
    }

    private void printStages(PrintWriter out, FlopFormat.Unit unit) {
        FlopFormat each = FlopFormat.in(
                unit,
                cost().stages().stream()
                        .mapToDouble(StageCost::flopsPerForward)
                        .max()
                        .orElse(0));
        FlopFormat all = FlopFormat.in(unit, cost().flops());
        boolean untils = plan().spec().stages().stream().anyMatch(stage -> stage.until() != 0);
        boolean timed = seconds(plan().stages()).isPresent();
        List<List<String>> table = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("stage", "size", "tokens", "steps", "strength", "shift"));
        if (untils) {
            head.add("until");
        }
        head.addAll(List.of("forwards", unit + "/forward", unit.toString(), "share"));
        if (timed) {
            head.addAll(List.of("s/forward", "s"));
        }
        table.add(head);
        for (int i = 0; i < cost().stages().size(); i++) {
            StageSpec stage = plan().spec().stages().get(i);
            StageCost priced = cost().stages().get(i);
            List<String> row = new ArrayList<>(List.of(
                    String.valueOf(i + 1),
                    size(stage),
                    String.format(
                            Locale.ROOT, "%,d", model.tokens(priced.stage().shape())),
                    String.valueOf(stage.steps()),
                    plain(stage.strength()),
                    plain(stage.shift())));
            if (untils) {
                row.add(plain(stage.until()));
            }
            row.addAll(List.of(
                    String.valueOf(priced.forwards()),
                    each.number(priced.flopsPerForward()),
                    all.number(priced.flops()),
                    String.format(Locale.ROOT, "%.1f %%", 100 * priced.flops() / cost().flops())));
            if (timed) {
                double one = secondsPerForward(priced).orElseThrow();
                row.addAll(List.of(Seconds.text(one), Seconds.text(one * priced.forwards())));
            }
            table.add(row);
        }
        List<String> total = new ArrayList<>(List.of("total", "", "", "", "", ""));
        if (untils) {
            total.add("");
        }
        total.addAll(List.of(String.valueOf(cost().forwards()), "", all.number(cost().flops()), ""));
        if (timed) {
            total.addAll(List.of("", Seconds.text(seconds(plan().stages()).orElseThrow())));
        }
        table.add(total);
        Table.print(out, 1, table);
    }

    private OptionalDouble secondsPerForward(StageCost stage) {
        return calibration == null
                ? OptionalDouble.empty()
                : calibration.seconds(stage.stage().shape());
    }

    private void printSigmas(PrintWriter out) {
        String label = "sigmas";
        for (int i = 0; i < cost().stages().size(); i++) {
            List<Double> sigmas = cost().stages().get(i).stage().schedule().sigmas();
            for (int from = 0; from < sigmas.size(); from += SIGMAS_PER_LINE) {
                List<String> words = sigmas.subList(from, Math.min(sigmas.size(), from + SIGMAS_PER_LINE)).stream()
                        .map(PlanReport::sigma)
                        .toList();
                String number = from == 0 ? String.valueOf(i + 1) : "";
                out.printf("%-6s %2s  %s%n", label, number, String.join(" ", words));
                label = "";
            }
        }
    }

    private static String sigma(double sigma) {
        return sigma == 0 ? "0" : String.format(Locale.ROOT, "%.4f", sigma);
    }

    private void printComparison(PrintWriter out, FlopFormat.Unit unit) {
        PlanCost baseline = estimate.baselineCost();
        PlanCost.StepCut cut = cost().stepCut();
        FlopFormat format = FlopFormat.in(unit, Math.max(baseline.flops(), cost().flops()));
        OptionalDouble baselineSeconds = seconds(estimate.baseline().stages());
        List<List<String>> table = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("", "forwards", unit.toString(), "speed-up in FLOPs"));
        if (baselineSeconds.isPresent()) {
            head.addAll(List.of("s", "speed-up in time"));
        }
        table.add(head);
        row(
                table,
                "baseline",
                baseline.forwards(),
                format.number(baseline.flops()),
                1,
                baselineSeconds,
                baselineSeconds);
        if (isBaseline()) {
            Table.print(out, 1, table);
            return;
        }
        row(
                table,
                "step cut",
                cut.steps(),
                format.number(cut.flops()),
                estimate.stepCutSpeedUp(),
                cutSeconds(),
                baselineSeconds);
        row(
                table,
                plan().name(),
                cost().forwards(),
                format.number(cost().flops()),
                estimate.speedUp(),
                seconds(plan().stages()),
                baselineSeconds);
        Table.print(out, 1, table);
    }

    private boolean isBaseline() {
        return plan().stages().equals(estimate.baseline().stages());
    }

    /** Seconds of the step cut: as many full-size forwards. */
    private OptionalDouble cutSeconds() {
        List<StageCost> stages = cost().stages();
        OptionalDouble each = secondsPerForward(stages.get(stages.size() - 1));
        return each.isEmpty() ? each : OptionalDouble.of(cost().stepCut().steps() * each.getAsDouble());
    }

    private static void row(
            List<List<String>> table,
            String name,
            int forwards,
            String flops,
            double speedUp,
            OptionalDouble seconds,
            OptionalDouble baselineSeconds) {
        List<String> row = new ArrayList<>(List.of(name, String.valueOf(forwards), flops, times(speedUp)));
        if (baselineSeconds.isPresent()) {
            row.add(seconds.isPresent() ? Seconds.text(seconds.getAsDouble()) : "");
            row.add(seconds.isPresent() ? times(baselineSeconds.getAsDouble() / seconds.getAsDouble()) : "");
        }
        table.add(row);
    }

    /** The gist in sentences, one a line. */
    List<String> conclusion() {
        List<String> lines = new ArrayList<>();
        lines.add(isBaseline() ? costOfBaseline() : costBesideBaseline());
        Calibration timed = calibration;
        OptionalDouble seconds = seconds(plan().stages());
        if (timed != null && seconds.isPresent()) {
            lines.add(String.format(
                    Locale.ROOT, "%s s in the transformer, %s.", Seconds.text(seconds.getAsDouble()), source(timed)));
        }
        return lines;
    }

    /** Where times come from, in words. */
    static String source(Calibration timed) {
        return "as measured on " + DAY.format(timed.oldest()) + " (UTC): " + timed.on();
    }

    /** The same for programs. */
    static ObjectNode json(Calibration timed) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("date", timed.oldest().toString())
                .put("dtype", timed.on().dtype())
                .put("device", timed.on().device())
                .put("threads", timed.on().threads())
                .put("processor", timed.on().processor())
                .put("libtorch", timed.on().libtorch());
    }

    private String costOfBaseline() {
        return String.format(
                Locale.ROOT,
                "%s costs %s: %s forwards of %s.",
                plan().name(),
                FlopFormat.text(cost().flops()),
                cost().forwards(),
                FlopFormat.text(cost().stages().get(0).flopsPerForward()));
    }

    private String costBesideBaseline() {
        int cut = cost().stepCut().steps();
        return String.format(
                Locale.ROOT,
                "%s costs %s, the baseline %s: a speed-up of %s in FLOPs. For as many, the plain schedule has %s step%s (%s).",
                plan().name(),
                FlopFormat.text(cost().flops()),
                FlopFormat.text(estimate.baselineCost().flops()),
                times(estimate.speedUp()),
                cut,
                cut == 1 ? "" : "s",
                times(estimate.stepCutSpeedUp()));
    }

    private static String times(double ratio) {
        return String.format(Locale.ROOT, "%.2fx", ratio);
    }

    private static String plain(double value) {
        return value == Math.rint(value)
                ? String.valueOf((long) value)
                : String.format(Locale.ROOT, "%.4f", value).replaceAll("0+$", "");
    }

    /** The same for programs. */
    ObjectNode json() {
        ObjectNode plan = PlanJson.of(plan());
        ArrayNode stages = (ArrayNode) plan.get("stages");
        for (int i = 0; i < stages.size(); i++) {
            StageCost priced = cost().stages().get(i);
            ObjectNode stage = (ObjectNode) stages.get(i);
            stage.put("tokens", model.tokens(priced.stage().shape()))
                    .put("flops_per_forward", priced.flopsPerForward())
                    .put("flops", priced.flops());
            secondsPerForward(priced)
                    .ifPresent(each -> stage.put("seconds_per_forward", each).put("seconds", each * priced.forwards()));
        }
        ObjectNode json = stages.objectNode();
        json.put("model", model.name()).put("family", model.family().toString()).put("text_tokens", model.textTokens());
        json.set("plan", plan);
        put(json, cost().forwards(), cost().flops(), seconds(plan().stages()));
        json.put("speedup", estimate.speedUp());
        ObjectNode baseline = json.putObject("baseline");
        StageSpec only = estimate.baseline().spec().last();
        baseline.put("width", only.width()).put("height", only.height()).put("steps", only.steps());
        baseline.put("shift", only.shift());
        put(
                baseline,
                estimate.baselineCost().forwards(),
                estimate.baselineCost().flops(),
                seconds(estimate.baseline().stages()));
        ObjectNode cut = json.putObject("step_cut");
        put(cut, cost().stepCut().steps(), cost().stepCut().flops(), cutSeconds());
        cut.put("speedup", estimate.stepCutSpeedUp());
        OptionalDouble seconds = seconds(plan().stages());
        OptionalDouble baselineSeconds = seconds(estimate.baseline().stages());
        if (seconds.isPresent() && baselineSeconds.isPresent()) {
            json.put("speedup_in_time", baselineSeconds.getAsDouble() / seconds.getAsDouble());
        }
        Calibration timed = calibration;
        if (timed != null) {
            json.set("calibration", json(timed));
        }
        ArrayNode notes = json.putArray("notes");
        model.notes().forEach(notes::add);
        plan().notes().forEach(notes::add);
        return json;
    }

    private static void put(ObjectNode json, int forwards, double flops, OptionalDouble seconds) {
        json.put("forwards", forwards).put("flops", flops);
        seconds.ifPresent(value -> json.put("seconds", value));
    }
}
