package io.bottleneck4j.models.vision;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PillowResize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PillowResizeTest {
    @ParameterizedTest
    @CsvSource({"32, 23", "96, 70", "20, 47", "64, 13", "7, 5", "63, 46", "133, 48", "80, 30", "60, 30"})
    void bicubic_anySize_equalsPillowToTheByte(int width, int height) {
        try (Golden golden = Golden.open("vision/resize")) {
            Picture resized = PillowResize.bicubic(GoldenPictures.picture(golden, "picture"), width, height);
            assertThat(resized).isEqualTo(GoldenPictures.picture(golden, width + "x" + height));
        }
    }

    @Test
    void bicubic_toItsOwnSize_isThePicture() {
        Picture picture = new Picture(2, 1, new byte[] {1, 2, 3, -1, -2, -3});
        assertThat(PillowResize.bicubic(picture, 2, 1)).isSameAs(picture);
    }

    @Test
    void bicubic_onePixel_fillsAnySize() {
        Picture resized = PillowResize.bicubic(new Picture(1, 1, new byte[] {(byte) 200, 100, 0}), 3, 2);
        byte[] expected = new byte[18];
        for (int i = 0; i < expected.length; i += 3) {
            expected[i] = (byte) 200;
            expected[i + 1] = 100;
        }
        assertThat(resized.rgb()).isEqualTo(expected);
    }
}
