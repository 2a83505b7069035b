package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.Latents;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Where in noise a model hands over from one network to another, as Wan 2.2's two do. What a cache remembers of one says nothing of the
 * other, so a stage's cache starts anew there.
 *
 * @param level the lowest noise level of the first network; 0 of a model that has one
 */
@API(status = API.Status.INTERNAL)
public record ChangeOver(double level) {

    /** Of a model of one network. */
    public static final ChangeOver NONE = new ChangeOver(0);

    private static final double TIMESTEPS = 1000;

    /** Returns whether a noise level is the first network's. Timesteps are compared in float32, as pipeline_wan.py of diffusers 0.42.1 does. */
    public boolean isBefore(double sigma) {
        return (float) (sigma * TIMESTEPS) >= (float) (level * TIMESTEPS);
    }

    /** Returns how many steps of a stage are the first network's, by the levels that the model is told. */
    private int before(TimestepSchedule schedule, Solver solver) {
        int steps = 0;
        while (steps < schedule.steps() && isBefore(solver.told(schedule.sigma(steps)))) {
            steps++;
        }
        return steps;
    }

    private boolean isWithin(TimestepSchedule schedule, Solver solver) {
        int before = before(schedule, solver);
        return before > 0 && before < schedule.steps();
    }

    /** Returns what each step of a stage runs. */
    List<Forward> forwards(StepCache cache, TimestepSchedule schedule, Solver solver) {
        int steps = schedule.steps();
        if (!isWithin(schedule, solver)) {
            return cache.forwards(steps);
        }
        int before = before(schedule, solver);
        List<Forward> both = new ArrayList<>(cache.part(0, before).forwards(before));
        both.addAll(cache.part(before, steps).forwards(steps - before));
        return both;
    }

    /** Puts a cache before a model for one stage, and anew where the other network takes over. */
    StepCache.Run start(StepCache cache, VelocityModel model, TimestepSchedule schedule, Solver solver) {
        if (!isWithin(schedule, solver)) {
            return cache.start(model, schedule);
        }
        int before = before(schedule, solver);
        StepCache.Run first = cache.part(0, before)
                .start(model, new TimestepSchedule(schedule.sigmas().subList(0, before + 1)));
        return new StepCache.Run() {
            private StepCache.Run run = first;
            private int step;

            @Override
            public Latents velocity(Latents x, double sigma) {
                if (step++ == before) { // not earlier: it takes the place of the first inside the model
                    run = cache.part(before, schedule.steps()).start(model, schedule.from(before));
                }
                return run.velocity(x, sigma);
            }

            @Override
            public Forward last() {
                return run.last();
            }
        };
    }
}
