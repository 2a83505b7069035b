package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.Latents;

/**
 * A flow-matching model with prompt, guidance and all else already bound: what the sampler sees of a model.
 *
 * <p>It must accept the shape of every stage of the plan.
 */
@FunctionalInterface
public interface VelocityModel {

    /**
     * Returns the predicted velocity, noise − clean, of the shape of {@code x}.
     *
     * @param x noisy latents {@code [C, F, H, W]}
     * @param sigma their noise level in (0, 1], 1 being pure noise
     */
    Latents velocity(Latents x, double sigma);

    /**
     * Returns this model with a cache inside it, for one stage. What wraps a model and wants such caches to work passes this on.
     *
     * @param cache one that works on what the model computes on its way
     * @param schedule the stage's noise levels; the run is asked once for each, in order
     * @throws IllegalArgumentException if the model has no place for the cache, as here
     */
    default StepCache.Run within(StepCache.Inside cache, TimestepSchedule schedule) {
        throw new IllegalArgumentException(
                ("cache: %s works inside a model's blocks, and this model shows its velocity only; use a cache of the"
                                + " velocity, such as taylor, or let the wrapped model's within be called")
                        .formatted(cache));
    }
}
