package io.bottleneck4j.models.cost;

import io.bottleneck4j.core.latent.LatentShape;

/** FLOPs of one forward of a transformer, its text length bound. */
@FunctionalInterface
public interface ForwardCost {

    /**
     * FLOPs of one forward, above 0.
     *
     * @param shape of the latents {@code [C, F, H, W]}, in cells
     */
    double flops(LatentShape shape);
}
