package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.pipeline.cost.PlanCost;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * What a plan costs beside the model's baseline of the same final size.
 *
 * @param baseline the plan {@value Planner#BASELINE} at the size of the plan's result, in tiles where the plan has them
 */
public record PlanEstimate(Plan plan, PlanCost cost, Plan baseline, PlanCost baselineCost) {

    /** The estimate for a model whose plans and forwards are these. */
    public static PlanEstimate of(Planner planner, ForwardCost forward, Plan plan) {
        Plan baseline =
                planner.like(plan).baseline(Planner.Size.of(plan.spec()), OptionalInt.empty(), OptionalDouble.empty());
        return new PlanEstimate(
                plan, PlanCost.of(plan.stages(), forward), baseline, PlanCost.of(baseline.stages(), forward));
    }

    /** How many times the baseline's FLOPs are the plan's. */
    public double speedUp() {
        return cost.speedUpOver(baselineCost);
    }

    /** The same of the step cut of equal cost. */
    public double stepCutSpeedUp() {
        return cost.stepCut().speedUpOver(baselineCost);
    }

    /** The step cut of equal cost as a plan: the baseline with fewer steps. */
    public Plan stepCut(Planner planner) {
        return planner.like(plan)
                .baseline(
                        Planner.Size.of(plan.spec()),
                        OptionalInt.of(cost.stepCut().steps()),
                        OptionalDouble.of(baseline.spec().last().shift()));
    }
}
