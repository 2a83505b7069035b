package io.bottleneck4j.pipeline.plan;

import java.util.List;
import java.util.OptionalInt;

/**
 * A plan in pixels, before it is fitted to a model.
 *
 * @param name how it is called in messages and metadata
 * @param frames of the video; absent for pictures, and where the model's own number is meant
 * @param stages at least one, in order
 * @param rules how they are run
 * @param places where they were read
 */
public record PlanSpec(String name, OptionalInt frames, List<StageSpec> stages, PlanRules rules, Places places) {
    public PlanSpec {
        stages = List.copyOf(stages);
        if (frames.isPresent() && frames.getAsInt() < 1) {
            throw new IllegalArgumentException("frames: must be at least 1, not " + frames.getAsInt());
        }
        if (stages.isEmpty()) {
            throw new IllegalArgumentException("stages: a plan needs at least one");
        }
    }

    /** A plan that is run as the method has it. */
    public PlanSpec(String name, List<StageSpec> stages) {
        this(name, OptionalInt.empty(), stages, PlanRules.DEFAULT, Places.NONE);
    }

    /** The stage whose size the picture has. */
    public StageSpec last() {
        return stages.get(stages.size() - 1);
    }

    public PlanSpec withName(String other) {
        return new PlanSpec(other, frames, stages, rules, places);
    }

    public PlanSpec withFrames(OptionalInt other) {
        return new PlanSpec(name, other, stages, rules, places);
    }

    public PlanSpec withStages(List<StageSpec> others) {
        return new PlanSpec(name, frames, others, rules, places);
    }

    /** The same where places in a file would mislead. */
    PlanSpec withoutPlaces() {
        return new PlanSpec(name, frames, stages, rules, Places.NONE);
    }

    public PlanSpec withRules(PlanRules other) {
        return new PlanSpec(name, frames, stages, other, places);
    }

    /**
     * How a message about one stage begins: {@code plan.yaml:2:5: stage 1: }, or {@code plan fast: stage 1: } where it was not read
     * from a file.
     *
     * @param stage from 0
     */
    public String at(int stage) {
        String place = places.of(stage);
        return (place.isEmpty() ? "plan " + name + ": " : place) + "stage " + (stage + 1) + ": ";
    }

    /**
     * Where in a file each stage of a plan was read, for messages. It is no part of what the plan is, so all places are equal.
     *
     * @see #at
     */
    public static final class Places {
        /** Of a plan that was not read from a file. */
        public static final Places NONE = new Places(List.of());

        private final List<String> stages;

        /** {@code stages} as {@code plan.yaml:2:5: }, in order. */
        Places(List<String> stages) {
            this.stages = List.copyOf(stages);
        }

        /** {@code plan.yaml:2:5: }, or nothing where none is known. */
        String of(int stage) {
            return stage < stages.size() ? stages.get(stage) : "";
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Places;
        }

        @Override
        public int hashCode() {
            return 0;
        }

        @Override
        public String toString() {
            return String.join(", ", stages);
        }
    }
}
