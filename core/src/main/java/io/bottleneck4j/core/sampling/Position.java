package io.bottleneck4j.core.sampling;

/**
 * A place in a run: one step of one stage of a plan.
 *
 * @param plan the plan that runs
 * @param stage index of the stage, from 0
 * @param step index of the step among those that run in the stage, from 0
 */
public record Position(StagePlan plan, int stage, int step) {

    /** Returns the stage this place is in. */
    public ResolutionStage resolution() {
        return plan.stages().get(stage);
    }

    /** Returns how many steps of the whole plan come before this place. */
    public int stepsBefore() {
        int before = step;
        for (ResolutionStage earlier : plan.stages().subList(0, stage)) {
            before += earlier.executedSteps();
        }
        return before;
    }

    /** Returns the place in words, counted from 1, such as {@code stage 2 of 3 ([16, 1, 64, 64]), step 4 of 16}. */
    @Override
    public String toString() {
        return "stage %s of %s (%s), step %s of %s"
                .formatted(
                        stage + 1,
                        plan.stages().size(),
                        resolution().shape(),
                        step + 1,
                        resolution().executedSteps());
    }
}
