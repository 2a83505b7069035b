package io.bottleneck4j.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.Golden;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Shift.ByTokens;
import io.bottleneck4j.core.sampling.Shift.Constant;
import io.bottleneck4j.core.sampling.Shift.Growth;
import io.bottleneck4j.core.sampling.Shift.None;
import io.bottleneck4j.core.sampling.Shift.Point;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimestepScheduleTest {

    private static final LatentShape SHAPE = new LatentShape(16, 1, 2, 2);

    static List<String> goldenSchedules() {
        return Golden.lines("schedules.txt");
    }

    @Test
    void goldenSchedules_areAllThere() {
        assertThat(goldenSchedules()).hasSize(48);
    }

    @ParameterizedTest
    @MethodSource("goldenSchedules")
    void schedule_goldenCase_equalsNumpyAndDiffusers(String line) {
        String[] words = line.split(" ");
        LatentShape shape = words[0].equals("constant") ? SHAPE : new LatentShape(16, 1, Integer.parseInt(words[1]), 1);
        Rounding rounding = Rounding.valueOf(words[4].toUpperCase(Locale.ROOT));
        ResolutionStage stage = new ResolutionStage(
                shape, Integer.parseInt(words[2]), Double.parseDouble(words[3]), goldenShift(words), rounding);
        double[] expected =
                Arrays.stream(words).skip(5).mapToDouble(Double::parseDouble).toArray();
        double tolerance = words[0].equals("constant") ? 1e-15 : 2e-7;

        TimestepSchedule schedule = stage.schedule();
        assertThat(stage.forwards()).isEqualTo(schedule.steps()).isEqualTo(expected.length - 1);
        for (int i = 0; i < expected.length; i++) {
            assertThat(schedule.sigma(i)).as("level %d", i).isEqualTo(expected[i], within(tolerance));
        }
    }

    private static Shift goldenShift(String[] words) {
        return switch (words[0]) {
            case "constant" -> new Constant(Double.parseDouble(words[1]));
            default ->
                new ByTokens(
                        new Point(256, 0.5),
                        new Point(4096, 1.15),
                        1,
                        Growth.valueOf(words[0].toUpperCase(Locale.ROOT)));
        };
    }

    @Test
    void shifted_oneStep_goesFromNoiseToClean() {
        assertThat(TimestepSchedule.shifted(1, new Constant(3), SHAPE).sigmas()).containsExactly(1.0, 0.0);
    }

    @Test
    void shifted_lastLevelBeforeClean_isExactlyOneOverSteps() {
        for (int steps = 1; steps <= 200; steps++) {
            TimestepSchedule schedule = TimestepSchedule.shifted(steps, new None(), SHAPE);
            assertThat(schedule.sigma(steps - 1)).isEqualTo(1.0 / steps);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, 0, 10_001, Integer.MAX_VALUE})
    void shifted_stepsOutOfRange_isRefused(int steps) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TimestepSchedule.shifted(steps, new None(), SHAPE))
                .withMessage("steps: " + steps + " is outside 1 to 10000; 20 to 50 are usual");
    }

    @Test
    void shifted_mostSteps_isAccepted() {
        assertThat(TimestepSchedule.shifted(10_000, new None(), SHAPE).steps()).isEqualTo(10_000);
    }

    @Test
    void shifted_factorSoLargeThatLevelsCoincide_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TimestepSchedule.shifted(4, new Constant(1e300), SHAPE))
                .withMessage("sigmas: level 1 is 1.0, not below 1.0; "
                        + "list them falling, or use fewer steps or a shift nearer 1");
    }

    @Test
    void constructor_copiesTheList() {
        List<Double> sigmas = new ArrayList<>(List.of(1.0, 0.5));
        TimestepSchedule schedule = new TimestepSchedule(sigmas);
        sigmas.set(0, 0.7);
        assertThat(schedule.sigma(0)).isEqualTo(1);
    }

    @Test
    void constructor_fewerThanTwoLevels_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TimestepSchedule(List.of(1.0)))
                .withMessage("sigmas: 1 levels make no step; give at least 2");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.001, 1.001, Double.NaN})
    void constructor_levelOutOfRange_isRefused(double sigma) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TimestepSchedule(List.of(sigma, 0.0)))
                .withMessage("sigmas: level 0 is " + sigma + ", outside [0, 1]; use 1 for noise, 0 for clean");
    }

    @Test
    void constructor_levelsNotFalling_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TimestepSchedule(List.of(0.5, 0.6)))
                .withMessage("sigmas: level 1 is 0.6, not below 0.5; "
                        + "list them falling, or use fewer steps or a shift nearer 1");
    }

    @Test
    void from_dropsTheFirstSteps() {
        TimestepSchedule schedule = new TimestepSchedule(List.of(1.0, 0.5, 0.2, 0.0));
        assertThat(schedule.from(2).sigmas()).containsExactly(0.2, 0.0);
        assertThat(schedule.from(0)).isEqualTo(schedule);
        assertThatIllegalArgumentException().isThrownBy(() -> schedule.from(3));
        assertThatThrownBy(() -> schedule.from(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
