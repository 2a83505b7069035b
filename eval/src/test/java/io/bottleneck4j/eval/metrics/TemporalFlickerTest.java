package io.bottleneck4j.eval.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.models.media.Picture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TemporalFlickerTest {
    @ParameterizedTest
    @MethodSource("io.bottleneck4j.eval.metrics.GoldenPair#names")
    void difference_goldenPictures_equalsNumpy(String name) {
        GoldenPair pair = GoldenPair.read(name);
        assertThat(TemporalFlicker.difference(pair.a(), pair.b()))
                .isCloseTo(pair.number("mean_absolute_difference"), within(pair.tolerance()));
    }

    @Test
    void score_threeFrames_isOfTheMeanOfBothSteps() {
        TemporalFlicker flicker = new TemporalFlicker();
        flicker.add(Pictures.plain(8, 8, 100, 100, 100));
        flicker.add(Pictures.plain(8, 8, 110, 100, 100));
        flicker.add(Pictures.plain(8, 8, 110, 80, 100));
        double mean = (10 / 3.0 + 20 / 3.0) / 2;
        assertThat(flicker.meanDifference()).isCloseTo(mean, within(1e-12));
        assertThat(flicker.score()).isCloseTo((255 - mean) / 255, within(1e-12));
    }

    @Test
    void score_stillVideo_is1() {
        Picture frame = Pictures.random(16, 16, 3);
        TemporalFlicker flicker = new TemporalFlicker();
        flicker.add(frame);
        flicker.add(frame);
        assertThat(flicker.meanDifference()).isZero();
        assertThat(flicker.score()).isEqualTo(1);
    }

    @Test
    void difference_blackAgainstWhite_isTheLargest() {
        assertThat(TemporalFlicker.difference(Pictures.plain(4, 4, 0, 0, 0), Pictures.plain(4, 4, 255, 255, 255)))
                .isEqualTo(255);
    }

    @Test
    void score_oneFrame_asksForAVideo() {
        TemporalFlicker flicker = new TemporalFlicker();
        flicker.add(Pictures.random(8, 8, 1));
        assertThatThrownBy(flicker::score)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("frames: flicker needs at least 2, not 1; give a video, not a picture");
    }

    @Test
    void add_frameOfAnotherSize_isRefused() {
        TemporalFlicker flicker = new TemporalFlicker();
        flicker.add(Pictures.random(8, 8, 1));
        assertThatThrownBy(() -> flicker.add(Pictures.random(8, 16, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be of one size");
    }
}
