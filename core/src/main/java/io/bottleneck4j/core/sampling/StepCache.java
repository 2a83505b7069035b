package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.Latents;
import java.util.Collections;
import java.util.List;

/**
 * What spares forwards inside a stage: it stands between sampler and model, and answers some steps without the model.
 *
 * <p>A cache is a value; what it remembers lives in the {@link Run} that it starts, one for each stage of each run. So it never
 * sees latents of two sizes, and one cache may serve many runs at once.
 */
public interface StepCache {

    /** Asks the model at every step. */
    StepCache NONE = new StepCache() {
        @Override
        public Run start(VelocityModel model, TimestepSchedule schedule) {
            return new Run() {
                @Override
                public Latents velocity(Latents x, double sigma) {
                    return model.velocity(x, sigma);
                }

                @Override
                public Forward last() {
                    return Forward.FULL;
                }
            };
        }

        @Override
        public List<Forward> forwards(int steps) {
            return Collections.nCopies(steps, Forward.FULL);
        }

        @Override
        public String toString() {
            return "none";
        }
    };

    /**
     * Puts the cache before a model for one stage.
     *
     * @param model asked where the cache has no answer
     * @param schedule the stage's noise levels; the run is asked once for each step, in order
     * @throws IllegalArgumentException if the cache works inside a model and this one has no place for it, or if it does
     *     not fit the number of steps
     */
    Run start(VelocityModel model, TimestepSchedule schedule);

    /**
     * Returns what each step of a stage will run.
     *
     * @param steps of the stage that run, at least 1
     * @throws IllegalArgumentException if the cache does not fit so many steps
     */
    List<Forward> forwards(int steps);

    /**
     * Returns the cache of a part of a stage's steps, at whose first step it starts anew.
     *
     * @param from the part's first step
     * @param to the step after its last
     * @throws IllegalArgumentException if it holds for whole stages alone
     */
    default StepCache part(int from, int to) {
        return this;
    }

    /** Returns whether it needs {@link VelocityModel#within}, and not the velocity alone. */
    default boolean isInside() {
        return false;
    }

    /** Returns its name and settings as users write them, such as {@code taylor:every=3}. */
    @Override
    String toString();

    /** A model behind a cache, for one stage. */
    interface Run extends VelocityModel {

        /** Returns what the latest step ran; never {@link Forward#OPEN}. */
        Forward last();
    }

    /** A cache that works inside the model, where {@link VelocityModel#within} has a place for it. */
    interface Inside extends StepCache {
        @Override
        default Run start(VelocityModel model, TimestepSchedule schedule) {
            forwards(schedule.steps());
            return model.within(this, schedule);
        }

        @Override
        default boolean isInside() {
            return true;
        }
    }
}
