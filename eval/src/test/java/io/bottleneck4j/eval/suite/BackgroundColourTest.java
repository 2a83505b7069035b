package io.bottleneck4j.eval.suite;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.models.media.Picture;
import org.junit.jupiter.api.Test;

class BackgroundColourTest {
    @Test
    void of_aLargeThingInTheMiddle_isTheBordersColour() {
        byte[] rgb = plain(100, 100, 80, 140, 225);
        for (int y = 4; y < 96; y++) {
            for (int x = 4; x < 96; x++) {
                set(rgb, 100, x, y, 255, 255, 255);
            }
        }
        assertThat(BackgroundColour.of(new Picture(100, 100, rgb))).isEqualTo(BackgroundColour.BLUE);
    }

    @Test
    void of_aBorderThatIsMostlyOneColour_isThat() {
        byte[] rgb = plain(50, 50, 240, 150, 50);
        for (int x = 0; x < 50; x++) {
            set(rgb, 50, x, 0, 0, 0, 0);
            set(rgb, 50, x, 1, 0, 0, 0);
        }
        assertThat(BackgroundColour.of(new Picture(50, 50, rgb))).isEqualTo(BackgroundColour.ORANGE);
    }

    @Test
    void of_aShadeBetween_isTheNearest() {
        assertThat(BackgroundColour.of(new Picture(2, 2, plain(2, 2, 170, 170, 170))))
                .isEqualTo(BackgroundColour.GRAY);
        assertThat(BackgroundColour.of(new Picture(2, 2, plain(2, 2, 60, 60, 60))))
                .isEqualTo(BackgroundColour.BLACK);
    }

    private static byte[] plain(int width, int height, int... colour) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) colour[i % 3];
        }
        return rgb;
    }

    private static void set(byte[] rgb, int width, int x, int y, int... colour) {
        for (int channel = 0; channel < 3; channel++) {
            rgb[3 * (y * width + x) + channel] = (byte) colour[channel];
        }
    }
}
