package io.bottleneck4j.cli.plan;

import io.bottleneck4j.cli.terminal.Seconds;
import io.bottleneck4j.cli.terminal.Table;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PlanEstimate;
import io.bottleneck4j.pipeline.cost.Calibration;
import io.bottleneck4j.pipeline.cost.FlopFormat;
import io.bottleneck4j.pipeline.cost.PlanCost;
import io.bottleneck4j.pipeline.cost.PlanCost.StageCost;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** What {@code plan} says, in words. */
record PlanReport(Model model, PlanEstimate estimate, PlanTimes times) {
    private static final int SIGMAS_PER_LINE = 12;

    private Plan plan() {
        return estimate.plan();
    }

    private PlanCost cost() {
        return estimate.cost();
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
        boolean timed = times.of(plan().stages()).isPresent();
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
                double one = times.perForward(priced).orElseThrow();
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
            total.addAll(List.of("", Seconds.text(times.of(plan().stages()).orElseThrow())));
        }
        table.add(total);
        Table.print(out, 1, table);
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
        OptionalDouble baselineSeconds = times.of(estimate.baseline().stages());
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
                times.ofStepCut(cost()),
                baselineSeconds);
        row(
                table,
                plan().name(),
                cost().forwards(),
                format.number(cost().flops()),
                estimate.speedUp(),
                times.of(plan().stages()),
                baselineSeconds);
        Table.print(out, 1, table);
    }

    private boolean isBaseline() {
        return plan().stages().equals(estimate.baseline().stages());
    }

    private static void row(
            List<List<String>> table,
            String name,
            int forwards,
            String flops,
            double speedUp,
            OptionalDouble seconds,
            OptionalDouble baselineSeconds) {
        List<String> row = new ArrayList<>(List.of(name, String.valueOf(forwards), flops, ratio(speedUp)));
        if (baselineSeconds.isPresent()) {
            row.add(seconds.isPresent() ? Seconds.text(seconds.getAsDouble()) : "");
            row.add(seconds.isPresent() ? ratio(baselineSeconds.getAsDouble() / seconds.getAsDouble()) : "");
        }
        table.add(row);
    }

    /** The gist in sentences, one a line. */
    List<String> conclusion() {
        List<String> lines = new ArrayList<>();
        lines.add(isBaseline() ? costOfBaseline() : costBesideBaseline());
        Calibration timed = times.calibration();
        OptionalDouble seconds = times.of(plan().stages());
        if (timed != null && seconds.isPresent()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%s s in the transformer, %s.",
                    Seconds.text(seconds.getAsDouble()),
                    PlanTimes.source(timed)));
        }
        return lines;
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
                ratio(estimate.speedUp()),
                cut,
                cut == 1 ? "" : "s",
                ratio(estimate.stepCutSpeedUp()));
    }

    private static String ratio(double ratio) {
        return String.format(Locale.ROOT, "%.2fx", ratio);
    }

    private static String plain(double value) {
        return value == Math.rint(value)
                ? String.valueOf((long) value)
                : String.format(Locale.ROOT, "%.4f", value).replaceAll("0+$", "");
    }
}
