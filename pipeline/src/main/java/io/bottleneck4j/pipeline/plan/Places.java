package io.bottleneck4j.pipeline.plan;

import java.util.List;

/**
 * Where in a file each stage of a plan was read, for messages. It is no part of what the plan is, so all places are equal.
 *
 * @see PlanSpec#at
 */
public final class Places {
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
