package io.bottleneck4j.models.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.io.WeightsException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AestheticHeadTest {
    @ParameterizedTest
    @ValueSource(strings = {"mlp", "linear"})
    void scores_goldenPictures_equalTorch(String kind) {
        try (Golden pictures = Golden.open("vision/clip-a");
                Golden golden = Golden.open("vision/aesthetic-scores");
                ClipEncoder clip =
                        ClipEncoder.open(ClipFolder.read(Golden.folder("clip-a")), DType.FLOAT32, Device.CPU);
                AestheticHead head = AestheticHead.open(file(kind), clip.width())) {
            List<Double> scores = head.scores(clip.pictures(GoldenPictures.all(pictures)));
            float[] expected = golden.floats(kind);
            assertThat(scores).hasSize(expected.length);
            for (int i = 0; i < expected.length; i++) {
                assertThat(scores.get(i)).isCloseTo(expected[i], within(1e-4));
            }
        }
    }

    @Test
    void open_headOfOtherFeatures_isRefused() {
        assertThatThrownBy(() -> AestheticHead.open(file("mlp"), 16))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("layers.0.weight");
    }

    @Test
    void open_fileOfAnotherModel_namesWhatIsMissing() {
        assertThatThrownBy(() -> AestheticHead.open(Golden.folder("clip-a").resolve("model.safetensors"), 20))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("layers.0.bias");
    }

    private static Path file(String kind) {
        return Golden.ROOT.resolve("vision/aesthetic-" + kind + ".safetensors");
    }
}
