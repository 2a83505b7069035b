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
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The recipe's network with few channels; see tools/golden/make_detector.py. */
class DetectorTest {
    private static final Path FILE = Golden.ROOT.resolve("vision/detector.safetensors");

    @Test
    void maps_goldenPictures_equalTheRecipe() {
        try (Golden golden = Golden.open("vision/detector-maps");
                Detector detector = Detector.open(FILE, Device.CPU)) {
            float[] maps = detector.maps(GoldenPictures.all(golden));
            assertThat(maps).containsExactly(golden.floats("maps"), within(1e-4f));
        }
    }

    @Test
    void find_goldenPictures_findsWhatTheRecipeFinds() {
        try (Golden golden = Golden.open("vision/detector-maps");
                Detector detector = Detector.open(FILE, Device.CPU)) {
            List<List<Detection>> found = detector.find(GoldenPictures.all(golden));
            for (int i = 0; i < found.size(); i++) {
                float[] expected = golden.floats(i + ".found");
                assertThat(found.get(i)).hasSize(expected.length / 5).hasSizeGreaterThan(1);
                for (int j = 0; j < found.get(i).size(); j++) {
                    Detection one = found.get(i).get(j);
                    assertThat(one.label()).isEqualTo(detector.labels().get((int) expected[5 * j]));
                    double[] numbers = {one.score(), one.x(), one.y(), one.side()};
                    for (int k = 0; k < 4; k++) {
                        assertThat(numbers[k]).isCloseTo(expected[5 * j + 1 + k], within(1e-4));
                    }
                }
            }
        }
    }

    @Test
    void peaks_nearerThanHalfASide_leaveTheLikelierOfWhateverConcept() {
        float[] maps = new float[3 * 256];
        Arrays.fill(maps, 0, 512, -9);
        Arrays.fill(maps, 512, 768, .5f); // a fourth of the picture is half a side: four cells
        maps[16 * 4 + 4] = 2;
        maps[256 + 16 * 4 + 7] = 1;
        maps[16 * 4 + 8] = .5f;
        List<Detection> found = new Detector.Peaks(List.of("cat", "owl"), 16).of(maps, 0);
        assertThat(found.stream().map(Detection::label)).containsExactly("cat", "cat");
        assertThat(found.get(1).x()).isEqualTo(8.5 / 16);
        maps[16 * 4 + 4] = -1; // now below the threshold: the owl is the likeliest
        assertThat(new Detector.Peaks(List.of("cat", "owl"), 16)
                        .of(maps, 0).stream().map(Detection::label))
                .containsExactly("owl");
    }

    @Test
    void find_aPictureThatIsNotSquare_isRefused() {
        try (Detector detector = Detector.open(FILE, Device.CPU)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> detector.find(List.of(new Picture(3, 2, new byte[18]))))
                    .withMessage("picture: must be square for the detector, not 3 x 2 px; make square ones");
        }
    }

    @Test
    void requireLabels_oneItCannotFind_isNamed() {
        try (Detector detector = Detector.open(FILE, Device.CPU)) {
            detector.requireLabels(List.of("cat", "star"));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> detector.requireLabels(List.of("zebra", "cat")))
                    .withMessageStartingWith("detector: cannot find zebra; it knows cat, owl, star;");
        }
    }

    @Test
    void open_anotherNetworksFile_isRefused() {
        assertThatThrownBy(() -> Detector.open(Golden.ROOT.resolve("vision/lpips-alex.safetensors"), Device.CPU))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("names no concepts in its metadata");
    }
}
