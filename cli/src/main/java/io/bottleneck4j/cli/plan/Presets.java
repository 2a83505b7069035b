package io.bottleneck4j.cli.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.terminal.PlanJson;
import io.bottleneck4j.cli.terminal.Seconds;
import io.bottleneck4j.cli.terminal.Table;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PlanEstimate;
import io.bottleneck4j.pipeline.cost.Calibration;
import io.bottleneck4j.pipeline.cost.FlopFormat;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The named plans of one model, each at its own size, with what they cost.
 *
 * @param plans in the planner's order
 * @param calibration null where the model was not timed on this machine
 */
record Presets(
        Model model, List<PlanEstimate> plans, @Nullable Calibration calibration) {
    /** Columns of words before those of numbers. */
    private static final int WORDS = 8;

    static Presets of(Model model, @Nullable Calibration calibration) {
        List<PlanEstimate> plans = model.planner().names().stream()
                .map(name -> model.estimate(model.planner().named(name, Planner.Size.DEFAULT)))
                .toList();
        return new Presets(model, plans, calibration);
    }

    /** One row a plan; a stage's values stand in stage order. */
    void print(PrintWriter out) {
        Planner planner = model.planner();
        String frames = planner.defaultFrames().isPresent()
                ? ", " + planner.defaultFrames().getAsInt() + " frames"
                : "";
        String family = model.family().toString();
        out.println(model.name() + " ("
                + (model.name().equals(family) ? model.family().published() + " as published" : family)
                + ", " + planner.defaultWidth() + "x" + planner.defaultHeight() + frames + ")");
        FlopFormat flops = FlopFormat.fitting(
                plans.stream().mapToDouble(plan -> plan.cost().flops()).max().orElse(1));
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(
                List.of("plan", "stages", "N", "w", "s", "until", "rounding", "forwards", flops.unit() + "FLOPs"));
        head.add("x baseline");
        Calibration timed = calibration;
        if (timed != null) {
            head.add("seconds");
        }
        rows.add(head);
        plans.forEach(plan -> rows.add(row(plan, flops)));
        Table.print(out, WORDS, rows);
        if (timed != null) {
            out.println("Seconds: transformer alone, " + PlanTimes.source(timed) + ".");
        }
    }

    private OptionalDouble seconds(Plan plan) {
        return calibration == null ? OptionalDouble.empty() : calibration.seconds(plan.stages());
    }

    private List<String> row(PlanEstimate estimate, FlopFormat flops) {
        Plan plan = estimate.plan();
        List<String> row = new ArrayList<>(List.of(
                plan.name(),
                stages(plan, stage -> stage.width() + "x" + stage.height()),
                stages(plan, stage -> String.valueOf(stage.steps())),
                stages(plan, stage -> number(stage.strength())),
                stages(plan, stage -> number(stage.shift())),
                stages(plan, stage -> number(stage.until())),
                plan.rounding().toString(),
                forwards(plan).entrySet().stream()
                        .map(entry -> entry.getValue() + " at " + entry.getKey())
                        .collect(Collectors.joining(", ")),
                flops.number(estimate.cost().flops()),
                String.format(Locale.ROOT, "%.2f", estimate.speedUp())));
        if (calibration != null) {
            OptionalDouble seconds = seconds(plan);
            row.add(seconds.isPresent() ? Seconds.text(seconds.getAsDouble()) : "");
        }
        return row;
    }

    private static String stages(Plan plan, Function<StageSpec, String> value) {
        return plan.spec().stages().stream().map(value).collect(Collectors.joining(", "));
    }

    /** As people write numbers: 9 and .8. */
    static String number(double value) {
        String text = value == Math.rint(value)
                ? String.valueOf((long) value)
                : String.format(Locale.ROOT, "%.4f", value).replaceAll("0+$", "");
        return text.startsWith("0.") ? text.substring(1) : text;
    }

    /** How many run at each size, in the order the sizes first appear. */
    private static Map<String, Integer> forwards(Plan plan) {
        Map<String, Integer> forwards = new LinkedHashMap<>();
        List<ResolutionStage> runs = plan.stages().stages();
        for (int i = 0; i < runs.size(); i++) {
            StageSpec stage = plan.spec().stages().get(i);
            forwards.merge(stage.width() + "x" + stage.height(), runs.get(i).forwards(), Integer::sum);
        }
        return forwards;
    }

    ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("model", model.name())
                .put("family", model.family().toString())
                .put("width", model.planner().defaultWidth())
                .put("height", model.planner().defaultHeight());
        model.planner().defaultFrames().ifPresent(frames -> json.put("frames", frames));
        json.put("text_tokens", model.textTokens());
        if (calibration != null) {
            json.set("calibration", PlanTimes.json(calibration));
        }
        ArrayNode listed = json.putArray("plans");
        for (PlanEstimate estimate : plans) {
            Plan plan = estimate.plan();
            ObjectNode one = PlanJson.of(plan);
            one.put("forwards", plan.stages().forwards())
                    .put("flops", estimate.cost().flops())
                    .put("speedup", estimate.speedUp());
            seconds(plan).ifPresent(seconds -> one.put("seconds", seconds));
            ObjectNode each = one.putObject("forwards_by_size");
            forwards(plan).forEach(each::put);
            listed.add(one);
        }
        return json;
    }
}
