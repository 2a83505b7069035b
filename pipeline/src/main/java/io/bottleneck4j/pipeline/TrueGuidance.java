package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
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

    /** Each of the two forwards has a cache of its own. */
    @Override
    public StepCache.Run within(StepCache.Inside cache, TimestepSchedule schedule) {
        StepCache.Run toward = positive.within(cache, schedule);
        StepCache.Run away = negative.within(cache, schedule);
        TrueGuidance both = new TrueGuidance(toward, away, scale);
        return new StepCache.Run() {
            @Override
            public Latents velocity(Latents x, double sigma) {
                return both.velocity(x, sigma);
            }

            /** The greater part, where they decide differently. */
            @Override
            public Forward last() {
                return toward.last().compareTo(away.last()) <= 0 ? toward.last() : away.last();
            }
        };
    }
}
