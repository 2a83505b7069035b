package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.LatentShape;
import java.util.List;

/**
 * One stage of a plan: the part of a schedule that runs at one resolution, and ends with clean latents.
 *
 * @param shape the latents' shape {@code [C, F, H, W]} during the stage
 * @param steps nominal number N of steps from pure noise to clean, 1 to 10,000
 * @param strength part w of them that runs, in (0, 1]; 1 starts from pure noise
 * @param shift of the noise levels; it stands in place of the model's own
 * @param rounding which step is the first when N·w is not whole
 * @param until the level in [0, 1) below which no step runs: the last forward is the one at the smallest level that is
 *     not below it, and its guess of the clean latents ends the stage; 0 runs all
 * @param cache what answers steps without the model
 */
public record ResolutionStage(
        LatentShape shape, int steps, double strength, Shift shift, Rounding rounding, double until, StepCache cache) {

    /**
     * Checks that the stage has a schedule.
     *
     * @throws IllegalArgumentException if {@code steps}, {@code strength} or {@code until} is out of range, if no step
     *     would run, if the shift does not suit the shape or the number of steps, or if the cache does not suit these
     */
    public ResolutionStage {
        if (!(strength > 0 && strength <= 1)) {
            throw new IllegalArgumentException(
                    "strength: %s is outside (0, 1]; use 1 to start from pure noise".formatted(strength));
        }
        if (!(until >= 0 && until < 1)) {
            throw new IllegalArgumentException("until: %s is outside [0, 1); use 0 to run to the end".formatted(until));
        }
        TimestepSchedule full = TimestepSchedule.shifted(steps, shift, shape);
        int first = rounding.firstStep(steps, strength);
        if (first >= full.steps()) {
            throw new IllegalArgumentException(
                    "strength: %s of %s steps runs none; use at least %s steps or strength 1/%s"
                            .formatted(strength, steps, (long) Math.ceil(1 / strength), steps));
        }
        cache.forwards(full.from(first).until(until).steps());
    }

    /**
     * A stage without a cache.
     *
     * @throws IllegalArgumentException as the other constructor does
     */
    public ResolutionStage(
            LatentShape shape, int steps, double strength, Shift shift, Rounding rounding, double until) {
        this(shape, steps, strength, shift, rounding, until, StepCache.NONE);
    }

    /**
     * A stage that runs all its steps.
     *
     * @throws IllegalArgumentException as the other constructor does
     */
    public ResolutionStage(LatentShape shape, int steps, double strength, Shift shift, Rounding rounding) {
        this(shape, steps, strength, shift, rounding, 0);
    }

    /** Returns the noise levels of the steps that run; the last is 0. */
    public TimestepSchedule schedule() {
        return TimestepSchedule.shifted(steps, shift, shape)
                .from(rounding.firstStep(steps, strength))
                .until(until);
    }

    /** Returns this stage with another cache. */
    public ResolutionStage withCache(StepCache other) {
        return new ResolutionStage(shape, steps, strength, shift, rounding, until, other);
    }

    /** Returns the number of steps that run. */
    public int executedSteps() {
        return until == 0
                ? steps - rounding.firstStep(steps, strength)
                : schedule().steps();
    }

    /** Returns what each of those steps runs of the model. */
    public List<Forward> work() {
        return cache.forwards(executedSteps());
    }

    /** Returns the number of steps that ask the model, or may. */
    public int forwards() {
        return (int)
                work().stream().filter(forward -> forward != Forward.SKIPPED).count();
    }
}
