package io.bottleneck4j.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComposedAttentionTest {
    /** In one block, in blocks of heads, and in blocks of one head's queries; even and with a rest. */
    @ParameterizedTest
    @CsvSource({
        "1, 3, 7, 11, 1, 10000",
        "2, 3, 40, 9, 0.3, 2160",
        "1, 4, 40, 90, 0.3, 7200",
        "1, 5, 40, 90, 0.3, 7300",
        "1, 2, 40, 90, 0.3, 1000",
        "1, 1, 40, 90, 0.3, 900",
        "1, 2, 40, 90, 0.3, 1"
    })
    void composed_anyShape_equalsFused(long batch, long heads, long queries, long keys, double scale, long elements) {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(5)) {
            Tensor q = noise.randn(batch, queries, heads, 8).transpose(1, 2);
            Tensor k = noise.randn(batch, keys, heads, 8).transpose(1, 2);
            Tensor v = noise.randn(batch, keys, heads, 8).transpose(1, 2);
            Tensor full = noise.randn(batch, heads, queries, keys);
            Tensor shared = full.narrow(1, 0, 1);
            for (Tensor bias : new @Nullable Tensor[] {null, full, shared}) {
                float[] expected = Ops.fusedAttention(q, k, v, bias, scale).toFloats();
                assertThat(difference(
                                Attention.composed(q, k, v, bias, scale, elements)
                                        .toFloats(),
                                expected))
                        .isLessThan(2e-5);
            }
        }
    }

    @Test
    void attention_bfloat16WithMask_ignoresMaskedKeys() {
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(6)) {
            Tensor q = noise.randn(1, 2, 3, 8).to(DType.BFLOAT16);
            Tensor v = noise.randn(1, 2, 3, 8).to(DType.BFLOAT16);
            float no = Float.NEGATIVE_INFINITY;
            Tensor mask = Tensor.of(new float[] {0, no, no, 0, 0, no, 0, 0, 0}, 1, 1, 3, 3)
                    .to(DType.BFLOAT16);
            Tensor out = Attention.attention(q, q, v, mask, 1);
            assertThat(out.dtype()).isEqualTo(DType.BFLOAT16);
            assertThat(out.select(2, 0).toFloats()).isEqualTo(v.select(2, 0).toFloats());
            assertThat(out.isFinite()).isTrue();
        }
    }

    private static double difference(float[] actual, float[] expected) {
        double greatest = 0;
        for (int i = 0; i < expected.length; i++) {
            greatest = Math.max(greatest, Math.abs((double) actual[i] - expected[i]));
        }
        return greatest;
    }
}
