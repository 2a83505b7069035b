package io.bottleneck4j.eval.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.pipeline.plan.PlanRules.ShiftSource;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The exact stages of every variation of the paper's preset for FLUX.1 (App. A.3). */
class AxisTest {
    private static final StageSpec HIGH = new StageSpec(1024, 1024, 6, 1, 9);
    private static final StageSpec LOW = new StageSpec(512, 512, 20, 0.8, 6);
    private static final StageSpec LAST = new StageSpec(1024, 1024, 8, 0.6, 9);
    private static final PlanSpec PAPER = new PlanSpec("paper", List.of(HIGH, LOW, LAST));

    /** N·w steps, in proportion to the pixels. */
    private static double flops(PlanSpec plan) {
        return plan.stages().stream()
                .mapToDouble(stage -> Math.ceil(stage.steps() * stage.strength()) * stage.width() * stage.height())
                .sum();
    }

    private static List<PlanSpec> variations(Axis axis) {
        return axis.variations(PAPER, AxisTest::flops);
    }

    private static PlanSpec varied(Axis axis, String name) {
        return variations(axis).stream()
                .filter(plan -> plan.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> names(Axis axis) {
        return variations(axis).stream().map(PlanSpec::name).toList();
    }

    @Test
    void table3_isEachPartLeftOut() {
        assertThat(names(Axis.TABLE3)).containsExactly("no-reshift", "no-renoise", "cascade", "five-stages");
    }

    @Test
    void noReshift_keepsStagesAndTakesTheModelsShift() {
        PlanSpec plan = varied(Axis.TABLE3, "no-reshift");
        assertThat(plan.stages()).containsExactly(HIGH, LOW, LAST);
        assertThat(plan.rules()).isEqualTo(PlanRules.DEFAULT.with(ShiftSource.MODEL));
    }

    @Test
    void noRenoise_keepsStagesAndHandsOverAsIs() {
        PlanSpec plan = varied(Axis.TABLE3, "no-renoise");
        assertThat(plan.stages()).containsExactly(HIGH, LOW, LAST);
        assertThat(plan.rules()).isEqualTo(PlanRules.DEFAULT.with(HandOver.AS_IS));
    }

    @Test
    void cascade_beginsLowAndSpendsWhatTheFirstStageCost() {
        // 6 + 16/4 + 5 = 15 full-size forwards; 20 low ones from noise cost 5, so 10 are left: ceil(16 · .6).
        PlanSpec plan = varied(Axis.TABLE3, "cascade");
        assertThat(plan.stages())
                .containsExactly(new StageSpec(512, 512, 20, 1, 6), new StageSpec(1024, 1024, 16, 0.6, 9));
        assertThat(flops(plan)).isEqualTo(flops(PAPER));
    }

    @Test
    void fiveStages_goDownAndUpAgain() {
        assertThat(varied(Axis.TABLE3, "five-stages").stages())
                .containsExactly(
                        HIGH,
                        new StageSpec(512, 512, 10, 0.8, 6),
                        new StageSpec(256, 256, 20, 0.8, 6),
                        new StageSpec(512, 512, 10, 0.8, 6),
                        LAST);
    }

    @Test
    void fiveStages_oddSizes_areMultiplesOf16() {
        PlanSpec wide = new PlanSpec(
                "wide",
                List.of(
                        new StageSpec(1280, 720, 4, 1, 7),
                        new StageSpec(960, 544, 25, 0.8, 9),
                        new StageSpec(1280, 720, 16, 0.7, 9)));
        List<StageSpec> stages =
                Axis.TABLE3.variations(wide, AxisTest::flops).get(3).stages();
        assertThat(stages.get(1)).isEqualTo(new StageSpec(960, 544, 13, 0.8, 9));
        assertThat(stages.get(2)).isEqualTo(new StageSpec(720, 416, 25, 0.8, 9));
    }

    @Test
    void table7_isTheOtherResamplers() {
        assertThat(names(Axis.TABLE7)).containsExactly("bicubic", "bilinear", "nearest");
        PlanSpec plan = varied(Axis.TABLE7, "nearest");
        assertThat(plan.stages()).containsExactly(HIGH, LOW, LAST);
        assertThat(plan.rules()).isEqualTo(PlanRules.DEFAULT.with(Resamplers.NEAREST));
    }

    @Test
    void rounding_isTheOtherRule() {
        assertThat(names(Axis.ROUNDING)).containsExactly("rounding-floor");
        assertThat(varied(Axis.ROUNDING, "rounding-floor").rules()).isEqualTo(PlanRules.DEFAULT.with(Rounding.FLOOR));
    }

    @Test
    void shift_isOneForAllStages() {
        assertThat(names(Axis.SHIFT))
                .containsExactly("shift-1", "shift-2", "shift-3", "shift-6", "shift-9", "shift-12");
        assertThat(varied(Axis.SHIFT, "shift-3").stages())
                .containsExactly(HIGH.withShift(3), LOW.withShift(3), LAST.withShift(3));
    }

    @Test
    void strength_changesOneStage() {
        assertThat(names(Axis.STRENGTH))
                .as("without the preset's own .8 and .6")
                .containsExactly(
                        "low-strength-0.5",
                        "low-strength-0.65",
                        "low-strength-0.95",
                        "last-strength-0.3",
                        "last-strength-0.45",
                        "last-strength-0.75",
                        "last-strength-0.9");
        assertThat(varied(Axis.STRENGTH, "low-strength-0.5").stages())
                .containsExactly(HIGH, LOW.withStrength(0.5), LAST);
        assertThat(varied(Axis.STRENGTH, "last-strength-0.9").stages())
                .containsExactly(HIGH, LOW, LAST.withStrength(0.9));
    }

    @Test
    void until_isOfAllStagesButTheLast() {
        assertThat(names(Axis.UNTIL)).containsExactly("until-0.1", "until-0.2", "until-0.3", "until-0.5");
        assertThat(varied(Axis.UNTIL, "until-0.3").stages())
                .containsExactly(HIGH.withUntil(0.3), LOW.withUntil(0.3), LAST);
    }

    @Test
    void cache_isOneOfEveryNameButTheCalibrated() {
        List<String> used = names(Axis.CACHE).stream()
                .map(name -> name.replaceFirst(":.*", ""))
                .distinct()
                .toList();
        List<String> known = Caches.names().stream()
                .filter(name -> !List.of("none", "dpcache").contains(name))
                .toList();
        assertThat(used).containsExactlyInAnyOrderElementsOf(known);
        assertThat(names(Axis.CACHE)).contains("linear:feature=hidden", "toca-paper");
        for (PlanSpec plan : variations(Axis.CACHE)) {
            assertThat(plan.stages())
                    .as("as it is spelled")
                    .allMatch(stage -> stage.cache().equals(Caches.parse(plan.name())));
        }
    }

    @Test
    void variations_ofAnotherKindOfPlan_areRefused() {
        PlanSpec baseline = new PlanSpec("baseline", List.of(new StageSpec(1024, 1024, 50, 1, 3)));
        PlanSpec flat = new PlanSpec("flat", List.of(HIGH, LAST, LAST));
        for (PlanSpec plan : List.of(baseline, flat)) {
            assertThatThrownBy(() -> Axis.TABLE7.variations(plan, AxisTest::flops))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "plan: " + plan.name() + " must have three stages to be varied, a high, a low and a high"
                                    + " one; use --plan bottleneck");
        }
    }

    @Test
    void parse_unknownName_listsTheAxes() {
        assertThat(Axis.parse("table3")).isEqualTo(Axis.TABLE3);
        assertThatThrownBy(() -> Axis.parse("table4"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "axis: 'table4' is unknown; use one of table3, table7, rounding, shift, strength, until, cache");
    }
}
