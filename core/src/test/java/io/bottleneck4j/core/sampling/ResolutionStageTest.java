package io.bottleneck4j.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Shift.Constant;
import io.bottleneck4j.core.sampling.Shift.None;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResolutionStageTest {

    private static final LatentShape SHAPE = new LatentShape(16, 1, 64, 64);

    /** The schedules of the paper's presets, to four digits. */
    @ParameterizedTest
    @CsvSource({
        "6, 1, 9, IMG2IMG, 1 .9783 .9474 .9 .8182 .6429 0",
        "20, .8, 6, IMG2IMG, " + ".96 .9474 .9333 .9176 .9 .88 .8571 .8308 .8 .7636 .72 .6667 .6 .5143 .4 .24 0",
        "8, .6, 9, IMG2IMG, .9375 .9 .8438 .75 .5625 0",
        "8, .6, 9, FLOOR, .9 .8438 .75 .5625 0",
        "4, 1, 7, IMG2IMG, 1 .9545 .875 .7 0",
    })
    void schedule_ofThePaper_isTheKnownOne(int steps, double strength, double shift, Rounding rounding, String sigmas) {
        double[] known = Arrays.stream(sigmas.split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
        ResolutionStage stage = new ResolutionStage(SHAPE, steps, strength, new Constant(shift), rounding);
        assertThat(stage.schedule().sigmas().stream().mapToDouble(s -> s).toArray())
                .containsExactly(known, within(5.1e-5));
    }

    @ParameterizedTest
    @CsvSource({
        "24, .8, 9, IMG2IMG, .9783",
        "24, .8, 9, FLOOR, .9716",
        "16, .7, 9, IMG2IMG, .9643",
        "16, .7, 9, FLOOR, .9519",
        "20, .8, 6, FLOOR, .96",
    })
    void schedule_ofThePaper_startsAtTheKnownLevel(
            int steps, double strength, double shift, Rounding rounding, double first) {
        ResolutionStage stage = new ResolutionStage(SHAPE, steps, strength, new Constant(shift), rounding);
        assertThat(stage.schedule().sigma(0)).isEqualTo(first, within(5.1e-5));
    }

    /** Levels i / N shifted by s·t / (1 + (s − 1)·t), computed by hand; those below until are gone. */
    @ParameterizedTest
    @CsvSource({
        "4, 1, 1, 0, 1 .75 .5 .25 0",
        "4, 1, 1, .25, 1 .75 .5 .25 0", // the level itself still runs
        "4, 1, 1, .2500001, 1 .75 .5 0",
        "4, 1, 1, .3, 1 .75 .5 0",
        "4, 1, 1, .9, 1 0", // one forward is left
        "6, 1, 9, .7, 1 .9783 .9474 .9 .8182 0",
        "20, .8, 6, .5, .96 .9474 .9333 .9176 .9 .88 .8571 .8308 .8 .7636 .72 .6667 .6 .5143 0",
        "20, .8, 6, .3, .96 .9474 .9333 .9176 .9 .88 .8571 .8308 .8 .7636 .72 .6667 .6 .5143 .4 0",
        "8, .6, 9, .9375, .9375 0",
    })
    void schedule_untilALevel_goesStraightToClean(
            int steps, double strength, double shift, double until, String sigmas) {
        double[] known = Arrays.stream(sigmas.split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
        ResolutionStage stage =
                new ResolutionStage(SHAPE, steps, strength, new Constant(shift), Rounding.IMG2IMG, until);
        assertThat(stage.schedule().sigmas().stream().mapToDouble(s -> s).toArray())
                .containsExactly(known, within(5.1e-5));
        assertThat(stage.forwards()).isEqualTo(known.length - 1);
    }

    @Test
    void schedule_untilZero_isTodaysBitForBit() {
        Random random = new Random(4);
        for (int i = 0; i < 1000; i++) {
            int steps = 1 + random.nextInt(60);
            double strength = 1 - random.nextDouble() * (1 - 1.0 / steps);
            Shift shift = new Constant(Math.exp(4 * random.nextDouble() - 1));
            Rounding rounding = random.nextBoolean() ? Rounding.FLOOR : Rounding.IMG2IMG;
            ResolutionStage stage = new ResolutionStage(SHAPE, steps, strength, shift, rounding, 0);
            List<Double> all = TimestepSchedule.shifted(steps, shift, SHAPE).sigmas();
            assertThat(stage.schedule().sigmas())
                    .isEqualTo(all.subList(rounding.firstStep(steps, strength), steps + 1));
            assertThat(stage.forwards()).isEqualTo(stage.schedule().steps());
            assertThat(stage).isEqualTo(new ResolutionStage(SHAPE, steps, strength, shift, rounding));
        }
    }

    @Test
    void schedule_untilAnything_keepsExactlyTheLevelsNotBelow() {
        Random random = new Random(5);
        for (int i = 0; i < 1000; i++) {
            int steps = 1 + random.nextInt(60);
            Shift shift = new Constant(Math.exp(4 * random.nextDouble() - 1));
            double until = random.nextDouble();
            ResolutionStage whole = new ResolutionStage(SHAPE, steps, 1, shift, Rounding.IMG2IMG);
            ResolutionStage cut = new ResolutionStage(SHAPE, steps, 1, shift, Rounding.IMG2IMG, until);
            List<Double> expected = new ArrayList<>(whole.schedule().sigmas());
            expected.removeIf(sigma -> sigma < until);
            expected.add(0.0);
            assertThat(cut.schedule().sigmas()).isEqualTo(expected);
            assertThat(cut.forwards()).isEqualTo(expected.size() - 1).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, -0.1, 1.0001, Double.NaN, Double.POSITIVE_INFINITY})
    void constructor_untilOutOfRange_isRefused(double until) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ResolutionStage(SHAPE, 8, 1, new None(), Rounding.IMG2IMG, until))
                .withMessage("until: " + until + " is outside [0, 1); use 0 to run to the end");
    }

    @Test
    void constructor_untilAboveTheFirstLevel_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ResolutionStage(SHAPE, 8, 0.5, new None(), Rounding.IMG2IMG, 0.6))
                .withMessage("until: 0.6 leaves no step, since the first starts at sigma 0.5; use less");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.1, 1.0001, Double.NaN, Double.POSITIVE_INFINITY})
    void constructor_strengthOutOfRange_isRefused(double strength) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ResolutionStage(SHAPE, 8, strength, new None(), Rounding.IMG2IMG))
                .withMessage("strength: " + strength + " is outside (0, 1]; use 1 to start from pure noise");
    }

    @Test
    void constructor_stepsZero_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ResolutionStage(SHAPE, 0, 1, new None(), Rounding.IMG2IMG))
                .withMessage("steps: 0 is outside 1 to 10000; 20 to 50 are usual");
    }

    @Test
    void constructor_noStepWouldRun_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ResolutionStage(SHAPE, 5, 0.15, new None(), Rounding.FLOOR))
                .withMessage("strength: 0.15 of 5 steps leaves no step to run; use at least 7 steps or strength 1/5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ResolutionStage(SHAPE, 5, 1e-20, new None(), Rounding.IMG2IMG))
                .withMessageContaining("leaves no step to run");
        assertThat(new ResolutionStage(SHAPE, 7, 0.15, new None(), Rounding.FLOOR).forwards())
                .isEqualTo(1);
        assertThat(new ResolutionStage(SHAPE, 5, 0.15, new None(), Rounding.IMG2IMG).forwards())
                .isEqualTo(1);
    }

    @Test
    void constructor_shiftThatDoesNotSuitTheShape_isRefused() {
        Shift byTokens =
                new Shift.ByTokens(new Shift.Point(256, .5), new Shift.Point(4096, 1.15), 2, Shift.Growth.EXPONENTIAL);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ResolutionStage(SHAPE.withSize(64, 33), 8, 1, byTokens, Rounding.IMG2IMG))
                .withMessage("width: 33 cells is not a multiple of the patch size 2; use 34");
    }
}
