package io.bottleneck4j.cli;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.pipeline.ImageRequest;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** What is run and thrown away before pictures are timed: the first forward at a size takes longer than those after it. */
final class WarmUps {
    private WarmUps() {}

    /** One step at every size of these pictures. */
    static List<ImageRequest> of(Maker maker, List<Generation.Job> jobs) {
        Map<LatentShape, ImageRequest> warmUps = new LinkedHashMap<>();
        for (Generation.Job job : jobs) {
            Plan plan = job.request().plan();
            for (int i = 0; i < plan.spec().stages().size(); i++) {
                StageSpec stage = plan.spec().stages().get(i);
                warmUps.computeIfAbsent(
                        plan.stages().stages().get(i).shape(),
                        shape -> job.request()
                                .withPlan(maker.planner()
                                        .baseline(
                                                new Planner.Size(
                                                        OptionalInt.of(stage.width()),
                                                        OptionalInt.of(stage.height()),
                                                        plan.frames()),
                                                OptionalInt.of(1),
                                                OptionalDouble.of(1))));
            }
        }
        return List.copyOf(warmUps.values());
    }
}
