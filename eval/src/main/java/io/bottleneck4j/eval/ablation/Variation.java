package io.bottleneck4j.eval.ablation;

import io.bottleneck4j.pipeline.plan.PlanSpec;
import java.util.function.UnaryOperator;

/**
 * A named change of a plan.
 *
 * @param name of the changed plan
 * @param change what it does to the stages and rules
 */
public record Variation(String name, UnaryOperator<PlanSpec> change) {

    /** The changed plan, under this name. */
    public PlanSpec of(PlanSpec preset) {
        return change.apply(preset).withName(name);
    }
}
