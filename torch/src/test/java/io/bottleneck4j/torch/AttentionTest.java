package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
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
    private static final double EPS = 1e-2;
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

    /** Two streams of 2 and 3 tokens, each with scales of its own. */
    @Test
    void queriesAndKeys_ofTwoStreams_areNormalisedScaledAndTurned() {
        int tokens = 5;
        int heads = 2;
        float[] projected;
        float[] scales;
        float[] turns;
        try (Noise noise = Noise.seeded(4)) {
            projected = noise.randn(tokens, 3L * heads * DH).toFloats();
            scales = noise.randn(2, 2L * heads * DH).toFloats();
            turns = noise.randn(tokens, DH).toFloats();
        }
        Tensor x = Tensor.of(projected, 1, tokens, 3L * heads * DH);
        Tensor both = Tensor.of(scales, 2, 2L * heads, DH);
        Tensor complex = Ops.asComplex(Tensor.of(turns, tokens, 1, DH / 2, 2));
        List<Attention.Scales> streams =
                List.of(new Attention.Scales(2, both.select(0, 0)), new Attention.Scales(3, both.select(0, 1)));
        float[] expected = queriesAndKeys(projected, scales, turns, tokens, heads);
        Tensor result = Attention.queriesAndKeys(x, streams, EPS, complex);
        assertThat(result.shape()).containsExactly(2, heads, tokens, DH);
        assertThat(result.toFloats()).containsExactly(expected, within(FLOAT32));
        assertThat(x.toFloats()).as("the input stays").containsExactly(projected);
        Tensor half = Attention.queriesAndKeys(b(x), streams, EPS, complex);
        assertThat(half.dtype()).isEqualTo(DType.BFLOAT16);
        assertThat(half.toFloats()).containsExactly(expected, within(BFLOAT16));
    }

    /** Token by token and head by head, from the oracle's parts. */
    private static float[] queriesAndKeys(float[] projected, float[] scales, float[] turns, int tokens, int heads) {
        float[] result = new float[2 * heads * tokens * DH];
        for (int t = 0; t < tokens; t++) {
            int stream = t < 2 ? 0 : 1;
            float[] turn = Arrays.copyOfRange(turns, t * DH, (t + 1) * DH);
            for (int h = 0; h < 2 * heads; h++) { // queries' heads, then keys'
                int in = (t * 3 * heads + h) * DH;
                int scale = (stream * 2 * heads + h) * DH;
                float[] normed = Oracle.rmsNorm(
                        Arrays.copyOfRange(projected, in, in + DH),
                        Arrays.copyOfRange(scales, scale, scale + DH),
                        DH,
                        EPS);
                System.arraycopy(Oracle.rotatePairs(normed, turn), 0, result, (h * tokens + t) * DH, DH);
            }
        }
        return result;
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
