package io.bottleneck4j.cli.terminal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Solver;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.util.Locale;

/** Plans as JSON, the same in every command. */
public final class PlanJson {
    private PlanJson() {}

    /** Name, rules and stages. */
    public static ObjectNode of(Plan plan) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("name", plan.name());
        plan.frames().ifPresent(frames -> json.put("frames", frames));
        json.put("resampler", plan.resampler().toString())
                .put("rounding", plan.rounding().toString())
                .put("renoise", plan.spec().rules().renoise())
                .put("reshift", plan.spec().rules().reshift());
        PlanRules rules = plan.spec().rules();
        if (rules.handOver() == HandOver.DCT) {
            json.put("handover", "dct");
        }
        if (rules.grid() != PlanRules.DEFAULT.grid()) {
            json.put("grid", rules.grid().toString());
        }
        if (!plan.solver().equals(Solver.EULER)) {
            json.put("solver", plan.solver().toString());
        }
        if (rules.amplify() != 0) {
            json.put("amplify", rules.amplify());
        }
        if (rules.tile() != 0) {
            json.put("tile", rules.tile());
        }
        json.set("stages", stages(plan));
        return json;
    }

    /** Each stage as it is written and as it runs. */
    public static ArrayNode stages(Plan plan) {
        ArrayNode stages = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < plan.spec().stages().size(); i++) {
            StageSpec written = plan.spec().stages().get(i);
            ResolutionStage runs = plan.stages().stages().get(i);
            ObjectNode stage = stages.addObject();
            if (written.cache() != StepCache.NONE) {
                stage.put("cache", written.cache().toString());
                ArrayNode work = stage.putArray("steps_run");
                runs.work().forEach(forward -> work.add(forward.name().toLowerCase(Locale.ROOT)));
            }
            ArrayNode sigmas = stage.put("width", written.width())
                    .put("height", written.height())
                    .put("steps", written.steps())
                    .put("strength", written.strength())
                    .put("shift", written.shift())
                    .put("until", written.until())
                    .put("forwards", runs.forwards())
                    .putArray("sigmas");
            runs.schedule().sigmas().forEach(sigma -> sigmas.add(sigma.doubleValue()));
        }
        return stages;
    }
}
