package io.bottleneck4j.core.latent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LatentShapeTest {

    @Test
    void elements_ofVideo_isTheProduct() {
        assertThat(new LatentShape(16, 33, 90, 160).elements()).isEqualTo(7_603_200);
    }

    @Test
    void withSize_changesHeightAndWidthOnly() {
        assertThat(new LatentShape(16, 3, 8, 10).withSize(4, 5)).isEqualTo(new LatentShape(16, 3, 4, 5));
    }

    @Test
    void toString_listsChannelsFramesHeightWidth() {
        assertThat(new LatentShape(16, 1, 64, 96)).hasToString("[16, 1, 64, 96]");
    }

    @Test
    void toString_inALocaleWithItsOwnDigits_keepsPlainDigits() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            assertThat(new LatentShape(16, 1, 64, 96)).hasToString("[16, 1, 64, 96]");
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, 1, 1, channels: 0 is less than 1; use 1 or more",
        "1, -2, 1, 1, frames: -2 is less than 1; use 1 or more",
        "1, 1, 0, 1, height: 0 is less than 1; use 1 or more",
        "1, 1, 1, -2147483648, width: -2147483648 is less than 1; use 1 or more"
    })
    void constructor_countBelowOne_namesIt(int channels, int frames, int height, int width, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LatentShape(channels, frames, height, width))
                .withMessage(message);
    }

    @Test
    void constructor_moreThanAnArrayHolds_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LatentShape(16, 1, 1 << 14, 1 << 14))
                .withMessage("latent shape: [16, 1, 16384, 16384] holds more than 2147483639 values; "
                        + "use a smaller size or fewer frames");
    }

    @Test
    void constructor_productBeyondLong_isRefused() {
        int most = Integer.MAX_VALUE;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LatentShape(most, most, most, most))
                .withMessageContaining("holds more than");
    }

    @Test
    void constructor_exactlyWhatAnArrayHolds_isAccepted() {
        assertThat(new LatentShape(1, 1, 1, Integer.MAX_VALUE - 8).elements()).isEqualTo(Integer.MAX_VALUE - 8);
    }
}
