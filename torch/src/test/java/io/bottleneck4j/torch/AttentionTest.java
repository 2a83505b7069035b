package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionTest {
    private static final int HEADS = 3;
    private static final int LQ = 7;
    private static final int LK = 5;
    private static final int DH = 8;
    private static final double SCALE = 0.3;
    /** Scores of one query over all heads. */
    private static final long ONE_QUERY = (long) HEADS * LK;

    private static final float FLOAT32 = 1e-5f;
    /** Eight bits of mantissa; inputs, scores, weights and result are rounded. */
    private static final float BFLOAT16 = 4e-2f;

    private Scope scope = Scope.open();
    private Tensor q = Tensor.zeros(DType.FLOAT32, Device.CPU, 1);
    private Tensor k = q;
    private Tensor v = q;
    private Tensor bias = q;

    @BeforeEach
    void draw() {
        scope.close();
        scope = Scope.open();
        try (Noise noise = Noise.seeded(3)) {
            q = noise.randn(1, HEADS, LQ, DH);
            k = noise.randn(1, HEADS, LK, DH);
            v = noise.randn(1, HEADS, LK, DH);
            bias = noise.randn(1, HEADS, LQ, LK);
        }
    }

    @AfterEach
    void close() {
        scope.close();
    }

    /** All queries at once; one by one; blocks of 3, 3 and a last one of 1; a budget below a single query. */
    @ParameterizedTest
    @ValueSource(longs = {1 << 22, ONE_QUERY, 3 * ONE_QUERY + 1, 1})
    void composed_inBlocks_equalsOracleAndFused(long budget) {
        float[] expected = oracle(new float[0]);
        assertThat(Attention.composed(q, k, v, null, SCALE, budget).toFloats())
                .containsExactly(expected, within(FLOAT32));
        assertThat(Ops.fusedAttention(q, k, v, null, SCALE).toFloats()).containsExactly(expected, within(FLOAT32));
        assertThat(Attention.composed(b(q), b(k), b(v), null, SCALE, budget).toFloats())
                .containsExactly(expected, within(BFLOAT16));
    }

    @ParameterizedTest
    @ValueSource(longs = {1 << 22, 2 * ONE_QUERY})
    void composed_withBias_equalsOracleAndFused(long budget) {
        float[] expected = oracle(bias.toFloats());
        assertThat(Attention.composed(q, k, v, bias, SCALE, budget).toFloats())
                .containsExactly(expected, within(FLOAT32));
        assertThat(Ops.fusedAttention(q, k, v, bias, SCALE).toFloats()).containsExactly(expected, within(FLOAT32));
        assertThat(Attention.composed(b(q), b(k), b(v), b(bias), SCALE, budget).toFloats())
                .containsExactly(expected, within(BFLOAT16));
    }

    @Test
    void attention_withBiasOfOneRowForAll_broadcastsIt() {
        Tensor row = bias.narrow(1, 0, 1).narrow(2, 0, 1);
        Tensor everywhere = row.expand(1, HEADS, LQ, LK).contiguous();
        float[] expected = oracle(everywhere.toFloats());
        assertThat(Attention.attention(q, k, v, row, SCALE).toFloats()).containsExactly(expected, within(FLOAT32));
        assertThat(Attention.attention(b(q), b(k), b(v), b(row), SCALE).toFloats())
                .containsExactly(expected, within(BFLOAT16));
    }

    @Test
    void attention_inEitherType_keepsTypeAndShape() {
        assertThat(Attention.attention(q, k, v)).hasToString("float32[1, 3, 7, 8] on cpu");
        assertThat(Attention.attention(b(q), b(k), b(v))).hasToString("bfloat16[1, 3, 7, 8] on cpu");
    }

    @Test
    void attention_withoutScale_takesOneOverTheRootOfTheHead() {
        double scale = 1 / Math.sqrt(DH);
        assertThat(Attention.attention(q, k, v).toFloats())
                .containsExactly(Attention.attention(q, k, v, null, scale).toFloats());
    }

    @Test
    void composed_ofStridedInputs_equalsContiguous() {
        Tensor strided = q.transpose(1, 2).contiguous().transpose(1, 2);
        assertThat(Attention.composed(strided, k, v, null, SCALE, 2 * ONE_QUERY).toFloats())
                .containsExactly(
                        Attention.composed(q, k, v, null, SCALE, 2 * ONE_QUERY).toFloats());
    }

    private static Tensor b(Tensor x) {
        return x.to(DType.BFLOAT16);
    }

    private float[] oracle(float[] added) {
        float[] result = new float[HEADS * LQ * DH];
        for (int head = 0; head < HEADS; head++) {
            float[] part = added.length == 0 ? added : part(added, head, LQ * LK);
            float[] values = Oracle.attention(
                    part(q.toFloats(), head, LQ * DH),
                    part(k.toFloats(), head, LK * DH),
                    part(v.toFloats(), head, LK * DH),
                    part,
                    DH,
                    SCALE);
            System.arraycopy(values, 0, result, head * LQ * DH, values.length);
        }
        return result;
    }

    private static float[] part(float[] values, int index, int size) {
        return Arrays.copyOfRange(values, index * size, (index + 1) * size);
    }
}
