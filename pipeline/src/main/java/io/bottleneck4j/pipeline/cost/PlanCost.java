package io.bottleneck4j.pipeline.cost;

import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.models.cost.ForwardCost;
import java.util.List;

/**
 * What a plan costs: the transformer's FLOPs, stage by stage. Text encoders and autoencoder are left out, as in the paper's tables,
 * since they cost the same under every plan.
 *
 * @param stages in order, at least one
 */
public record PlanCost(List<StageCost> stages) {
    /** Keeps a quotient that comes out a hair below a whole number from losing a step. */
    private static final double ROUNDING_ERROR = 1e-9;

    public PlanCost {
        stages = List.copyOf(stages);
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("stages: none given; a plan needs at least 1");
        }
    }

    /** The cost of a plan for a model. */
    public static PlanCost of(StagePlan plan, ForwardCost model) {
        return new PlanCost(
                plan.stages().stream().map(stage -> StageCost.of(stage, model)).toList());
    }

    /** FLOPs in all. */
    public double flops() {
        return stages.stream().mapToDouble(StageCost::flops).sum();
    }

    /** Forwards of the model in all. */
    public int forwards() {
        return stages.stream().mapToInt(StageCost::forwards).sum();
    }

    /** How many times the other plan's FLOPs are this plan's: 2 where this one does half the work. */
    public double speedUpOver(PlanCost baseline) {
        return baseline.flops() / flops();
    }

    /**
     * The plain schedule of equal cost, which a plan has to beat to be worth anything: one stage at the last stage's size, with as
     * many steps as cost no more than this plan. The last stage runs at least one forward there, so there is at least one step.
     */
    public StepCut stepCut() {
        double each = stages.get(stages.size() - 1).flopsPerForward();
        return new StepCut((int) Math.floor(flops() / each + ROUNDING_ERROR), each);
    }

    /**
     * A baseline with fewer steps.
     *
     * @param steps forwards of it, at least 1
     * @param flopsPerForward FLOPs of one at full size
     */
    public record StepCut(int steps, double flopsPerForward) {
        /** FLOPs of all its steps. */
        public double flops() {
            return steps * flopsPerForward;
        }

        /** How many times the other plan's FLOPs are this one's. */
        public double speedUpOver(PlanCost baseline) {
            return baseline.flops() / flops();
        }
    }

    /**
     * What one stage costs.
     *
     * @param flopsPerForward FLOPs of one full forward at the stage's shape, in all its tiles; finite and above 0
     * @param flops FLOPs of all steps; where a cache decides as it runs, at most so many
     */
    public record StageCost(ResolutionStage stage, double flopsPerForward, double flops) {
        public StageCost {
            if (!(flopsPerForward > 0 && flopsPerForward < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "flops per forward: must be a finite number above 0, not " + flopsPerForward);
            }
        }

        static StageCost of(ResolutionStage stage, ForwardCost model) {
            double full = stage.tiles() * model.flops(stage.seen());
            double spared = 0;
            for (Forward forward : stage.work()) {
                spared += full - stage.tiles() * model.flops(stage.seen(), stage.cache(), forward);
            }
            return new StageCost(stage, full, stage.executedSteps() * full - spared);
        }

        /** Forwards of the model in the stage, whole and in part. */
        public int forwards() {
            return stage.forwards();
        }
    }
}
