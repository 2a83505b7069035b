package io.bottleneck4j.cli.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.terminal.PlanJson;
import io.bottleneck4j.cli.terminal.Seconds;
import io.bottleneck4j.cli.terminal.Table;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Solver;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PlanEstimate;
import io.bottleneck4j.pipeline.cost.Calibration;
import io.bottleneck4j.pipeline.cost.FlopFormat;
import io.bottleneck4j.pipeline.cost.PlanCost;
import io.bottleneck4j.pipeline.cost.PlanCost.StageCost;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * What {@code plan} and {@code tune} say of a plan, for people and for programs.
 *
 * @param times of forwards on this machine; {@link Calibration#NONE} where the model was not timed here
 */
record PlanReport(Model model, PlanEstimate estimate, Calibration times) {
    private static final int SIGMAS_PER_LINE = 9;

    /** A stage as it is written, and what it costs; counted from 1. */
    private record Stage(int number, StageSpec spec, StageCost cost) {}

    /** A way to a picture of this size: the plan, the baseline, or the step cut. */
    private record Way(String name, int forwards, double flops, double speedUp, OptionalDouble seconds) {
        ObjectNode put(ObjectNode json) {
            json.put("forwards", forwards).put("flops", flops);
            seconds.ifPresent(value -> json.put("seconds", value));
            return json;
        }
    }

    private Plan plan() {
        return estimate.plan();
    }

    private PlanCost cost() {
        return estimate.cost();
    }

    private List<Stage> stages() {
        List<Stage> stages = new ArrayList<>();
        for (StageCost cost : cost().stages()) {
            stages.add(new Stage(stages.size() + 1, plan().spec().stages().get(stages.size()), cost));
        }
        return stages;
    }

    private Way own() {
        OptionalDouble seconds = times.seconds(plan().stages());
        return new Way(plan().name(), cost().forwards(), cost().flops(), estimate.speedUp(), seconds);
    }

    private Way baseline() {
        PlanCost cost = estimate.baselineCost();
        OptionalDouble seconds = times.seconds(estimate.baseline().stages());
        return new Way("baseline", cost.forwards(), cost.flops(), 1, seconds);
    }

    private Way stepCut() {
        PlanCost.StepCut cut = cost().stepCut();
        OptionalDouble each = times.seconds(plan().stages().last().shape());
        OptionalDouble seconds = each.isEmpty() ? each : OptionalDouble.of(cut.steps() * each.getAsDouble());
        return new Way("step cut", cut.steps(), cut.flops(), estimate.stepCutSpeedUp(), seconds);
    }

    private boolean isBaseline() {
        return plan().stages().equals(estimate.baseline().stages());
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

    /** With a second line of how stages are joined, where there are several. */
    private void printTitle(PrintWriter out) {
        String frames = plan().frames().isPresent() ? plan().frames().getAsInt() + " frames of " : "";
        out.printf(
                "%s on %s: %s%s, %s text tokens%n",
                plan().name(), model.name(), frames, size(plan().spec().last()), model.textTokens());
        if (!plan().solver().equals(Solver.EULER)) {
            out.println("solver " + plan().solver());
        }
        if (cost().stages().size() > 1) {
            out.println("resampler " + plan().resampler() + ", rounding " + plan().rounding()
                    + (plan().spec().rules().renoise() ? "" : ", without renoise")
                    + (plan().spec().rules().reshift() ? "" : ", without reshift")
                    + others(plan().spec().rules()));
        }
    }

    /** What few plans have. */
    private static String others(PlanRules rules) {
        return (rules.handOver() == HandOver.DCT ? ", noisy latents handed over by dct" : "")
                + (rules.grid() == PlanRules.DEFAULT.grid() ? "" : ", grid " + rules.grid())
                + (rules.amplify() == 0 ? "" : ", text amplified by " + plain(rules.amplify()))
                + (rules.tile() == 0 ? "" : ", seen by the model in tiles of " + rules.tile() + " px");
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
        Table<Stage> table = new Table<>(stages())
                .column("stage", Stage::number, "total")
                .column("size", stage -> size(stage.spec()))
                .column(
                        "tokens",
                        stage -> text("%,d", model.tokens(stage.cost().stage().seen())))
                .column("steps", stage -> stage.spec().steps())
                .column("strength", stage -> plain(stage.spec().strength()))
                .column("shift", stage -> plain(stage.spec().shift()));
        if (plan().stages().stages().stream().anyMatch(stage -> stage.tiles() > 1)) {
            table.column("tiles", stage -> stage.cost().stage().tiles());
        }
        if (plan().spec().stages().stream().anyMatch(stage -> stage.until() != 0)) {
            table.column("until", stage -> plain(stage.spec().until()));
        }
        if (plan().stages().isCached()) {
            table.column("cache", stage -> stage.spec().cache()).column("steps run", PlanReport::run);
        }
        table.column("forwards", stage -> stage.cost().forwards(), cost().forwards())
                .column(unit + "/forward", stage -> each.number(stage.cost().flopsPerForward()))
                .column(unit, stage -> all.number(stage.cost().flops()), all.number(cost().flops()))
                .column("share", stage -> text("%.1f %%", 100 * stage.cost().flops() / cost().flops()));
        OptionalDouble seconds = times.seconds(plan().stages());
        if (seconds.isPresent()) {
            table.column("s/forward", stage -> Seconds.text(perForward(stage.cost())))
                    .column(
                            "s",
                            stage -> Seconds.text(perForward(stage.cost()).orElseThrow()
                                    * stage.cost().forwards()),
                            Seconds.text(seconds));
        }
        table.print(out, 1);
    }

    /** What the steps of a stage run of the model, as {@code 6 full, 10 skipped}. */
    private static String run(Stage stage) {
        List<Forward> work = stage.cost().stage().work();
        return Arrays.stream(Forward.values())
                .filter(work::contains)
                .map(forward -> Collections.frequency(work, forward) + " "
                        + forward.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }

    private OptionalDouble perForward(StageCost stage) {
        return times.seconds(stage.stage());
    }

    private void printSigmas(PrintWriter out) {
        String label = "sigmas";
        for (Stage stage : stages()) {
            List<Double> sigmas = stage.cost().stage().schedule().sigmas();
            for (int from = 0; from < sigmas.size(); from += SIGMAS_PER_LINE) {
                List<String> words = sigmas.subList(from, Math.min(sigmas.size(), from + SIGMAS_PER_LINE)).stream()
                        .map(sigma -> sigma == 0 ? "0" : text("%.4f", sigma))
                        .toList();
                out.printf("%-6s %2s  %s%n", label, from == 0 ? stage.number() : "", String.join(" ", words));
                label = "";
            }
        }
    }

    private void printComparison(PrintWriter out, FlopFormat.Unit unit) {
        Way baseline = baseline();
        FlopFormat format = FlopFormat.in(unit, Math.max(baseline.flops(), cost().flops()));
        Table<Way> table = new Table<>(isBaseline() ? List.of(baseline) : List.of(baseline, stepCut(), own()))
                .column("", Way::name)
                .column("forwards", Way::forwards)
                .column(unit, way -> format.number(way.flops()))
                .column("speed-up in FLOPs", way -> ratio(way.speedUp()));
        if (baseline.seconds().isPresent()) {
            double whole = baseline.seconds().getAsDouble();
            table.column("s", way -> Seconds.text(way.seconds()))
                    .column(
                            "speed-up in time",
                            way -> way.seconds().isPresent()
                                    ? ratio(whole / way.seconds().getAsDouble())
                                    : "");
        }
        table.print(out, 1);
    }

    /** The gist in sentences, one a line. */
    List<String> conclusion() {
        List<String> lines = new ArrayList<>();
        String own = FlopFormat.text(cost().flops());
        if (isBaseline()) {
            String each = FlopFormat.text(cost().stages().get(0).flopsPerForward());
            lines.add(text("%s costs %s: %s forwards of %s.", plan().name(), own, cost().forwards(), each));
        } else {
            Way cut = stepCut();
            lines.add(text(
                    "%s costs %s, the baseline %s: a speed-up of %s in FLOPs.",
                    plan().name(), own, FlopFormat.text(estimate.baselineCost().flops()), ratio(estimate.speedUp())));
            lines.add(text(
                    "At no more cost, a plain schedule has %s step%s (%s).",
                    cut.forwards(), cut.forwards() == 1 ? "" : "s", ratio(cut.speedUp())));
        }
        List<Forward> work = plan().stages().work();
        if (plan().stages().isCached()) {
            lines.add(text(
                    "The model runs in %2$s of %1$s steps%3$s.",
                    work.size(),
                    plan().stages().decidesAsItRuns() ? "at most " + cost().forwards() : cost().forwards(),
                    work.contains(Forward.PARTIAL)
                            ? ", in " + Collections.frequency(work, Forward.PARTIAL) + " of them only in part"
                            : ""));
        }
        if (plan().stages().decidesAsItRuns()) {
            lines.add(
                    "The cache decides during the run which steps to skip; the FLOPs shown are those of a run that skips none.");
        }
        OptionalDouble seconds = times.seconds(plan().stages());
        if (seconds.isPresent()) {
            lines.add(Seconds.text(seconds) + " s in the transformer, " + Calibrations.source(times) + ".");
        }
        return lines;
    }

    private static String ratio(double ratio) {
        return text("%.2fx", ratio);
    }

    /** At most four decimals, and none that are 0. */
    static String plain(double value) {
        return value == Math.rint(value)
                ? String.valueOf((long) value)
                : text("%.4f", value).replaceAll("0+$", "");
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** All of it, for programs. */
    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("model", model.name())
                .put("family", model.family().toString())
                .put("text_tokens", model.textTokens());
        ObjectNode plan = PlanJson.of(plan());
        for (Stage stage : stages()) {
            ObjectNode one = (ObjectNode) plan.get("stages").get(stage.number() - 1);
            one.put("tokens", model.tokens(stage.cost().stage().seen()))
                    .put("tiles", stage.cost().stage().tiles())
                    .put("flops_per_forward", stage.cost().flopsPerForward())
                    .put("flops", stage.cost().flops());
            perForward(stage.cost())
                    .ifPresent(each -> one.put("seconds_per_forward", each)
                            .put("seconds", each * stage.cost().forwards()));
        }
        json.set("plan", plan);
        own().put(json).put("speedup", estimate.speedUp());
        StageSpec only = estimate.baseline().spec().last();
        baseline()
                .put(json.putObject("baseline")
                        .put("width", only.width())
                        .put("height", only.height())
                        .put("steps", only.steps())
                        .put("shift", only.shift()));
        stepCut().put(json.putObject("step_cut")).put("speedup", estimate.stepCutSpeedUp());
        OptionalDouble seconds = own().seconds();
        baseline().seconds().ifPresent(whole -> seconds.ifPresent(mine -> json.put("speedup_in_time", whole / mine)));
        if (!times.isEmpty()) {
            json.set("calibration", Calibrations.json(times));
        }
        ArrayNode notes = json.putArray("notes");
        model.notes().forEach(notes::add);
        plan().notes().forEach(notes::add);
        return json;
    }
}
