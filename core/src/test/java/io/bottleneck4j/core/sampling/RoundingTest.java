package io.bottleneck4j.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoundingTest {

    @ParameterizedTest
    @CsvSource({
        "6, 1, 0, 0",
        "20, .8, 4, 4",
        "8, .6, 3, 4",
        "24, .8, 4, 5",
        "16, .7, 4, 5",
        "10, .7, 3, 3", // 10 * .7 is 7 in doubles
        "100, .29, 71, 71", // 100 * .29 is 28.999999999999996
        "3, .9999, 0, 1",
        "5, .1, 4, 5",
        "1, 1, 0, 0",
    })
    void firstStep_followsTheRule(int steps, double strength, int img2img, int floor) {
        assertThat(Rounding.IMG2IMG.firstStep(steps, strength)).isEqualTo(img2img);
        assertThat(Rounding.FLOOR.firstStep(steps, strength)).isEqualTo(floor);
    }

    @Test
    void parse_everyName_isRead() {
        assertThat(Rounding.values())
                .allSatisfy(rounding ->
                        assertThat(Rounding.parse(rounding.toString())).isEqualTo(rounding))
                .extracting(Rounding::toString)
                .containsExactly("img2img", "floor");
    }

    @Test
    void parse_unknownName_listsTheKnown() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Rounding.parse("FLOOR"))
                .withMessage("rounding: must be img2img or floor, not 'FLOOR'");
    }
}
