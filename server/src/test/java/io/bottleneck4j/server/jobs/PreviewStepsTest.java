package io.bottleneck4j.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.plan.Planner;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** When previews are made. */
class PreviewStepsTest {
    private static final Planner PLANNER = Model.open(Golden.folder("tiny-a")).planner();
    private static final StagePlan BOTTLENECK =
            PLANNER.named("bottleneck", Planner.Size.of(64, 64)).stages();

    private static int end(int stages) {
        return BOTTLENECK.stages().subList(0, stages).stream()
                .mapToInt(stage -> stage.executedSteps())
                .sum();
    }

    @Test
    void of_threeStages_areTheirEndsFromTheLatest() {
        assertThat(PreviewSteps.of(BOTTLENECK, 0)).isEmpty();
        assertThat(PreviewSteps.of(BOTTLENECK, 1)).containsExactly(end(2));
        assertThat(PreviewSteps.of(BOTTLENECK, 2)).containsExactly(end(1), end(2));
        assertThat(PreviewSteps.of(BOTTLENECK, 3)).hasSize(3).contains(end(1), end(2));
    }

    @Test
    void of_oneStage_lieEvenly() {
        StagePlan baseline = PLANNER.baseline(Planner.Size.of(64, 64), OptionalInt.of(8), OptionalDouble.empty())
                .stages();

        assertThat(PreviewSteps.of(baseline, 3)).containsExactly(2, 4, 6);
    }

    @Test
    void of_fewerStepsThanPreviews_isEveryStepButTheLast() {
        StagePlan two = PLANNER.baseline(Planner.Size.of(64, 64), OptionalInt.of(2), OptionalDouble.empty())
                .stages();

        assertThat(PreviewSteps.of(two, 3)).containsExactly(1);
    }
}
