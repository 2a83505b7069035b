package io.bottleneck4j.eval.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.models.media.Picture;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** PSNR, SSIM and fine detail against scikit-image and numpy, and by hand. */
class DistanceTest {
    @Test
    void cases_areAllThere() {
        assertThat(GoldenPair.names())
                .containsExactly(
                        "metrics-blurred-fox",
                        "metrics-fox",
                        "metrics-large-fox",
                        "metrics-noisy-field",
                        "metrics-noisy-panda",
                        "metrics-random-11x11",
                        "metrics-random-27x45",
                        "metrics-random-48x16",
                        "metrics-random-80x64");
    }

    @ParameterizedTest
    @MethodSource("io.bottleneck4j.eval.metrics.GoldenPair#names")
    void between_goldenPictures_equalsScikitImageAndNumpy(String name) {
        GoldenPair pair = GoldenPair.read(name);
        double tolerance = pair.tolerance();

        Distance distance = Distance.between(pair.a(), pair.b());
        double shareA = pair.json().get("high_frequency_share").get(0).asDouble();
        double shareB = pair.json().get("high_frequency_share").get(1).asDouble();
        assertThat(distance.psnr()).isCloseTo(pair.number("psnr"), within(tolerance));
        assertThat(distance.ssim()).isCloseTo(pair.number("ssim"), within(tolerance));
        assertThat(HighFrequency.share(pair.a())).isCloseTo(shareA, within(tolerance));
        assertThat(HighFrequency.share(pair.b())).isCloseTo(shareB, within(tolerance));
        assertThat(distance.highFrequencyRatio()).isCloseTo(shareA / shareB, within(1e-6));
    }

    @Test
    void between_equalPictures_isNone() {
        Picture picture = Pictures.random(32, 16, 1);
        Distance distance = Distance.between(picture, picture);
        assertThat(distance.psnr()).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(distance.ssim()).isCloseTo(1, within(1e-12));
        assertThat(distance.highFrequencyRatio()).isEqualTo(1);
    }

    @Test
    void psnr_constantOffset_isOfItsSquare() {
        Picture gray = Pictures.plain(16, 16, 100, 100, 100);
        Picture lighter = Pictures.plain(16, 16, 116, 116, 116);
        assertThat(Psnr.of(lighter, gray)).isCloseTo(20 * Math.log10(255.0 / 16), within(1e-12));
    }

    @Test
    void psnr_oneChannelOfThree_spreadsOverAll() {
        Picture gray = Pictures.plain(8, 8, 100, 100, 100);
        Picture redder = Pictures.plain(8, 8, 130, 100, 100);
        assertThat(Psnr.of(redder, gray)).isCloseTo(10 * Math.log10(255.0 * 255 / (30 * 30 / 3.0)), within(1e-12));
    }

    @Test
    void psnr_blackAgainstWhite_is0() {
        assertThat(Psnr.of(Pictures.plain(4, 4, 0, 0, 0), Pictures.plain(4, 4, 255, 255, 255)))
                .isZero();
    }

    @Test
    void ssim_constantOffset_comparesBrightnessAlone() {
        Picture gray = Pictures.plain(16, 16, 100, 100, 100);
        Picture lighter = Pictures.plain(16, 16, 120, 120, 120);
        double c1 = 2.55 * 2.55;
        double expected = (2 * 100 * 120 + c1) / (100 * 100 + 120 * 120 + c1);
        assertThat(Ssim.of(lighter, gray)).isCloseTo(expected, within(1e-9));
    }

    @Test
    void ssim_checkerboardAgainstItsNegative_isBelow0() {
        Picture board = Pictures.gray(24, 24, (x, y) -> (x + y) % 2 == 0 ? 255 : 0);
        Picture negative = Pictures.gray(24, 24, (x, y) -> (x + y) % 2 == 0 ? 0 : 255);
        assertThat(Ssim.of(board, negative)).isLessThan(-0.9);
    }

    @Test
    void share_checkerboard_isAllFineDetail() {
        Picture board = Pictures.gray(32, 48, (x, y) -> (x + y) % 2 == 0 ? 255 : 0);
        assertThat(HighFrequency.share(board)).isCloseTo(1, within(1e-9));
    }

    @Test
    void share_waves_dependsOnTheirFrequencyAlone() {
        Picture below = Pictures.gray(64, 64, (x, y) -> 128 + 100 * Math.cos(2 * Math.PI * 12 * x / 64));
        Picture above = Pictures.gray(64, 64, (x, y) -> 128 + 100 * Math.cos(2 * Math.PI * 20 * y / 64));
        assertThat(HighFrequency.share(below)).isLessThan(1e-3);
        assertThat(HighFrequency.share(above)).isGreaterThan(0.999);
    }

    @Test
    void share_diagonalWaveBelowTheCutoffAlongEachAxis_isFineDetail() {
        Picture diagonal = Pictures.gray(64, 64, (x, y) -> 128 + 100 * Math.cos(2 * Math.PI * 13 * (x + y) / 64));
        assertThat(HighFrequency.share(diagonal)).isGreaterThan(0.99); // hypot(13, 13) / 64 = .287
    }

    @Test
    void share_plainPicture_is0() {
        assertThat(HighFrequency.share(Pictures.plain(48, 32, 13, 200, 77))).isZero();
    }

    @Test
    void ratio_toAPlainPicture_isNotANumber() {
        assertThat(HighFrequency.ratio(Pictures.random(16, 16, 1), Pictures.plain(16, 16, 9, 9, 9)))
                .isNaN();
    }

    @Test
    void ratio_blurredPicture_fallsWithTheRadius() {
        Picture sharp = Pictures.random(64, 48, 2);
        double little = HighFrequency.ratio(Pictures.blurred(sharp, 1), sharp);
        double much = HighFrequency.ratio(Pictures.blurred(sharp, 2), sharp);
        assertThat(little).isLessThan(0.9);
        assertThat(much).isLessThan(little);
    }

    @Test
    void energy_sidesWithOddParts_equalsTheSum() {
        for (int[] size : new int[][] {{1, 2}, {3, 7}, {12, 16}, {34, 9}}) {
            int width = size[0];
            int height = size[1];
            double[] values = new double[width * height];
            Arrays.setAll(values, i -> Math.sin(i * i + 1.0));
            double[] energy = HighFrequency.energy(values, width, height);
            for (int k = 0; k < energy.length; k++) {
                double re = 0;
                double im = 0;
                for (int i = 0; i < values.length; i++) {
                    int down = k / width * (i / width);
                    double turns = (double) (k % width) * (i % width) / width + (double) down / height;
                    re += values[i] * Math.cos(2 * Math.PI * turns);
                    im -= values[i] * Math.sin(2 * Math.PI * turns);
                }
                assertThat(energy[k]).isCloseTo(re * re + im * im, within(1e-9));
            }
        }
    }

    @Test
    void between_differentSizes_namesBoth() {
        assertThatThrownBy(() -> Distance.between(Pictures.random(16, 16, 1), Pictures.random(16, 32, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pictures: must be of one size, not 16 x 16 and 16 x 32 px; resize one");
        assertThatThrownBy(() -> HighFrequency.ratio(Pictures.random(16, 16, 1), Pictures.random(32, 16, 1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ssim_pictureSmallerThanAWindow_saysTheLeast() {
        assertThatThrownBy(() -> Ssim.of(Pictures.random(10, 16, 1), Pictures.random(10, 16, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pictures: must be at least 11 px wide and high for SSIM, not 10 x 16; use a larger size");
    }
}
