package io.bottleneck4j.eval.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ColourStatisticsTest {
    @ParameterizedTest
    @MethodSource("io.bottleneck4j.eval.metrics.GoldenPair#names")
    void of_goldenPictures_equalsNumpyAndScikitImage(String name) {
        GoldenPair pair = GoldenPair.read(name);
        Offset<Double> tolerance = within(pair.tolerance());
        JsonNode colours = pair.json().get("colours");
        assertSame(ColourStatistics.of(pair.a()), colours.get(0), tolerance);
        assertSame(ColourStatistics.of(pair.b()), colours.get(1), tolerance);
    }

    private static void assertSame(ColourStatistics actual, JsonNode expected, Offset<Double> tolerance) {
        assertThat(actual.saturation()).isCloseTo(expected.get("saturation").asDouble(), tolerance);
        assertThat(actual.colourfulness())
                .isCloseTo(expected.get("colourfulness").asDouble(), tolerance);
    }

    @Test
    void of_gray_hasNoColour() {
        ColourStatistics gray = ColourStatistics.of(Pictures.gray(16, 8, (x, y) -> 10 * x));
        assertThat(gray.saturation()).isZero();
        assertThat(gray.colourfulness()).isZero();
    }

    @Test
    void of_black_hasNoSaturation() {
        assertThat(ColourStatistics.of(Pictures.plain(4, 4, 0, 0, 0)).saturation())
                .isZero();
    }

    @Test
    void of_oneColour_hasNoSpread() {
        ColourStatistics orange = ColourStatistics.of(Pictures.plain(4, 4, 200, 100, 50));
        assertThat(orange.saturation()).isEqualTo(0.75);
        assertThat(orange.colourfulness()).isCloseTo(0.3 * Math.hypot(100, 100), within(1e-12));
    }
}
