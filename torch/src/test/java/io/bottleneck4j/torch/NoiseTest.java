package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NoiseTest {
    /** From Python's torch 2.10.0: {@code torch.randn(shape, generator=torch.Generator("cpu").manual_seed(seed))}. */
    static Stream<Arguments> python() {
        return Stream.of(
                Arguments.of(
                        new long[] {5}, 0L, new float[] {1.540996f, -0.2934289f, -2.1787894f, 0.56843126f, -1.0845224f
                        }),
                Arguments.of(new long[] {3, 5}, 42L, new float[] {
                    0.33669037f, 0.1288094f, 0.23446237f, 0.23033303f, -0.9889599f
                }),
                Arguments.of(
                        new long[] {16}, 42L, new float[] {1.9269153f, 1.4872841f, 0.9007172f, -2.105521f, 0.76244545f
                        }),
                Arguments.of(new long[] {1, 4, 2, 2}, 0L, new float[] {
                    -1.1258398f, -1.1523602f, -0.25057858f, -0.4338788f, -0.24727815f
                }),
                Arguments.of(new long[] {2, 3, 4}, 42L, new float[] {
                    1.9269153f, 1.4872841f, 0.9007172f, -2.105521f, 0.33089843f
                }),
                Arguments.of(new long[] {40}, 0L, new float[] {
                    -1.1258398f, -1.1523602f, -0.25057858f, -0.4338788f, 1.7066433f
                }),
                Arguments.of(
                        new long[] {5}, -1L, new float[] {1.219763f, -0.39297947f, 1.0230751f, -0.37342113f, -0.0755102f
                        }),
                Arguments.of(new long[] {40}, Long.MIN_VALUE + 5, new float[] {
                    1.8423299f, 0.51888716f, -1.7119213f, -1.7013793f, -1.289669f
                }));
    }

    @ParameterizedTest
    @MethodSource("python")
    void randn_ofSeedAndShape_equalsPython(long[] shape, long seed, float[] firstFourAndLast) {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(seed)) {
            Tensor drawn = noise.randn(shape);
            assertThat(drawn.shape()).containsExactly(shape);
            float[] values = drawn.toFloats();
            float[] compared = Arrays.copyOf(values, 5);
            compared[4] = values[values.length - 1];
            assertThat(compared).containsExactly(firstFourAndLast, within(1e-6f));
        }
    }

    @Test
    void randn_drawnTwice_goesOnWherePythonDoes() {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(42)) {
            noise.randn(2, 3, 4);
            assertThat(noise.randn(3).toFloats())
                    .containsExactly(new float[] {1.3525478f, 0.6863219f, -0.32775864f}, within(1e-6f));
        }
    }

    @Test
    void randn_ofTwoGenerators_isIndependentAndRepeatable() {
        try (Scope scope = Scope.open();
                Noise one = Noise.seeded(7);
                Noise two = Noise.seeded(7)) {
            float[] first = one.randn(1000).toFloats();
            one.randn(1000);
            assertThat(two.randn(1000).toFloats()).containsExactly(first);
        }
    }

    @Test
    void randn_afterClose_isRefused() {
        Noise noise = Noise.seeded(7);
        noise.close();
        assertThatIllegalStateException().isThrownBy(() -> noise.randn(3)).withMessageStartingWith("noise: ");
    }

    @Test
    void close_freesTheGenerator() {
        Noise.seeded(0).close();
        long before = Libtorch.livePointers();
        for (int i = 0; i < 50; i++) {
            Noise.seeded(i).close();
        }
        assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
    }
}
