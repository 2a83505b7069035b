package io.bottleneck4j.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import java.util.List;
import org.junit.jupiter.api.Test;

/** clip-a's pictures as hpsv2 1.2.0 prepares them; see tools/golden/make_distances.py. */
class HpsPreparationTest {
    @Test
    void apply_goldenPictures_equalsHpsv2() {
        try (Golden golden = Golden.open("vision/hps");
                Golden shown = Golden.open("vision/clip-a");
                Scope scope = Scope.open()) {
            PictureProcessor processor =
                    ClipFolder.read(Golden.folder("clip-a")).processor();
            golden.assertClose("pixel_values", processor.applyAsFloats(GoldenPictures.all(shown)), 1e-5);
        }
    }

    @Test
    void pictures_byHps_haveItsCosines() {
        try (Golden golden = Golden.open("vision/hps");
                Golden shown = Golden.open("vision/clip-a");
                ClipEncoder clip =
                        ClipEncoder.openHps(ClipFolder.read(Golden.folder("clip-a")), DType.FLOAT32, Device.CPU)) {
            float[] expected = golden.floats("cosine");
            List<Features> pictures = clip.pictures(GoldenPictures.all(shown));
            Features text = clip.text("two owls").features();
            for (int i = 0; i < pictures.size(); i++) {
                assertThat(pictures.get(i).cosine(text)).isCloseTo(expected[5 * i + 1], within(1e-5));
            }
        }
    }
}
