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
}
