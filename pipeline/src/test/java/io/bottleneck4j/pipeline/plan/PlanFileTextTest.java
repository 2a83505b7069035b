package io.bottleneck4j.pipeline.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.pipeline.plan.PlanRules.ShiftSource;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PlanFileTextTest {
    private static final List<StageSpec> STAGES = List.of(
            new StageSpec(1024, 768, 6, 1, 9),
            new StageSpec(512, 384, 20, 0.8, 1e-7, 0.05),
            new StageSpec(1024, 768, 8, 1.0 / 3, 3.1581929096897676));

    @Test
    void of_plainPlan_saysItsStagesAlone() {
        assertThat(PlanFile.text(new PlanSpec("p", STAGES.subList(0, 1)), List.of("made by hand")))
                .isEqualTo("""
                        # made by hand
                        stages:
                          - {width: 1024, height: 768, steps: 6, strength: 1, shift: 9}
                        """);
    }

    @Test
    void of_anyPlan_isReadAsThatPlan() {
        for (PlanRules rules : List.of(
                PlanRules.DEFAULT,
                new PlanRules(Resamplers.NEAREST, Rounding.FLOOR, HandOver.AS_IS, ShiftSource.MODEL))) {
            for (OptionalInt frames : List.of(OptionalInt.empty(), OptionalInt.of(129))) {
                PlanSpec plan = new PlanSpec("p", STAGES).withRules(rules).withFrames(frames);
                assertThat(PlanFile.parse("p", PlanFile.text(plan, List.of("a: b", ""))))
                        .isEqualTo(plan);
            }
        }
    }
}
