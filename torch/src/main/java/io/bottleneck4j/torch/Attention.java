package io.bottleneck4j.torch;

import static io.bottleneck4j.torch.Scope.scoped;

import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention: {@code softmax(q · kᵀ · scale + bias) · v}.
 *
 * <p>libtorch's fused kernel is used on a GPU and, on a CPU, in float32. In bfloat16 on a CPU the Maven build's kernel is
 * some 28 times slower than composing the same from oneDNN's matrix products, so it is composed, over blocks of queries
 * that keep the scores within a cache-sized budget; the softmax works in float32 inside. Memory then grows with L, not
 * L². (docs/performance.md has the measurements.)
 */
public final class Attention {
    /** Scores of one block of queries, over all heads: 8 MiB in bfloat16. */
    private static final long BLOCK_ELEMENTS = 1L << 22;

    private Attention() {}

    /** Attention with scale 1/√Dh and no bias: q [B, H, Lq, Dh], k and v [B, H, Lk, Dh] → [B, H, Lq, Dh]. */
    public static Tensor attention(Tensor q, Tensor k, Tensor v) {
        return attention(q, k, v, null, 1 / Math.sqrt((double) q.size(-1)));
    }

    /**
     * Attention: q [B, H, Lq, Dh], k and v [B, H, Lk, Dh] → [B, H, Lq, Dh].
     *
     * @param bias added to the scores; broadcasts to [B, H, Lq, Lk]; of q's type
     */
    public static Tensor attention(Tensor q, Tensor k, Tensor v, @Nullable Tensor bias, double scale) {
        boolean composed = q.device().isCpu() && q.dtype() == DType.BFLOAT16;
        if (composed) {
            return composed(q, k, v, bias, scale, BLOCK_ELEMENTS);
        }
        return q.device().isCpu()
                ? Libtorch.withSingleThreadedProducts(() -> Ops.fusedAttention(q, k, v, bias, scale))
                : Ops.fusedAttention(q, k, v, bias, scale);
    }

    /**
     * The composed form, for any type.
     *
     * @param budget most scores of one block of queries; the test makes it small to have many blocks
     */
    static Tensor composed(Tensor q, Tensor k, Tensor v, @Nullable Tensor bias, double scale, long budget) {
        long b = q.size(0);
        long h = q.size(1);
        long lq = q.size(2);
        long dh = q.size(3);
        long lk = k.size(2);
        return scoped(() -> {
            Tensor queries = q.mul(scale).reshape(b * h, lq, dh);
            Tensor keys = k.reshape(b * h, lk, dh).transpose(1, 2);
            Tensor values = v.reshape(b * h, lk, dh);
            Tensor added = bias == null ? null : bias.expand(b, h, lq, lk);
            long block = Math.max(1, Math.min(lq, budget / Math.max(1, b * h * lk)));
            if (block == lq) {
                return block(queries, keys, values, added).view(b, h, lq, dh);
            }
            Tensor out = Tensor.empty(q.dtype(), q.device(), b * h, lq, dh);
            for (long start = 0; start < lq; start += block) {
                long length = Math.min(block, lq - start);
                try (Scope scope = Scope.open()) {
                    Tensor part = added == null ? null : added.narrow(2, start, length);
                    out.narrow(1, start, length).copyFrom(block(queries.narrow(1, start, length), keys, values, part));
                }
            }
            return out.view(b, h, lq, dh);
        });
    }

    private static Tensor block(Tensor queries, Tensor keys, Tensor values, @Nullable Tensor bias) {
        return scoped(() -> {
            Tensor scores = Ops.bmm(queries, keys);
            Tensor biased = bias == null ? scores : scores.add(bias.reshape(scores.shape()));
            return Ops.bmm(Ops.softmax(biased, -1), values);
        });
    }
}
