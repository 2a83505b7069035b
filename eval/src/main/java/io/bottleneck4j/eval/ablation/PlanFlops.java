package io.bottleneck4j.eval.ablation;

import io.bottleneck4j.pipeline.plan.PlanSpec;

/** What a plan costs on the model at hand. */
@FunctionalInterface
public interface PlanFlops {

    /**
     * FLOPs of all its forwards.
     *
     * @throws IllegalArgumentException if the plan does not fit the model
     */
    double of(PlanSpec plan);
}
