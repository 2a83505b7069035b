package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OpsTest {
    /** float32 sums of up to a few dozen values of size 1. */
    private static final float TOLERANCE = 2e-5f;

    private final Random random = new Random(1);
    private Scope scope = Scope.open();

    @BeforeEach
    void reopen() {
        scope.close();
        scope = Scope.open();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    @Test
    void linear_sharedByThreads_equalsOracle() {
        int before = Libtorch.threads();
        float[] x = values(2 * 150 * 256);
        float[] weight = values(256 * 256);
        float[] bias = values(256);
        try (Scope scope = Scope.open()) {
            Libtorch.setThreads(2);
            Tensor result = Ops.linear(Tensor.of(x, 2, 150, 256), Tensor.of(weight, 256, 256), Tensor.of(bias, 256));
            assertThat(result.shape()).containsExactly(2, 150, 256);
            float[] expected = Oracle.linear(x, weight, bias, 300, 256, 256);
            assertThat(result.toFloats()).containsExactly(expected, within(1e-4f)); // sums of 256 products
        } finally {
            Libtorch.setThreads(before);
        }
    }

    /** Above the size that is packed, and of some tokens of a larger tensor. */
    @Test
    void linear_ofALargeWeightInBfloat16_isNearFloat32() {
        int in = 2048;
        int out = 2100;
        assertThat((long) in * out).isGreaterThan(Ops.LARGEST_PACKED);
        Tensor x = Tensor.of(values(40 * in), 1, 40, in).narrow(1, 8, 20);
        Tensor weight = Tensor.of(values(in * out), out, in).mul(0.02);
        Tensor bias = Tensor.of(values(out), out);
        Tensor x16 = x.to(DType.BFLOAT16);
        Tensor weight16 = Ops.packed(weight.to(DType.BFLOAT16));
        Tensor bias16 = bias.to(DType.BFLOAT16);
        assertNear(Ops.linear(x16, weight16, bias16), Ops.linear(x, weight, bias));
        assertNear(Ops.linear(x16, weight16, null), Ops.linear(x, weight, null));
        assertNear(Ops.linearGeluTanh(x16, weight16, bias16), Ops.linearGeluTanh(x, weight, bias));
    }

    private static void assertNear(Tensor actual, Tensor expected) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        double wrong = squares(actual.to(DType.FLOAT32).sub(expected));
        assertThat(Math.sqrt(wrong / squares(expected))).isLessThan(0.01);
    }

    private static double squares(Tensor x) {
        double sum = 0;
        for (float value : x.toFloats()) {
            sum += (double) value * value;
        }
        return sum;
    }

    @ParameterizedTest
    @CsvSource({"1", "3", "4", "7", "8", "100"})
    void inTurns_equalsAllAtOnce(long tokens) {
        Tensor x = Tensor.of(values(2 * 7 * 5), 2, 7, 5);
        Tensor result = Ops.inTurns(
                7, tokens, (token, some) -> x.narrow(1, token, some).mul(2).narrow(2, 1, 3));
        assertThat(result.shape()).containsExactly(2, 7, 3);
        assertThat(result.toFloats()).containsExactly(x.mul(2).narrow(2, 1, 3).toFloats());
    }

    @Test
    void linear_withAndWithoutBias_equalsOracle() {
        float[] x = values(2 * 3 * 17);
        float[] weight = values(5 * 17);
        float[] bias = values(5);
        Tensor tensor = Tensor.of(x, 2, 3, 17);
        Tensor result = Ops.linear(tensor, Tensor.of(weight, 5, 17), Tensor.of(bias, 5));
        assertThat(result.shape()).containsExactly(2, 3, 5);
        assertEqual(result, Oracle.linear(x, weight, bias, 6, 17, 5));
        assertEqual(
                Ops.linear(tensor, Tensor.of(weight, 5, 17), null), Oracle.linear(x, weight, new float[0], 6, 17, 5));
    }

    @Test
    void linear_withPackedWeights_equalsOracle() {
        float[] x = values(6 * 17);
        float[] weight = values(5 * 17);
        float[] bias = values(5);
        Tensor packed = Ops.packed(Tensor.of(weight, 5, 17));
        Tensor result = Ops.linear(Tensor.of(x, 2, 3, 17), packed, Tensor.of(bias, 5));
        assertThat(result.shape()).containsExactly(2, 3, 5);
        assertEqual(result, Oracle.linear(x, weight, bias, 6, 17, 5));
        float[] some = Arrays.copyOfRange(x, 2 * 17, 4 * 17);
        assertEqual(
                Ops.linear(Tensor.of(x, 1, 6, 17).narrow(1, 2, 2), packed, null),
                Oracle.linear(some, weight, new float[0], 2, 17, 5));
    }

    @Test
    void packed_tooLarge_isTheWeightItself() {
        Tensor large = Tensor.zeros(DType.BFLOAT16, Device.CPU, 2049, 2048);
        assertThat(Ops.packed(large)).isSameAs(large);
        assertThat(Ops.linear(Tensor.zeros(DType.BFLOAT16, Device.CPU, 3, 2048), large, null)
                        .shape())
                .containsExactly(3, 2049);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "BFLOAT16", "FLOAT64"})
    void linearGeluTanh_equalsItsParts(DType dtype) {
        Tensor x = Tensor.of(values(6 * 17), 6, 17).to(dtype);
        Tensor weight = Tensor.of(values(5 * 17), 5, 17).to(dtype);
        Tensor bias = Tensor.of(values(5), 5).to(dtype);
        float[] expected = Ops.geluTanh(Ops.linear(x, weight, bias)).toFloats();
        float tolerance = dtype == DType.BFLOAT16 ? 0.05f : TOLERANCE; // bfloat16 rounds before GELU in the parts alone
        assertThat(Ops.linearGeluTanh(x, weight, bias).toFloats()).containsExactly(expected, within(tolerance));
        assertThat(Ops.linearGeluTanh(x, Ops.packed(weight), bias).toFloats())
                .containsExactly(expected, within(tolerance));
    }

    @Test
    void linear_misshapen_saysSo() {
        Tensor weight = Ops.packed(Tensor.zeros(DType.FLOAT32, Device.CPU, 5, 17));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Ops.linear(Tensor.zeros(DType.FLOAT32, Device.CPU, 3, 16), weight, null))
                .withMessageStartingWith("linear: [3, 16] with [5, 17]: ");
    }

    @Test
    void matmul_equalsOracle() {
        float[] a = values(4 * 7);
        float[] b = values(7 * 3);
        assertEqual(Ops.matmul(Tensor.of(a, 4, 7), Tensor.of(b, 7, 3)), Oracle.matmul(a, b, 4, 7, 3));
        assertEqual(Ops.bmm(Tensor.of(a, 1, 4, 7), Tensor.of(b, 1, 7, 3)), Oracle.matmul(a, b, 4, 7, 3));
    }

    @Test
    void layerNorm_withAndWithoutWeights_equalsOracle() {
        float[] x = values(6 * 13);
        float[] weight = values(13);
        float[] bias = values(13);
        Tensor tensor = Tensor.of(x, 2, 3, 13);
        assertEqual(
                Ops.layerNorm(tensor, Tensor.of(weight, 13), Tensor.of(bias, 13), 1e-3),
                Oracle.layerNorm(x, weight, bias, 13, 1e-3));
        assertEqual(
                Ops.layerNorm(tensor, null, null, 1e-6), Oracle.layerNorm(x, filled(13, 1), filled(13, 0), 13, 1e-6));
    }

    @Test
    void groupNorm_equalsOracle() {
        float[] x = values(6 * 4 * 5);
        float[] weight = values(6);
        float[] bias = values(6);
        assertEqual(
                Ops.groupNorm(Tensor.of(x, 1, 6, 4, 5), 3, Tensor.of(weight, 6), Tensor.of(bias, 6), 1e-4),
                Oracle.groupNorm(x, weight, bias, 6, 3, 1e-4));
    }

    @Test
    void rmsNorm_equalsOracle() {
        float[] x = values(4 * 9);
        float[] weight = values(9);
        assertEqual(Ops.rmsNorm(Tensor.of(x, 4, 9), Tensor.of(weight, 9), 1e-2), Oracle.rmsNorm(x, weight, 9, 1e-2));
        assertEqual(Ops.rmsNorm(Tensor.of(x, 4, 9), null, 1e-6), Oracle.rmsNorm(x, filled(9, 1), 9, 1e-6));
    }

    @ParameterizedTest
    @CsvSource({"3, 1, 1", "3, 2, 0", "1, 1, 0", "3, 2, 1"})
    void conv2d_equalsOracle(int k, int stride, int padding) {
        float[] x = values(2 * 6 * 7);
        float[] weight = values(3 * 2 * k * k);
        float[] bias = values(3);
        assertEqual(
                Ops.conv2d(
                        Tensor.of(x, 1, 2, 6, 7), Tensor.of(weight, 3, 2, k, k), Tensor.of(bias, 3), stride, padding),
                Oracle.conv2d(new Oracle.Picture(x, 2, 6, 7), weight, bias, k, stride, padding));
    }

    @Test
    void conv2d_ofOneRow_padsColumnsOnly() {
        float[] x = values(2 * 6 * 7);
        float[] row = values(3 * 2 * 3);
        float[] bias = values(3);
        float[] square = new float[3 * 2 * 9]; // the row in the middle of a square kernel
        for (int i = 0; i < 6; i++) {
            System.arraycopy(row, 3 * i, square, 9 * i + 3, 3);
        }
        Tensor result = Ops.conv2d(Tensor.of(x, 1, 2, 6, 7), Tensor.of(row, 3, 2, 1, 3), Tensor.of(bias, 3), 1, 0, 1);
        assertThat(result.shape()).containsExactly(1, 3, 6, 7);
        assertEqual(result, Oracle.conv2d(new Oracle.Picture(x, 2, 6, 7), square, bias, 3, 1, 1));
    }

    @Test
    void pooling_atTheEdge_looksAtValuesInsideOnly() {
        Tensor x = Tensor.of(new float[] {-1, -2, -3, -4, -5, -6, -7, -8, -9}, 1, 1, 3, 3);
        assertThat(Ops.maxPool2d(x, 3, 1, 1).toFloats()).containsExactly(-1, -1, -2, -1, -1, -2, -4, -4, -5);
        assertThat(Ops.avgPool2d(x, 3, 1, 1).toFloats())
                .containsExactly(new float[] {-3, -3.5f, -4, -4.5f, -5, -5.5f, -6, -6.5f, -7}, within(1e-6f));
    }

    @Test
    void pooling_withStride_leavesOutWhatIsLeftOver() {
        Tensor x = Tensor.arange(24).view(1, 1, 4, 6);
        assertThat(Ops.maxPool2d(x, 3, 2, 0).shape()).containsExactly(1, 1, 1, 2);
        assertThat(Ops.maxPool2d(x, 3, 2, 0).toFloats()).containsExactly(14, 16);
        assertThat(Ops.avgPool2d(x, 2, 2, 0).toFloats()).containsExactly(3.5f, 5.5f, 7.5f, 15.5f, 17.5f, 19.5f);
    }

    /** Weights of a = -0.5 for a shift of half a pixel: -1/16, 9/16, 9/16, -1/16; widened to 8 values when halving. */
    @Test
    void resizeBicubic_halved_weighsEightValues() {
        float[] x = values(16);
        float[] weights = new float[8];
        float sum = 0;
        for (int k = 0; k < 8; k++) {
            double d = Math.abs(k - 3.5) / 2;
            weights[k] = (float) (d < 1 ? (1.5 * d - 2.5) * d * d + 1 : -0.5 * (((d - 5) * d + 8) * d - 4));
            sum += weights[k];
        }
        float expected = 0; // the output at 3 looks at 3 to 10
        for (int k = 0; k < 8; k++) {
            expected += weights[k] / sum * x[3 + k];
        }
        Tensor half = Ops.resizeBicubic(Tensor.of(x, 1, 1, 1, 16), 1, 8);
        assertThat(half.shape()).containsExactly(1, 1, 1, 8);
        assertThat(half.toFloats()[3]).isCloseTo(expected, within(1e-6f));
    }

    @Test
    void padEnd_addsZerosRightAndBelow() {
        Tensor padded = Ops.padEnd(Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 2, 2), 1, 2);
        assertThat(padded.shape()).containsExactly(1, 1, 4, 3);
        assertThat(padded.toFloats()).containsExactly(1, 2, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void upsampleNearest2x_repeatsEachValue() {
        Tensor doubled = Ops.upsampleNearest2x(Tensor.of(new float[] {1, 2, 3, 4}, 1, 2, 1, 2));
        assertThat(doubled.shape()).containsExactly(1, 2, 2, 4);
        assertThat(doubled.toFloats()).containsExactly(1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4);
    }

    @Test
    void embedding_takesRowsById() {
        Tensor table = Tensor.arange(6).view(3, 2);
        Tensor rows = Ops.embedding(table, Tensor.of(new long[] {2, 0, 2}, 1, 3));
        assertThat(rows.shape()).containsExactly(1, 3, 2);
        assertThat(rows.toFloats()).containsExactly(4, 5, 0, 1, 4, 5);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Ops.embedding(table, Tensor.of(new long[] {3}, 1)))
                .withMessageStartingWith("embedding: [3, 2] with [1]: ");
    }

    @Test
    void softmax_equalsOracleAndStandsLargeValues() {
        float[] x = values(3 * 8);
        x[3] = 1000;
        x[9] = -1000;
        assertEqual(Ops.softmax(Tensor.of(x, 3, 8), -1), Oracle.softmax(x, 8));
        Tensor columns = Ops.softmax(Tensor.of(x, 3, 8).transpose(0, 1).contiguous(), 0);
        assertEqual(columns.transpose(0, 1).contiguous(), Oracle.softmax(x, 8));
    }

    @Test
    void activations_equalOracles() {
        assertEach(Ops::silu, x -> x * Oracle.sigmoid(x));
        assertEach(Ops::gelu, Oracle::gelu);
        assertEach(Ops::geluTanh, Oracle::geluTanh);
        assertEach(Ops::quickGelu, x -> x * Oracle.sigmoid(1.702 * x));
        assertEach(Ops::relu, x -> Math.max(x, 0));
        assertEach(Tensor::sigmoid, Oracle::sigmoid);
        assertEach(Tensor::sin, Math::sin);
        assertEach(Tensor::cos, Math::cos);
        assertEach(Tensor::exp, Math::exp);
    }

    @Test
    void cat_joinsAlongADimension() {
        Tensor a = Tensor.arange(2).view(2, 1);
        Tensor b = Tensor.arange(4).view(2, 2);
        assertThat(Ops.cat(1, a, b).toFloats()).containsExactly(0, 0, 1, 1, 2, 3);
        assertThat(Ops.cat(0, b, b).shape()).containsExactly(4, 2);
    }

    private void assertEach(UnaryOperator<Tensor> operation, DoubleUnaryOperator oracle) {
        float[] x = values(64);
        x[0] = 0;
        x[1] = 5;
        x[2] = -5;
        assertEqual(operation.apply(Tensor.of(x, 64)), Oracle.each(x, oracle));
    }

    private static void assertEqual(Tensor result, float[] expected) {
        assertThat(result.toFloats()).containsExactly(expected, within(TOLERANCE));
    }

    private float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static float[] filled(int count, float value) {
        float[] values = new float[count];
        java.util.Arrays.fill(values, value);
        return values;
    }
}
