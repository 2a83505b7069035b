package io.bottleneck4j.models.pipeline;

import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.models.folder.PlanSpec;
import java.util.List;

/**
 * A plan fitted to a model: in pixels as users write it and in cells as the sampler runs it.
 *
 * @param spec stages in pixels, with the shifts that are used
 * @param rounding which step of a stage is its first
 * @param stages the same for the sampler
 * @param notes what was changed to fit, for the user
 */
public record ImagePlan(PlanSpec spec, Rounding rounding, StagePlan stages, List<String> notes) {
    public ImagePlan {
        notes = List.copyOf(notes);
    }

    public String name() {
        return spec.name();
    }

    /** Pixels of the finished picture. */
    public int width() {
        return spec.last().width();
    }

    /** Pixels of the finished picture. */
    public int height() {
        return spec.last().height();
    }
}
