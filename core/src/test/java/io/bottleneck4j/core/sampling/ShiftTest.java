package io.bottleneck4j.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Shift.ByTokens;
import io.bottleneck4j.core.sampling.Shift.Constant;
import io.bottleneck4j.core.sampling.Shift.Growth;
import io.bottleneck4j.core.sampling.Shift.None;
import io.bottleneck4j.core.sampling.Shift.Point;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShiftTest {

    private static final LatentShape SHAPE = new LatentShape(16, 1, 64, 64);
    private static final Point LOW = new Point(256, 0.5);
    private static final Point HIGH = new Point(4096, 1.15);
    private static final ByTokens FLUX = new ByTokens(LOW, HIGH, 2, Growth.EXPONENTIAL);

    @Test
    void none_leavesLevels() {
        assertThat(new None().apply(0.3, SHAPE)).isEqualTo(0.3);
    }

    @Test
    void constant_movesTowardNoise() {
        assertThat(new Constant(9).apply(0.5, SHAPE)).isEqualTo(0.9);
        assertThat(new Constant(9).factor(SHAPE)).isEqualTo(9);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-300, 1e-20, 0.3, 1, 3, 3.158192909689767, 9, 1e300})
    void apply_keepsNoiseAndClean(double factor) {
        assertThat(new Constant(factor).apply(1, SHAPE)).isEqualTo(1);
        assertThat(new Constant(factor).apply(0, SHAPE)).isEqualTo(0);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1e-9, 1.000001, Double.NaN, Double.NEGATIVE_INFINITY})
    void apply_levelOutOfRange_isRefused(double t) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new None().apply(t, SHAPE))
                .withMessage("level: " + t + " is outside [0, 1]; use 1 for noise, 0 for clean");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void constant_notFiniteAboveZero_isRefused(double factor) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Constant(factor))
                .withMessage("shift: " + factor + " is not a finite number above 0; use 1 for no shift");
    }

    @ParameterizedTest
    @CsvSource({
        "1, 32, 32, 0.5",
        "1, 64, 64, 0.63",
        "1, 128, 128, 1.15",
        "4, 64, 64, 1.15",
        "1, 192, 192, 2.0166666666666666"
    })
    void byTokens_growsAlongTheLine(int frames, int height, int width, double mu) {
        LatentShape shape = new LatentShape(16, frames, height, width);
        assertThat(FLUX.factor(shape)).isEqualTo(Math.exp(mu), within(1e-12));
        assertThat(new ByTokens(LOW, HIGH, 2, Growth.LINEAR).factor(shape)).isEqualTo(mu, within(1e-12));
    }

    @Test
    void byTokens_countsPatches() {
        ByTokens cells = new ByTokens(LOW, HIGH, 1, Growth.LINEAR);
        assertThat(cells.factor(SHAPE)).isEqualTo(1.15, within(1e-12));
    }

    @Test
    void byTokens_sizeNotAMultipleOfThePatch_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FLUX.factor(SHAPE.withSize(33, 64)))
                .withMessage("height: 33 cells is not a multiple of the patch size 2; use 34");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FLUX.factor(SHAPE.withSize(64, 5)))
                .withMessage("width: 5 cells is not a multiple of the patch size 2; use 6");
    }

    @Test
    void byTokens_lineFallsToZero_isRefused() {
        ByTokens falling = new ByTokens(new Point(1, 1), new Point(2, 0.5), 1, Growth.LINEAR);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> falling.factor(new LatentShape(1, 1, 1, 3)))
                .withMessage("shift: 0.0 is not a finite number above 0; use 1 for no shift");
    }

    @Test
    void byTokens_pointsNotInOrder_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ByTokens(LOW, LOW, 2, Growth.LINEAR))
                .withMessage("shift: 256 tokens are not more than 256; give the lower point first");
    }

    @Test
    void byTokens_patchBelowOne_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ByTokens(LOW, HIGH, 0, Growth.LINEAR))
                .withMessage("patch: 0 is less than 1; use 1 or more");
    }

    @Test
    void point_badNumbers_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Point(0, 0.5))
                .withMessage("tokens: 0 is less than 1; use 1 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Point(256, Double.NaN))
                .withMessage("mu: NaN is not finite; use a number such as 0.5");
    }

    /** Of compute_empirical_mu of diffusers 0.42.1; at 4301 tokens steps count no more. */
    @ParameterizedTest
    @CsvSource({
        "128, 128, 50, 7.563629420981297",
        "128, 128, 4, 9.886595938436898",
        "64, 64, 20, 6.796091182276423",
        "8, 12, 7, 6.842564574572742",
        "172, 100, 10, 9.718890105931536",
        "128, 256, 50, 6.317518571707057",
        "128, 256, 4, 6.317518571707057"
    })
    void empirical_fallsWithSteps(int height, int width, int steps, double factor) {
        LatentShape shape = new LatentShape(32, 1, height, width);
        Shift shift = new Shift.Empirical(2, Growth.EXPONENTIAL, 1);
        assertThat(shift.forSteps(steps).factor(shape)).isCloseTo(factor, within(1e-12));
        Shift linear = new Shift.Empirical(2, Growth.LINEAR, steps);
        assertThat(linear.factor(shape)).isCloseTo(Math.log(factor), within(1e-12));
        assertThat(FLUX.forSteps(steps)).isSameAs(FLUX);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 0"})
    void empirical_belowOne_isRefused(int patch, int steps) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Shift.Empirical(patch, Growth.EXPONENTIAL, steps))
                .withMessage("patch, steps: " + patch + ", " + steps + "; use 1 or more of each");
    }

    /** Of set_timesteps of diffusers 0.42.1 with shift_terminal 0.02, use_dynamic_shifting and a mu of 0.7 or 1.3. */
    @ParameterizedTest
    @CsvSource({"0.7, 7, 0.8999493718, 0.2750417590", "1.3, 50, 0.9941735864, 0.0863062739"})
    void stretched_endsAtItsLevel(double mu, int steps, double second, double beforeLast) {
        Shift shift = new Constant(Math.exp(mu)).endingAt(0.02);
        TimestepSchedule schedule = TimestepSchedule.shifted(steps, shift, SHAPE);
        assertThat(schedule.sigma(0)).isEqualTo(1);
        assertThat(schedule.sigma(1)).isCloseTo(second, within(1e-6));
        assertThat(schedule.sigma(steps - 2)).isCloseTo(beforeLast, within(1e-6));
        assertThat(schedule.sigma(steps - 1)).isCloseTo(0.02, within(1e-12));
        assertThat(schedule.sigma(steps)).isZero();
    }

    @Test
    void stretched_keepsTheShift() {
        Shift stretched = FLUX.endingAt(0.02);
        assertThat(stretched.factor(SHAPE)).isEqualTo(FLUX.factor(SHAPE));
        assertThat(stretched.terminal()).isEqualTo(0.02);
        assertThat(stretched.endingAt(0.1)).isEqualTo(new Shift.Stretched(FLUX, 0.1));
        assertThat(stretched.endingAt(0)).isSameAs(FLUX);
        assertThat(FLUX.terminal()).isZero();
        Shift empirical = new Shift.Empirical(2, Growth.LINEAR, 1);
        assertThat(empirical.endingAt(0.02).forSteps(9))
                .isEqualTo(new Shift.Empirical(2, Growth.LINEAR, 9).endingAt(0.02));
    }

    /** Python divides by zero there. */
    @Test
    void stretched_ofASingleLevel_isThatLevel() {
        assertThat(TimestepSchedule.shifted(1, new Constant(3).endingAt(0.02), SHAPE)
                        .sigmas())
                .containsExactly(1.0, 0.0);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1, Double.NaN})
    void stretched_outOfRange_isRefused(double terminal) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FLUX.endingAt(terminal))
                .withMessage("shift_terminal: " + terminal + " is outside (0, 1); use 0.02, or none");
    }
}
