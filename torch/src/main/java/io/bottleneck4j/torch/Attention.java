package io.bottleneck4j.torch;

import static io.bottleneck4j.torch.Scope.scoped;

import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention: {@code softmax(q · kᵀ · scale + bias) · v}.
 *
 * <p>libtorch's fused kernel is used on a GPU and, on a CPU, in float32. In bfloat16 on a CPU the Maven build's kernel is
 * some 28 times slower than composing the same from oneDNN's matrix products, so it is composed, in blocks of a few heads,
 * or of queries of one head where a head alone is too large, whose scores stay in the cache; the softmax works in float32
 * inside. Memory then grows with L, not L². (docs/performance.md has the measurements.)
 */
public final class Attention {
    /** Scores of one block: 4 MiB in bfloat16. */
    private static final long BLOCK_ELEMENTS = 1L << 21;

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
        return composed ? composed(q, k, v, bias, scale, BLOCK_ELEMENTS) : Ops.fusedAttention(q, k, v, bias, scale);
    }

    /** The composed form, for any type, in blocks of this many scores; package-private for the test that compares both. */
    static Tensor composed(Tensor q, Tensor k, Tensor v, @Nullable Tensor bias, double scale, long elements) {
        long b = q.size(0);
        long h = q.size(1);
        long lq = q.size(2);
        long dh = q.size(3);
        long lk = k.size(2);
        return scoped(() -> {
            Tensor queries = (scale == 1 ? q : q.mul(scale)).reshape(b * h, lq, dh);
            Tensor keys = k.reshape(b * h, lk, dh).transpose(1, 2);
            Tensor values = v.reshape(b * h, lk, dh);
            Tensor biases = bias == null ? null : bias.expand(b, h, lq, lk).reshape(b * h, lq, lk);
            long heads = Math.max(1, Math.min(b * h, elements / (lq * lk)));
            long rows = Math.max(1, Math.min(lq, elements / lk));
            if (heads == b * h && rows == lq) {
                return block(queries, keys, values, biases).view(b, h, lq, dh);
            }
            Tensor out = Tensor.empty(q.dtype(), q.device(), b * h, lq, dh);
            for (long head = 0; head < b * h; head += heads) {
                for (long row = 0; row < lq; row += rows) {
                    Block block = new Block(head, Math.min(heads, b * h - head), row, Math.min(rows, lq - row));
                    try (Scope scope = Scope.open()) {
                        block.of(out)
                                .copyFrom(block(
                                        block.of(queries),
                                        block.ofHeads(keys),
                                        block.ofHeads(values),
                                        biases == null ? null : block.of(biases)));
                    }
                }
            }
            return out.view(b, h, lq, dh);
        });
    }

    /** queries [N, Lq, Dh], keys [N, Dh, Lk], values [N, Lk, Dh], bias [N, Lq, Lk]. */
    private static Tensor block(Tensor queries, Tensor keys, Tensor values, @Nullable Tensor bias) {
        return scoped(() -> {
            Tensor scores = bias == null ? Ops.bmm(queries, keys) : biasedScores(queries, keys, bias);
            return Ops.bmm(Ops.softmax(scores, -1), values);
        });
    }

    /** {@code bias + queries · keys}, summed before rounding. */
    private static Tensor biasedScores(Tensor queries, Tensor keys, Tensor bias) {
        return NativeCall.call(
                "baddbmm", () -> torch.baddbmm(bias.raw(), queries.raw(), keys.raw()), bias, queries, keys);
    }

    /** Some heads, and some queries of each. */
    private record Block(long head, long heads, long row, long rows) {
        Tensor ofHeads(Tensor x) {
            return x.narrow(0, head, heads);
        }

        Tensor of(Tensor x) {
            return ofHeads(x).narrow(1, row, rows);
        }
    }
}
