package io.bottleneck4j.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.io.WeightsException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Networks of lpips 0.1.4 with few channels; see tools/golden/make_distances.py. */
class LpipsEncoderTest {
    @ParameterizedTest
    @EnumSource
    void distance_goldenPairs_equalsLpips(LpipsBackbone backbone) {
        try (Golden golden = Golden.open("vision/" + name(backbone) + "-distances");
                LpipsEncoder lpips = open(backbone)) {
            float[] expected = golden.floats("distances");
            for (int i = 0; i < expected.length; i++) {
                double distance = lpips.distance(
                        GoldenPictures.picture(golden, i + ".picture"),
                        GoldenPictures.picture(golden, i + ".reference"));
                assertThat(distance).isCloseTo(expected[i], within(1e-6));
            }
            assertThat(expected[0]).isGreaterThan(1e-2f);
        }
    }

    @ParameterizedTest
    @EnumSource
    void distance_ofASideTooShort_isRefusedAndOfTheSmallestIsNot(LpipsBackbone backbone) {
        int least = backbone.smallestSide();
        try (LpipsEncoder lpips = open(backbone)) {
            assertThat(lpips.distance(gray(least, least + 9, 10), gray(least, least + 9, 200)))
                    .isGreaterThan(0);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> lpips.distance(gray(40, least - 1, 1), gray(40, least - 1, 2)))
                    .withMessage(
                            "pictures: must be at least %s px wide and high for lpips, not 40 x %s; use a larger size"
                                    .formatted(least, least - 1));
        }
    }

    @Test
    void distance_ofTwoSizes_isRefused() {
        try (LpipsEncoder lpips = open(LpipsBackbone.ALEX)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> lpips.distance(gray(40, 40, 1), gray(40, 41, 1)))
                    .withMessage("pictures: must be of one size, not 40 x 40 and 40 x 41 px; resize one");
        }
    }

    @Test
    void open_fileOfTheOtherBackbone_namesWhatIsMissing() {
        assertThatThrownBy(() -> LpipsEncoder.open(file(LpipsBackbone.VGG), LpipsBackbone.ALEX, Device.CPU))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("net.slice2.3.weight");
    }

    private static LpipsEncoder open(LpipsBackbone backbone) {
        return LpipsEncoder.open(file(backbone), backbone, Device.CPU);
    }

    private static Path file(LpipsBackbone backbone) {
        return Golden.ROOT.resolve("vision/" + name(backbone) + ".safetensors");
    }

    private static String name(LpipsBackbone backbone) {
        return backbone == LpipsBackbone.ALEX ? "lpips-alex" : "lpips-vgg";
    }

    /** Gray with a lighter middle. */
    private static Picture gray(int width, int height, int level) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (level + (i > rgb.length / 3 && i < rgb.length / 2 ? 50 : 0));
        }
        return new Picture(width, height, rgb);
    }
}
