package io.bottleneck4j.models.vae;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CausalConv3dTest {
    private static final float TOLERANCE = 1e-5f;

    private static CausalConv3d convolution(Noise noise, int timeStride, int sideStride) {
        return new CausalConv3d(noise.randn(3, 2, 3, 3, 3), noise.randn(3), timeStride, sideStride);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "1, 2", "2, 1"})
    void forward_someFramesAtATime_equalsAllAtOnce(int timeStride, int sideStride) {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(1)) {
            CausalConv3d convolution = convolution(noise, timeStride, sideStride);
            Tensor x = MemoryFormat.channelsLast(noise.randn(2, 2, 9, 4, 6));
            Tensor all = convolution.forward(x);
            assertThat(all.shape()).containsExactly(2, 3, 1 + 8 / timeStride, 1 + 3 / sideStride, 1 + 5 / sideStride);
            for (int atATime : new int[] {1, 2, 3, 4, 8}) {
                assertThat(convolution.forward(x, atATime).toFloats())
                        .as(atATime + " at a time")
                        .usingComparatorWithPrecision(TOLERANCE)
                        .containsExactly(all.toFloats());
            }
        }
    }

    @Test
    void forward_ofFewerFrames_isTheBeginningOfMore() {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(2)) {
            CausalConv3d convolution = convolution(noise, 1, 1);
            Tensor x = MemoryFormat.channelsLast(noise.randn(1, 2, 5, 4, 4));
            assertThat(convolution.forward(x).until(2, 2).toFloats())
                    .usingComparatorWithPrecision(TOLERANCE)
                    .containsExactly(convolution.forward(x.until(2, 2)).toFloats());
        }
    }

    /** One channel of ones, a kernel of ones: each result counts 27 values, copies of the edges among them. */
    @Test
    void forward_ofOnes_countsTheCopiesBeyondTheEdges() {
        try (Scope scope = Scope.open()) {
            float[] ones = new float[27];
            Arrays.fill(ones, 1);
            CausalConv3d convolution =
                    new CausalConv3d(Tensor.of(ones, 1, 1, 3, 3, 3), Tensor.of(new float[] {0.5f}, 1), 1, 1);
            Tensor x = Tensor.of(new float[] {1, 1, 1, 1}, 1, 1, 1, 2, 2);
            assertThat(convolution.forward(x).toFloats()).containsOnly(27.5f);
        }
    }
}
