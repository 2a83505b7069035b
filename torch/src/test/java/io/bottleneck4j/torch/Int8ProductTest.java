package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against whole numbers of 64 bits in plain Java. */
class Int8ProductTest {
    private static float[] normal(int seed, int count) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static Quantized weight(int out, int in, int most) {
        Random random = new Random(out);
        long[] values = new long[out * in];
        float[] scales = normal(7, out);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextLong(-most, most + 1L);
        }
        return new Quantized(Tensor.of(values, out, in).to(DType.INT8), Tensor.of(scales, out));
    }

    private static void assertRight(Int8Product product, Quantized weight, float[] x, int tokens, int in) {
        long[] w = weight.values().toLongs();
        float[] scales = weight.scale().toFloats();
        int out = scales.length;
        float[] bias = normal(3, out);
        float[] y = product.linear(Tensor.of(x, 1, tokens, in), Tensor.of(bias, out), new Scratch())
                .toFloats();
        float[] without =
                product.linear(Tensor.of(x, 1, tokens, in), null, new Scratch()).toFloats();
        for (int t = 0; t < tokens; t++) {
            float most = 0x1p-100f * 127;
            for (int i = 0; i < in; i++) {
                most = Math.max(most, Math.abs(x[t * in + i]));
            }
            float scale = most * (float) (1 / 127.0);
            for (int o = 0; o < out; o++) {
                long sum = 0;
                for (int i = 0; i < in; i++) {
                    sum += (long) Math.rint(x[t * in + i] / scale) * w[o * in + i];
                }
                double expected = (double) sum * scales[o] * scale;
                double near = Math.max(1e-6, Math.abs(expected) * 1e-6 + Math.abs(bias[o]) * 1e-6);
                assertThat(y[t * out + o]).isCloseTo((float) (expected + bias[o]), within((float) near * 2));
                assertThat(without[t * out + o]).isCloseTo((float) expected, within((float) near));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 8, 5", "3, 65, 7", "33, 300, 40", "1, 1, 1", "1100, 8, 3"})
    void linear_isTheProductOfWholeNumbersTimesBothScales(int tokens, int in, int out) {
        try (Scope scope = Scope.open()) {
            Quantized weight = weight(out, in, 127);
            assertRight(product(weight), weight, normal(1, tokens * in), tokens, in);
        }
    }

    private static Int8Product product(Quantized weight) {
        return Int8Product.of(Int8Product.laidOut(weight.values()), weight.scale());
    }

    @Test
    void linear_ofATokenOfZerosAndOneWithAHugeValue_isRightForBoth() {
        try (Scope scope = Scope.open()) {
            float[] x = normal(1, 3 * 64);
            Arrays.fill(x, 0, 64, 0);
            x[100] = 1e6f;
            Quantized weight = weight(16, 64, 127);
            assertRight(product(weight), weight, x, 3, 64);
        }
    }

    @Test
    void ofAProcessorThatHasSuchProducts_areOneDnns() {
        assertThat(OneDnn.multipliesInt8()).isEqualTo(CpuFeatures.detect().hasInt8());
    }

    /** Sums of 4,096 products of the largest numbers pass 2^24, where float32 has gaps. */
    @Test
    void linear_ofTheLargestNumbers_isRight() {
        try (Scope scope = Scope.open()) {
            int in = 4096;
            float[] x = new float[20 * in];
            Arrays.fill(x, 1);
            Quantized weight = new Quantized(
                    Tensor.zeros(DType.INT8, Device.CPU, 3, in).add(127).to(DType.INT8),
                    Tensor.of(new float[] {1, 2, 3}, 3));
            assertRight(product(weight), weight, x, 20, in);
        }
    }

    @Test
    void linear_ofANonFiniteInput_isNonFiniteInItsTokenAlone() {
        try (Scope scope = Scope.open()) {
            float[] x = normal(1, 3 * 8);
            x[9] = Float.NaN;
            Tensor y = product(weight(4, 8, 127)).linear(Tensor.of(x, 3, 8), null, new Scratch());
            assertThat(y.select(0, 0).isFinite()).isTrue();
            assertThat(y.select(0, 1).isFinite()).isFalse();
            assertThat(y.select(0, 2).isFinite()).isTrue();
        }
    }

    /**
     * oneDNN's own product, on any processor: where there is no VNNI it adds pairs up in 16 bits, which weights within ±63 do not overflow.
     */
    @ParameterizedTest
    @CsvSource({"1, 64, 16", "33, 300, 40", "5, 65, 7"})
    void byOneDnn_ofSmallWeights_isTheSame(int tokens, int in, int out) {
        if (!CpuFeatures.detect().flags().contains("avx2")) {
            return; // on other processors oneDNN's product is not used
        }
        try (Scope scope = Scope.open()) {
            Quantized weight = weight(out, in, 63);
            assertRight(Int8Product.byOneDnn(weight), weight, normal(1, tokens * in), tokens, in);
        }
    }

    @Test
    void linear_inBfloat16_isNearFloat32() {
        try (Scope scope = Scope.open()) {
            Quantized weight = weight(32, 128, 127);
            Tensor x = Tensor.of(normal(1, 10 * 128), 10, 128).to(DType.BFLOAT16);
            Tensor bias = Tensor.of(normal(2, 32), 32);
            float[] in16 = product(weight)
                    .linear(x, bias.to(DType.BFLOAT16), new Scratch())
                    .to(DType.FLOAT32)
                    .toFloats();
            float[] in32 = product(weight)
                    .linear(x.to(DType.FLOAT32), bias, new Scratch())
                    .toFloats();
            double wrong = 0;
            double all = 0;
            for (int i = 0; i < in16.length; i++) {
                wrong += Math.pow(in16[i] - in32[i], 2);
                all += Math.pow(in32[i], 2);
            }
            assertThat(Math.sqrt(wrong / all)).isLessThan(0.012);
        }
    }
}
