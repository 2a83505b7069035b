package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the same arithmetic in plain Java. */
class QuantizedTest {
    private static final int GROUP = Quantization.GROUP;
    private static final float TINY = 0x1p-100f;

    /** Seeded; row 0 is zeros, and row 1, where there is one, has one value a thousand times the others. */
    private static float[] values(int out, int in) {
        Random random = new Random(out * 1000L + in);
        float[] values = new float[out * in];
        for (int i = in; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        if (out > 1) {
            values[in + in / 2] = -1000;
        }
        return values;
    }

    /** To the nearest bfloat16, ties to even. */
    static float bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat((bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000);
    }

    private static float scale(float wanted) {
        float rounded = bfloat16(wanted);
        return rounded == 0 ? TINY : rounded;
    }

    private static int rounded(float value, int least, int most) {
        return (int) Math.max(least, Math.min(most, Math.rint(value)));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 5", "7, 64", "16, 130", "2, 3000000"})
    void of_int8_dividesEachChannelByTheScaleThatBringsItsLargestTo127(int out, int in) {
        float[] w = values(out, in);
        try (Scope scope = Scope.open()) {
            Quantized quantized = Quantized.of(Tensor.of(w, out, in), Quantization.INT8_WEIGHTS);
            assertThat(quantized.values().dtype()).isEqualTo(DType.INT8);
            float[] scales = quantized.scale().toFloats();
            long[] values = quantized.values().toLongs();
            Tensor back = quantized.dequantized(in, new Scratch());
            float[] again = back.toFloats();
            for (int row = 0; row < out; row++) {
                float most = 0;
                for (int i = 0; i < in; i++) {
                    most = Math.max(most, Math.abs(w[row * in + i]));
                }
                float scale = scale(most * (float) (1 / 127.0));
                assertThat(scales[row]).isEqualTo(scale);
                for (int i = 0; i < in; i += Math.max(1, in / 1000)) {
                    int at = row * in + i;
                    assertThat(values[at]).isEqualTo(rounded(w[at] / scale, -127, 127));
                    assertThat(again[at])
                            .isEqualTo(values[at] * scale)
                            .isCloseTo(w[at], within(scale / 2 + most / 250));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 5", "7, 64", "5, 130", "4, 192"})
    void of_int4_dividesEachGroupByTheScaleThatBringsItsFarthestToMinus8(int out, int in) {
        float[] w = values(out, in);
        int groups = (in + GROUP - 1) / GROUP;
        int half = groups * GROUP / 2;
        try (Scope scope = Scope.open()) {
            Quantized quantized = Quantized.of(Tensor.of(w, out, in), Quantization.INT4_WEIGHTS);
            assertThat(quantized.values().shape()).containsExactly(out, half);
            assertThat(quantized.scale().shape()).containsExactly(out, groups);
            assertThat(quantized.scale().dtype()).isEqualTo(DType.BFLOAT16);
            long[] bytes = quantized.values().toLongs();
            float[] scales = quantized.scale().to(DType.FLOAT32).toFloats();
            float[] again = new Quantized(quantized.values(), quantized.scale().to(DType.FLOAT32))
                    .dequantized(in, new Scratch())
                    .toFloats();
            for (int row = 0; row < out; row++) {
                for (int i = 0; i < in; i++) {
                    int group = i / GROUP;
                    float scale = groupScale(w, row * in + group * GROUP, Math.min(GROUP, in - group * GROUP));
                    assertThat(scales[row * groups + group]).isEqualTo(scale);
                    int expected = rounded(w[row * in + i] / scale, -8, 7);
                    long held = bytes[row * half + i % half];
                    long nibble = i < half ? held & 15 : held >> 4;
                    assertThat(nibble).isEqualTo(expected & 15);
                    assertThat(again[row * in + i]).isEqualTo(expected * scale);
                }
            }
        }
    }

    private static float groupScale(float[] w, int from, int count) {
        float most = 0;
        float least = 0;
        for (int i = from; i < from + count; i++) {
            most = Math.max(most, w[i]);
            least = Math.min(least, w[i]);
        }
        if (count == GROUP) { // a group that is filled up has a 0
            most = -Float.MAX_VALUE;
            least = Float.MAX_VALUE;
            for (int i = from; i < from + count; i++) {
                most = Math.max(most, w[i]);
                least = Math.min(least, w[i]);
            }
        }
        return scale((most >= -least ? most : least) * (float) (1 / -8.0));
    }

    @Test
    void of_aNonFiniteWeight_staysSo() {
        try (Scope scope = Scope.open()) {
            for (Quantization how : new Quantization[] {Quantization.INT8_WEIGHTS, Quantization.INT4_WEIGHTS}) {
                Quantized quantized = Quantized.of(Tensor.of(new float[] {1, Float.NaN, 2}, 1, 3), how);
                assertThat(new Quantized(quantized.values(), quantized.scale().to(DType.FLOAT32))
                                .dequantized(3, new Scratch())
                                .isFinite())
                        .isFalse();
            }
        }
    }

    @Test
    void of_weightsOfANetwork_errsByAFewThousandthsAndHundredths() {
        float[] w = new float[256 * 1024];
        Random random = new Random(1);
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) random.nextGaussian() * 0.02f;
        }
        assertThat(error(w, Quantization.INT8_WEIGHTS)).isBetween(0.004, 0.012);
        assertThat(error(w, Quantization.INT4_WEIGHTS)).isBetween(0.06, 0.12);
    }

    /** Of the values, relative. */
    private static double error(float[] w, Quantization how) {
        try (Scope scope = Scope.open()) {
            Quantized quantized = Quantized.of(Tensor.of(w, 256, 1024), how);
            float[] again = new Quantized(quantized.values(), quantized.scale().to(DType.FLOAT32))
                    .dequantized(1024, new Scratch())
                    .toFloats();
            double wrong = 0;
            double all = 0;
            for (int i = 0; i < w.length; i++) {
                wrong += Math.pow(w[i] - again[i], 2);
                all += Math.pow(w[i], 2);
            }
            return Math.sqrt(wrong / all);
        }
    }

    @Test
    void parse_ofAnUnknownWord_namesAll() {
        assertThat(Quantization.parse("int4-weights")).isEqualTo(Quantization.INT4_WEIGHTS);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Quantization.parse("int3"))
                .withMessage("quantize: must be one of none, int8, int8-weights, int4-weights, not 'int3'");
    }
}
