package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.VelocityModel;

/**
 * Classifier-free guidance with two forwards a step: {@code negative + scale · (positive − negative)}.
 *
 * @param scale above 1; diffusers' true_cfg_scale
 */
record TrueGuidance(VelocityModel positive, VelocityModel negative, double scale) implements VelocityModel {
    @Override
    public Latents velocity(Latents x, double sigma) {
        Latents toward = positive.velocity(x, sigma);
        Latents away = negative.velocity(x, sigma);
        return away.plus(scale, toward.plus(-1, away));
    }
}
