package io.bottleneck4j.pipeline.cost;

import io.bottleneck4j.core.sampling.ResolutionStage;

/**
 * What one stage costs.
 *
 * @param flopsPerForward FLOPs of one forward at the stage's shape, finite and above 0
 */
public record StageCost(ResolutionStage stage, double flopsPerForward) {
    public StageCost {
        if (!(flopsPerForward > 0 && flopsPerForward < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "flops per forward: must be a finite number above 0, not " + flopsPerForward);
        }
    }

    /** Forwards of the model in the stage. */
    public int forwards() {
        return stage.forwards();
    }

    /** FLOPs of all of them. */
    public double flops() {
        return forwards() * flopsPerForward;
    }
}
