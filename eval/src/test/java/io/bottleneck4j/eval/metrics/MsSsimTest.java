package io.bottleneck4j.eval.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.models.media.Picture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MsSsimTest {
    /** torchmetrics computes in float64 here, but takes its exponents as float32. */
    @ParameterizedTest
    @ValueSource(strings = {"metrics-noisy-field", "metrics-large-fox"})
    void of_goldenPictures_equalsTorchmetrics(String name) {
        GoldenPair pair = GoldenPair.read(name);
        assertThat(MsSsim.of(pair.a(), pair.b())).isCloseTo(pair.number("ms_ssim"), within(1e-7));
    }

    @Test
    void of_equalPictures_is1() {
        Picture picture = Pictures.random(176, 190, 1);
        assertThat(MsSsim.of(picture, picture)).isCloseTo(1, within(1e-12));
    }

    @Test
    void of_negative_is0() {
        Picture stripes = Pictures.gray(192, 176, (x, y) -> x / 32 % 2 == 0 ? 255 : 0);
        Picture negative = Pictures.gray(192, 176, (x, y) -> x / 32 % 2 == 0 ? 0 : 255);
        assertThat(MsSsim.of(stripes, negative)).isZero();
    }

    @Test
    void of_fineNoise_weighsLessThanInSsim() {
        GoldenPair pair = GoldenPair.read("metrics-noisy-field");
        assertThat(MsSsim.of(pair.a(), pair.b())).isGreaterThan(Ssim.of(pair.a(), pair.b()) + 0.5);
    }

    @Test
    void of_sideTooShortForFiveScales_saysTheLeast() {
        assertThatThrownBy(() -> MsSsim.of(Pictures.random(175, 176, 1), Pictures.random(175, 176, 2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "pictures: must be at least 176 px wide and high for MS-SSIM, not 175 x 176; use a larger size");
    }

    @Test
    void of_differentSizes_isRefused() {
        assertThatThrownBy(() -> MsSsim.of(Pictures.random(176, 176, 1), Pictures.random(176, 192, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be of one size");
    }
}
