package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.Latents;

/** A model that is told noise levels as a solver has them. A cache of its velocity stands before it and knows the levels themselves. */
record ToldVelocity(VelocityModel model, Solver solver) implements VelocityModel {

    @Override
    public Latents velocity(Latents x, double sigma) {
        return model.velocity(x, solver.told(sigma));
    }

    @Override
    public StepCache.Run within(StepCache.Inside cache, TimestepSchedule schedule) {
        StepCache.Run inside = model.within(cache, schedule);
        return new StepCache.Run() {
            @Override
            public Latents velocity(Latents x, double sigma) {
                return inside.velocity(x, solver.told(sigma));
            }

            @Override
            public Forward last() {
                return inside.last();
            }
        };
    }
}
