package io.bottleneck4j.cli.plan;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.terminal.PlanJson;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PlanEstimate;
import io.bottleneck4j.pipeline.cost.Calibration;
import io.bottleneck4j.pipeline.cost.PlanCost.StageCost;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.util.OptionalDouble;

/** What {@code plan} says, for programs. */
record PlanReportJson(Model model, PlanEstimate estimate, PlanTimes times) {

    /** All of it. */
    ObjectNode json() {
        ObjectNode plan = PlanJson.of(estimate.plan());
        ArrayNode stages = (ArrayNode) plan.get("stages");
        for (int i = 0; i < stages.size(); i++) {
            StageCost priced = estimate.cost().stages().get(i);
            ObjectNode stage = (ObjectNode) stages.get(i);
            stage.put("tokens", model.tokens(priced.stage().shape()))
                    .put("flops_per_forward", priced.flopsPerForward())
                    .put("flops", priced.flops());
            times.perForward(priced)
                    .ifPresent(each -> stage.put("seconds_per_forward", each).put("seconds", each * priced.forwards()));
        }
        ObjectNode json = stages.objectNode();
        json.put("model", model.name()).put("family", model.family().toString()).put("text_tokens", model.textTokens());
        json.set("plan", plan);
        put(
                json,
                estimate.cost().forwards(),
                estimate.cost().flops(),
                times.of(estimate.plan().stages()));
        json.put("speedup", estimate.speedUp());
        ObjectNode baseline = json.putObject("baseline");
        StageSpec only = estimate.baseline().spec().last();
        baseline.put("width", only.width()).put("height", only.height()).put("steps", only.steps());
        baseline.put("shift", only.shift());
        put(
                baseline,
                estimate.baselineCost().forwards(),
                estimate.baselineCost().flops(),
                times.of(estimate.baseline().stages()));
        ObjectNode cut = json.putObject("step_cut");
        put(
                cut,
                estimate.cost().stepCut().steps(),
                estimate.cost().stepCut().flops(),
                times.ofStepCut(estimate.cost()));
        cut.put("speedup", estimate.stepCutSpeedUp());
        OptionalDouble seconds = times.of(estimate.plan().stages());
        OptionalDouble baselineSeconds = times.of(estimate.baseline().stages());
        if (seconds.isPresent() && baselineSeconds.isPresent()) {
            json.put("speedup_in_time", baselineSeconds.getAsDouble() / seconds.getAsDouble());
        }
        Calibration timed = times.calibration();
        if (timed != null) {
            json.set("calibration", PlanTimes.json(timed));
        }
        ArrayNode notes = json.putArray("notes");
        model.notes().forEach(notes::add);
        estimate.plan().notes().forEach(notes::add);
        return json;
    }

    private static void put(ObjectNode json, int forwards, double flops, OptionalDouble seconds) {
        json.put("forwards", forwards).put("flops", flops);
        seconds.ifPresent(value -> json.put("seconds", value));
    }
}
