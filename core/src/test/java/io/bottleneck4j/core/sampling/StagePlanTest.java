package io.bottleneck4j.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Shift.Constant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StagePlanTest {

    private static final LatentShape HIGH = new LatentShape(16, 1, 128, 128);
    private static final LatentShape LOW = HIGH.withSize(64, 64);

    private static ResolutionStage stage(LatentShape shape, int steps, double strength) {
        return new ResolutionStage(shape, steps, strength, new Constant(9), Rounding.IMG2IMG);
    }

    /** Forwards of the published presets, high and low. */
    @ParameterizedTest
    @CsvSource({
        "6, 20, 8, .6, IMG2IMG, 11, 16",
        "8, 32, 17, .6, FLOOR, 18, 25",
        "6, 20, 10, .6, FLOOR, 12, 16",
        "4, 24, 16, .7, IMG2IMG, 16, 20",
        "4, 20, 23, .7, FLOOR, 20, 16",
        "4, 24, 9, .7, FLOOR, 10, 19",
    })
    void forwards_ofThePresets_areTheKnownCounts(
            int first, int middle, int last, double strength, Rounding rounding, int high, int low) {
        Shift shift = new Constant(9);
        StagePlan plan = StagePlan.bottleneck(
                new ResolutionStage(HIGH, first, 1, shift, rounding),
                new ResolutionStage(LOW, middle, 0.8, shift, rounding),
                new ResolutionStage(HIGH, last, strength, shift, rounding));
        assertThat(plan.first().forwards() + plan.last().forwards()).isEqualTo(high);
        assertThat(plan.stages().get(1).forwards()).isEqualTo(low);
        assertThat(plan.forwards()).isEqualTo(high + low);
    }

    @Test
    void single_isOneFullStage() {
        StagePlan plan = StagePlan.single(HIGH, 50, new Constant(3));
        assertThat(plan.stages()).containsExactly(new ResolutionStage(HIGH, 50, 1, new Constant(3), Rounding.IMG2IMG));
        assertThat(plan.first()).isSameAs(plan.last());
        assertThat(plan.forwards()).isEqualTo(50);
    }

    @Test
    void handOver_unlessSaid_isRenoise() {
        List<ResolutionStage> stages = List.of(stage(HIGH, 6, 1), stage(LOW, 20, 0.8));
        assertThat(new StagePlan(stages).handOver()).isEqualTo(HandOver.RENOISE);
        assertThat(StagePlan.single(HIGH, 6, new Constant(9)).handOver()).isEqualTo(HandOver.RENOISE);
        assertThat(new StagePlan(stages)).isEqualTo(new StagePlan(stages, HandOver.RENOISE));
        assertThat(new StagePlan(stages, HandOver.AS_IS).handOver()).isEqualTo(HandOver.AS_IS);
    }

    @Test
    void bottleneck_keepsTheOrder() {
        ResolutionStage first = stage(HIGH, 6, 1);
        ResolutionStage low = stage(LOW, 20, 0.8);
        ResolutionStage finish = stage(HIGH, 8, 0.6);
        StagePlan plan = StagePlan.bottleneck(first, low, finish);
        assertThat(plan.stages()).containsExactly(first, low, finish);
        assertThat(plan.last()).isSameAs(finish);
    }

    @Test
    void bottleneck_lowStageNotSmaller_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StagePlan.bottleneck(stage(HIGH, 6, 1), stage(HIGH, 20, 0.8), stage(HIGH, 8, 0.6)))
                .withMessage("shape: stage 2 has [16, 1, 128, 128], no fewer cells than stage 1 with "
                        + "[16, 1, 128, 128]; make it lower or narrower");
    }

    @Test
    void bottleneck_finishOfAnotherShape_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> StagePlan.bottleneck(stage(HIGH, 6, 1), stage(LOW, 20, 0.8), stage(LOW, 8, 0.6)))
                .withMessage("shape: stage 3 has [16, 1, 64, 64], not that of stage 1; use [16, 1, 128, 128]");
    }

    @Test
    void sigmas_areTheLevelsThatForwardsRunAt_eachOnce() {
        ResolutionStage all = new ResolutionStage(HIGH, 2, 1, new Constant(1), Rounding.IMG2IMG);
        ResolutionStage half = new ResolutionStage(LOW, 4, 0.5, new Constant(1), Rounding.IMG2IMG);
        assertThat(new StagePlan(List.of(all, half, all)).sigmas()).containsExactly(1.0, 0.5, 0.25);
    }

    @Test
    void constructor_copiesTheList() {
        List<ResolutionStage> stages = new ArrayList<>(List.of(stage(HIGH, 6, 1)));
        StagePlan plan = new StagePlan(stages);
        stages.clear();
        assertThat(plan.stages()).hasSize(1);
    }

    @Test
    void constructor_noStage_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StagePlan(List.of()))
                .withMessage("stages: none given; a plan needs at least 1");
    }

    @Test
    void constructor_firstStageBelowPureNoise_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StagePlan(List.of(stage(HIGH, 8, 0.6))))
                .withMessage("strength: 0.6 makes stage 1 start at sigma 0.9375, but nothing comes before it; "
                        + "use strength 1");
    }

    @Test
    void constructor_firstStageRoundedUpToAllSteps_isAccepted() {
        assertThat(new StagePlan(List.of(stage(HIGH, 6, 0.9))).forwards()).isEqualTo(6);
    }

    @Test
    void constructor_channelsOrFramesChange_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StagePlan(
                        List.of(stage(HIGH, 6, 1), stage(LOW, 6, 1), stage(new LatentShape(4, 1, 128, 128), 8, 0.6))))
                .withMessage("shape: stage 3 has [4, 1, 128, 128], stage 1 has [16, 1, 128, 128]; "
                        + "keep channels and frames, change height and width only");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new StagePlan(List.of(stage(HIGH, 6, 1), stage(new LatentShape(16, 2, 128, 128), 8, 0.6))))
                .withMessageContaining("stage 2 has [16, 2, 128, 128]");
    }

    private static final StagePlan PAPER =
            new StagePlan(List.of(stage(HIGH, 6, 1), stage(LOW, 20, 0.8), stage(HIGH, 8, 0.6)));

    /** The last stage of at least this strength, and the steps that diffusers' get_timesteps leaves of it. */
    @ParameterizedTest
    @CsvSource({
        "1, 0, 6, 27",
        ".9, 0, 6, 27",
        ".81, 0, 5, 26",
        ".8, 1, 16, 21",
        ".7, 1, 14, 19",
        ".61, 1, 13, 18",
        ".6, 2, 5, 5",
        ".3, 2, 3, 3",
        ".01, 2, 1, 1"
    })
    void startingAt_beginsInTheLastStageThatHoldsTheStart(double strength, int before, int first, int all) {
        StagePlan left = PAPER.startingAt(strength);
        assertThat(left.startsClean()).isTrue();
        assertThat(left.stages()).hasSize(3 - before);
        assertThat(left.first().shape()).isEqualTo(PAPER.stages().get(before).shape());
        assertThat(left.first().executedSteps()).isEqualTo(first);
        assertThat(left.executedSteps()).isEqualTo(all);
        assertThat(left.stages().subList(1, left.stages().size()))
                .isEqualTo(PAPER.stages().subList(before + 1, 3));
        assertThat(left.first().schedule())
                .isEqualTo(TimestepSchedule.shifted(
                                left.first().steps(),
                                left.first().shift(),
                                left.first().shape())
                        .from(left.first().steps() - first));
    }

    @Test
    void startingAt_afterNoisyHandOver_startsTheLargeStageFromCleanLatents() {
        ResolutionStage low = new ResolutionStage(LOW, 20, 1, new Constant(3), Rounding.IMG2IMG, 0.7);
        StagePlan plan = new StagePlan(List.of(low, stage(HIGH, 8, 0.6)), HandOver.DCT);
        assertThat(plan.last().schedule().sigma(0)).isLessThan(0.9);
        StagePlan last = plan.startingAt(0.5);
        assertThat(last.handOver()).isEqualTo(HandOver.RENOISE);
        assertThat(last.first().schedule().sigma(0)).isEqualTo(0.9); // 9 · .5 / (1 + 8 · .5)
        StagePlan both = plan.startingAt(0.9);
        assertThat(both.handOver()).isEqualTo(HandOver.DCT);
        assertThat(both.first().staysNoisy()).isTrue();
        assertThat(both.last()).isEqualTo(plan.last());
    }

    @ParameterizedTest
    @CsvSource({"0, strength: 0.0 is outside", "1.5, strength: 1.5 is outside", "NaN, strength: NaN is outside"})
    void startingAt_outside_isRefused(double strength, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PAPER.startingAt(strength))
                .withMessageStartingWith(message);
    }

    @Test
    void startingAt_whereNothingIsLeft_isRefused() {
        StagePlan floor = new StagePlan(List.of(new ResolutionStage(HIGH, 4, 1, new Constant(9), Rounding.FLOOR)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> floor.startingAt(0.2))
                .withMessage("strength: 0.2 of 4 steps leaves no step to run; use at least 5 steps or strength 1/4");
    }
}
