package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.mmdit.Beside;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import java.util.function.Function;

/**
 * Two transformers as one: each forward goes to that of its noise level, so that a stage that begins at more noise returns to the first.
 * Source: diffusers pipeline_wan.py@0.42.1.
 *
 * @param boundary the lowest noise level of the first
 * @param high for the levels from there on
 * @param low for those below
 */
record WanExperts(double boundary, BoundVelocity high, BoundVelocity low) implements BoundVelocity {
    private static final double TIMESTEPS = 1000;

    /** Timesteps are compared in float32, as Python does. */
    @Override
    public Latents velocity(Latents x, double sigma) {
        boolean first = (float) (sigma * TIMESTEPS) >= (float) (boundary * TIMESTEPS);
        return (first ? high : low).velocity(x, sigma);
    }

    @Override
    public void amplifyText(double scale, LatentShape full) {
        high.amplifyText(scale, full);
        low.amplifyText(scale, full);
    }

    @Override
    public void see(Function<LatentShape, Beside> pictures) {
        high.see(pictures);
        low.see(pictures);
    }

    @Override
    public void close() {
        try {
            high.close();
        } finally {
            low.close();
        }
    }
}
