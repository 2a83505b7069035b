package io.bottleneck4j.models.folder;

import java.util.List;

/**
 * A plan in pixels, before it is fitted to a model.
 *
 * @param name how it is called in messages and metadata
 * @param stages at least one, in order
 */
public record PlanSpec(String name, List<StageSpec> stages) {
    public PlanSpec {
        stages = List.copyOf(stages);
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("stages: a plan needs at least one");
        }
    }

    /** The stage whose size the picture has. */
    public StageSpec last() {
        return stages.get(stages.size() - 1);
    }
}
