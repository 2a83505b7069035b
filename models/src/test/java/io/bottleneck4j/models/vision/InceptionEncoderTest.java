package io.bottleneck4j.models.vision;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.WeightsException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** torch-fidelity's network with few channels, its resizing included; see tools/golden/make_distances.py. */
class InceptionEncoderTest {
    private static final Path FILE = Golden.ROOT.resolve("vision/inception.safetensors");

    @Test
    void encode_goldenPictures_equalsTorchFidelity() {
        try (Golden golden = Golden.open("vision/inception-features");
                InceptionEncoder inception = InceptionEncoder.open(FILE, Device.CPU);
                Scope scope = Scope.open()) {
            FeatureSet features = new FeatureSet();
            inception.encode(GoldenPictures.all(golden), features);
            golden.assertClose("features", features.rows(0, features.size()), 1e-5);
        }
    }

    @Test
    void open_fileOfAnotherModel_namesWhatIsMissing() {
        assertThatThrownBy(
                        () -> InceptionEncoder.open(Golden.ROOT.resolve("vision/lpips-alex.safetensors"), Device.CPU))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("layers.conv.weight");
    }
}
