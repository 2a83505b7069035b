package io.bottleneck4j.server.jobs;

import io.bottleneck4j.core.sampling.StagePlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * After which steps previews are made. The end of a stage is where a picture is finished at its resolution, so these come first, the latest
 * before the earlier; what is wanted beyond them lies evenly among the steps.
 */
final class PreviewSteps {
    private PreviewSteps() {}

    /** Numbers of steps, from 1, below that of the last. */
    static Set<Integer> of(StagePlan plan, int count) {
        Set<Integer> chosen = new TreeSet<>();
        List<Integer> ends = new ArrayList<>();
        int done = 0;
        for (int i = 0; i < plan.stages().size() - 1; i++) {
            done += plan.stages().get(i).executedSteps();
            ends.add(0, done);
        }
        ends.stream().limit(count).forEach(chosen::add);
        int steps = plan.executedSteps();
        for (int parts = count + 1; chosen.size() < Math.min(count, steps - 1); parts++) {
            for (int i = 1; i < parts && chosen.size() < count; i++) {
                int step = Math.round((float) i * steps / parts);
                if (step >= 1 && step < steps) {
                    chosen.add(step);
                }
            }
        }
        return chosen;
    }
}
