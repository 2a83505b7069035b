package io.bottleneck4j.models.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import org.junit.jupiter.api.Test;

class PixelsTest {
    @Test
    void toRgb_ofValuesInsideAndBeyond_roundsAndCuts() {
        try (Scope scope = Scope.open()) {
            Tensor picture = Tensor.of(new float[] {-1, 1, 0, -7, 7, 0.5f}, 1, 3, 1, 2);
            assertThat(Pixels.toRgb(picture))
                    .containsExactly((byte) 0, (byte) 128, (byte) 255, (byte) 255, (byte) 0, (byte) 191);
        }
    }

    @Test
    void toRgb_halfway_roundsToEven() {
        try (Scope scope = Scope.open()) {
            // 0.5 · 255 = 127.5 goes up to 128; (0.5 / 255) · 255 = 0.5 goes down to 0.
            Tensor picture = Tensor.of(new float[] {0, 1f / 255 - 1, 0}, 1, 3, 1, 1);
            assertThat(Pixels.toRgb(picture)).containsExactly((byte) 128, (byte) 0, (byte) 128);
        }
    }

    @Test
    void toRgb_ofOfRgb_returnsTheBytes() {
        byte[] rgb = new byte[3 * 256];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (i * 7);
        }
        try (Scope scope = Scope.open()) {
            Tensor picture = Pixels.ofRgb(rgb, 16, 16);
            assertThat(picture.shape()).containsExactly(1, 3, 16, 16);
            assertThat(Pixels.toRgb(picture)).isEqualTo(rgb);
        }
    }

    @Test
    void badInput_isRefused() {
        try (Scope scope = Scope.open()) {
            Tensor picture = Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 3, 1, 1);
            assertThatThrownBy(() -> Pixels.toRgb(picture.add(Double.NaN))).hasMessage("picture: holds NaN");
            assertThatThrownBy(() -> Pixels.toRgb(picture.select(0, 0)))
                    .hasMessage("picture: must be [1, 3, height, width], not [3, 1, 1]");
            assertThatThrownBy(() -> Pixels.ofRgb(new byte[5], 1, 2))
                    .hasMessage("rgb: 5 bytes are not a picture of 2 × 1 px (3 bytes each)");
        }
    }
}
