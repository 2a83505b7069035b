package io.bottleneck4j.pipeline.plan;

import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.StagePlan;
import java.util.List;
import java.util.OptionalInt;

/**
 * A plan fitted to a model: in pixels as users write it and in cells as the sampler runs it.
 *
 * @param spec stages in pixels, with the shifts that are used
 * @param stages the same for the sampler
 * @param notes what was changed to fit, for the user
 */
public record Plan(PlanSpec spec, StagePlan stages, List<String> notes) {
    public Plan {
        notes = List.copyOf(notes);
    }

    public String name() {
        return spec.name();
    }

    /** Resizes the clean latents between stages. */
    public Resamplers resampler() {
        return spec.rules().resampler();
    }

    /** Which step of a stage is its first. */
    public Rounding rounding() {
        return spec.rules().rounding();
    }

    /** Pixels of the finished picture. */
    public int width() {
        return spec.last().width();
    }

    /** Pixels of the finished picture. */
    public int height() {
        return spec.last().height();
    }

    /** Frames of the finished video; absent for pictures. */
    public OptionalInt frames() {
        return spec.frames();
    }
}
