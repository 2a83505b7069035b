package io.bottleneck4j.core.cache;

import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.core.sampling.VelocityModel;
import org.apiguardian.api.API;

/** A cache that works on one tensor of each step, whichever it is: the velocity, or a state before it that the model lets it see. */
@API(status = API.Status.EXPERIMENTAL)
public interface OverFeature extends StepCache.Inside {

    /** What of the model a cache remembers. */
    enum Feature {

        /** The velocity, which every model shows. */
        VELOCITY,

        /**
         * The image's hidden state before the last normalisation and projection, which run anew at every step with its own
         * modulation. Papers take this one.
         */
        HIDDEN
    }

    /** Returns what it works on. */
    Feature feature();

    /**
     * Puts it before any feature.
     *
     * @param model returns the feature {@code [C, F, H, W]} of latents at a noise level
     */
    Run over(VelocityModel model, TimestepSchedule schedule);

    @Override
    default Run start(VelocityModel model, TimestepSchedule schedule) {
        return feature() == Feature.VELOCITY ? over(model, schedule) : StepCache.Inside.super.start(model, schedule);
    }

    @Override
    default boolean isInside() {
        return feature() != Feature.VELOCITY;
    }
}
