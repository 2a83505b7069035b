package io.bottleneck4j.pipeline.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.flux.FluxFlops;
import io.bottleneck4j.pipeline.cost.PlanCost.StageCost;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanCostTest {
    private static final ForwardCost FLUX =
            new FluxFlops(new FluxConfig(64, 64, 19, 38, 128, 24, 4096, 768, true, List.of(16, 56, 56)), 512);
    private static final LatentShape HIGH = new LatentShape(16, 1, 128, 128);
    private static final LatentShape LOW = new LatentShape(16, 1, 64, 64);
    private static final PlanCost BASELINE = PlanCost.of(StagePlan.single(HIGH, 50, new Shift.Constant(3)), FLUX);

    @Test
    void flops_ofBaseline_areFiftyForwards() {
        assertThat(BASELINE.forwards()).isEqualTo(50);
        assertThat(BASELINE.flops()).isEqualTo(50 * FLUX.flops(HIGH));
        assertThat(BASELINE.speedUpOver(BASELINE)).isEqualTo(1);
    }

    /** The presets x2 and x3, and the paper's own numbers of steps. */
    @ParameterizedTest
    @CsvSource({"8, 32, 17, FLOOR, 43, 1.98", "6, 20, 10, FLOOR, 28, 3.01", "6, 20, 8, IMG2IMG, 27, 3.20"})
    void speedUp_ofPreset_isAsMeasured(int n1, int n2, int n3, Rounding rounding, int forwards, double speedUp) {
        PlanCost cost = PlanCost.of(bottleneck(n1, n2, n3, rounding), FLUX);
        assertThat(cost.forwards()).isEqualTo(forwards);
        assertThat(cost.speedUpOver(BASELINE)).isCloseTo(speedUp, within(0.005));
    }

    /**
     * ToCa's published totals, which were summed from figures of two decimals: 26 full steps of 74.39 T and 24 of 21.83 T for the paper's
     * Table 1, 14 and 36 of 6.16 T as released.
     */
    @ParameterizedTest
    @CsvSource({
        "toca-paper, 26, 24, 2458.06",
        "toca, 14, 36, 1263.22",
        "toca:every=5, 12, 38, 1126.76",
        "toca:every=6, 10, 40, 990.30"
    })
    void flops_ofToca_areThePublished(String cache, int full, int partial, double tera) {
        ResolutionStage stage = new ResolutionStage(HIGH, 50, 1, new Shift.Constant(3), Rounding.IMG2IMG)
                .withCache(Caches.parse(cache));
        PlanCost cost = PlanCost.of(new StagePlan(List.of(stage)), FLUX);

        assertThat(stage.work()).filteredOn(Forward.FULL::equals).hasSize(full);
        assertThat(stage.work()).filteredOn(Forward.PARTIAL::equals).hasSize(partial);
        assertThat(cost.flops() / 1e12).isCloseTo(tera, withinPercentage(0.03));
    }

    @Test
    void of_bottleneck_costsStageByStage() {
        PlanCost cost = PlanCost.of(bottleneck(6, 20, 8, Rounding.IMG2IMG), FLUX);
        assertThat(cost.stages()).extracting(StageCost::forwards).containsExactly(6, 16, 5);
        assertThat(cost.stages().get(1).flops()).isEqualTo(16 * FLUX.flops(LOW));
        assertThat(cost.flops()).isEqualTo(11 * FLUX.flops(HIGH) + 16 * FLUX.flops(LOW));
    }

    @Test
    void stepCut_ofPlan_isTheMostStepsThatCostNoMore() {
        PlanCost cost = PlanCost.of(bottleneck(6, 20, 8, Rounding.IMG2IMG), FLUX);
        PlanCost.StepCut cut = cost.stepCut();
        assertThat(cut.steps()).isEqualTo(15); // 1162.3 T in forwards of 74.385 T
        assertThat(cut.flops()).isLessThanOrEqualTo(cost.flops());
        assertThat(cut.flops() + FLUX.flops(HIGH)).isGreaterThan(cost.flops());
        assertThat(cut.speedUpOver(BASELINE)).isCloseTo(50 / 15.0, within(1e-12));
    }

    @Test
    void stepCut_ofBaseline_isTheBaseline() {
        assertThat(BASELINE.stepCut().steps()).isEqualTo(50);
        for (int steps = 1; steps <= 200; steps++) {
            PlanCost plain = PlanCost.of(StagePlan.single(HIGH, steps, new Shift.None()), shape -> 0.1);
            assertThat(plain.stepCut().steps()).isEqualTo(steps);
        }
    }

    @Test
    void of_modelWithoutCost_isRefused() {
        StagePlan plan = StagePlan.single(HIGH, 1, new Shift.None());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PlanCost.of(plan, shape -> 0))
                .withMessage("flops per forward: must be a finite number above 0, not 0.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new PlanCost(List.of()))
                .withMessageStartingWith("stages: none given");
    }

    private static StagePlan bottleneck(int n1, int n2, int n3, Rounding rounding) {
        return StagePlan.bottleneck(
                new ResolutionStage(HIGH, n1, 1, new Shift.Constant(9), rounding),
                new ResolutionStage(LOW, n2, 0.8, new Shift.Constant(6), rounding),
                new ResolutionStage(HIGH, n3, 0.6, new Shift.Constant(9), rounding));
    }
}
