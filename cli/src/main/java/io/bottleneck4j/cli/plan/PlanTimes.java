package io.bottleneck4j.cli.plan;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.pipeline.cost.Calibration;
import io.bottleneck4j.pipeline.cost.PlanCost;
import io.bottleneck4j.pipeline.cost.PlanCost.StageCost;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What a plan's forwards take on this machine.
 *
 * @param calibration null where the model was not timed here; then every time is absent
 */
record PlanTimes(@Nullable Calibration calibration) {
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ofPattern("uuuu-MM-dd", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** Seconds of all forwards; absent where the model was not timed at all of the plan's sizes. */
    OptionalDouble of(StagePlan stages) {
        return calibration == null ? OptionalDouble.empty() : calibration.seconds(stages);
    }

    /** Seconds of one forward of a stage. */
    OptionalDouble perForward(StageCost stage) {
        return calibration == null
                ? OptionalDouble.empty()
                : calibration.seconds(stage.stage().shape());
    }

    /** Seconds of the step cut: as many full-size forwards. */
    OptionalDouble ofStepCut(PlanCost cost) {
        List<StageCost> stages = cost.stages();
        OptionalDouble each = perForward(stages.get(stages.size() - 1));
        return each.isEmpty() ? each : OptionalDouble.of(cost.stepCut().steps() * each.getAsDouble());
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
}
