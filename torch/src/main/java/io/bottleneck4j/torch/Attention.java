package io.bottleneck4j.torch;

import static io.bottleneck4j.torch.Scope.scoped;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention: {@code softmax(q · kᵀ · scale + bias) · v}.
 *
 * <p>libtorch's fused kernel is used on a GPU and, on a CPU, in float32, and in bfloat16 where the processor has AMX. On other CPUs the
 * Maven build's kernel is in bfloat16 some 28 times slower than composing the same from oneDNN's matrix products, so it is composed, in
 * blocks of a few heads, or of queries of one head where a head alone is too large, whose scores stay in the cache; the softmax works in
 * float32 inside. Where a head is so long that a block in the cache were a few queries, a block is 64 of them, for below that the keys are
 * read too often. Either way memory grows with L, not L²: 15 MB for the scores of HunyuanVideo's 119,056 tokens. (docs/performance.md has
 * the measurements.)
 */
public final class Attention {
    /** Scores of one block: 4 MiB in bfloat16. */
    private static final long BLOCK_ELEMENTS = 1L << 21;

    /** Queries of a block at least, where there are so many. */
    private static final long FEWEST_QUERIES = 64;

    /** Values up to which one thread makes queries and keys ready sooner than several; see {@link OpenMp}. */
    private static final long LARGEST_ALONE = 1L << 18;

    /** Values of queries and keys that are made ready at once: 8 MiB in float32. */
    private static final long VALUES_AT_ONCE = 1L << 21;

    private Attention() {}

    /**
     * Queries and keys made ready for attention, together and in float32: each head is divided by its root mean square and scaled, then
     * its pairs of neighbouring values are turned.
     *
     * @param projected queries, keys and values side by side [1, L, 3 · H · Dh], of any floating-point type
     * @param scales of consecutive runs of tokens, as streams with weights of their own have them
     * @param eps added to the mean square
     * @param turns complex64 [L, 1, Dh / 2], see {@link Ops#asComplex}
     * @return [2, H, L, Dh] of projected's type: queries, then keys
     */
    public static Tensor queriesAndKeys(Tensor projected, List<Scales> scales, double eps, Tensor turns) {
        boolean small = projected.device().isCpu() && projected.numel() <= LARGEST_ALONE;
        return small
                ? OpenMp.alone(() -> madeReady(projected, scales, eps, turns))
                : madeReady(projected, scales, eps, turns);
    }

    private static Tensor madeReady(Tensor projected, List<Scales> scales, double eps, Tensor turns) {
        Tensor first = scales.get(0).scale();
        long l = projected.size(1);
        long dh = 2 * turns.size(-1);
        long heads = first.numel() / 2 / dh;
        // On a CPU few tokens at a time, so that all passes over them but the first find them in a cache.
        long atOnce = projected.device().isCpu() ? Math.max(1, VALUES_AT_ONCE / first.numel()) : l;
        return scoped(() -> {
            Tensor out = Tensor.empty(projected.dtype(), projected.device(), 2, heads, l, dh);
            long at = 0;
            for (Scales part : scales) {
                long end = at + part.tokens();
                while (at < end) {
                    long tokens = Math.min(atOnce, end - at);
                    madeReady(
                            projected.narrow(1, at, tokens).narrow(2, 0, first.numel()),
                            part.scale(),
                            eps,
                            turns.narrow(0, at, tokens),
                            out.narrow(2, at, tokens));
                    at += tokens;
                }
            }
            return out;
        });
    }

    /** projected [1, L, 2 · H · Dh] → out [2, H, L, Dh]. */
    private static void madeReady(Tensor projected, Tensor scale, double eps, Tensor turns, Tensor out) {
        long l = projected.size(1);
        long heads = out.size(1);
        long dh = out.size(3);
        long[] normedTogether = {l, scale.size(0), scale.size(1)};
        long[] perHead = {l, 2 * heads, dh};
        long[] split = {l, 2, heads, dh};
        long[] grouped = {1, 2, 0, 3};
        long[] last = {-1};
        NativeCall.call(
                "queries_and_keys",
                () -> {
                    org.bytedeco.pytorch.Tensor x =
                            projected.raw().view(normedTogether).to(DType.FLOAT32.scalarType());
                    org.bytedeco.pytorch.Tensor normed = x.mul(
                                    torch.norm(x, new ScalarOptional(new Scalar(2.0)), last, true)
                                            .square_()
                                            .mul_(new Scalar(1.0 / scale.size(1)))
                                            .add_(new Scalar(eps))
                                            .rsqrt_())
                            .mul_(scale.raw());
                    torch.view_as_complex(normed.view(perHead).unflatten(-1, -1, 2))
                            .mul_(turns.raw());
                    // One copy converts the type and brings each head's rows together.
                    return out.raw().copy_(normed.view(split).permute(grouped));
                },
                projected,
                turns);
    }

    /**
     * What the heads of some tokens are scaled by.
     *
     * @param tokens how many
     * @param scale float32 [2 · H, Dh]: the queries' of every head, then the keys'; or [2, H · Dh], where all heads of a token are divided by
     *     one root mean square
     */
    public record Scales(long tokens, Tensor scale) {}

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
        boolean composed = q.device().isCpu() && q.dtype() == DType.BFLOAT16 && !Ops.TILES;
        return composed
                ? composed(q, k, v, bias, scale, blockElements(k.size(2)))
                : Ops.fusedAttention(q, k, v, bias, scale);
    }

    private static long blockElements(long keys) {
        return Math.max(BLOCK_ELEMENTS, FEWEST_QUERIES * keys);
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

    /**
     * Attention, and how much each key was attended to, from the same products.
     *
     * @param out [1, H, Lq, Dh]
     * @param keyMeans the weight of each key, its mean over heads and queries, float32 [Lk]
     */
    public record WithKeyMeans(Tensor out, Tensor keyMeans) {}

    /**
     * Attention with scale 1 that also says how much each key was attended to: q [1, H, Lq, Dh], k and v [1, H, Lk, Dh]. The weights are
     * made outright, a block at a time; the fused form never has them.
     *
     * @param bias added to the scores [1, 1, Lq, Lk], of q's type
     */
    public static WithKeyMeans withKeyMeans(Tensor q, Tensor k, Tensor v, @Nullable Tensor bias) {
        long heads = q.size(1);
        long lq = q.size(2);
        long dh = q.size(3);
        long lk = k.size(2);
        long rows = Math.max(1, Math.min(lq, blockElements(lk) / lk));
        try (Scope scope = Scope.open()) {
            Tensor queries = q.reshape(heads, lq, dh);
            Tensor keys = k.reshape(heads, lk, dh).transpose(1, 2);
            Tensor values = v.reshape(heads, lk, dh);
            Tensor out = Tensor.empty(q.dtype(), q.device(), heads, lq, dh);
            Tensor sums = Tensor.zeros(DType.FLOAT32, q.device(), lk);
            for (long head = 0; head < heads; head++) {
                for (long row = 0; row < lq; row += rows) {
                    Block block = new Block(head, 1, row, Math.min(rows, lq - row));
                    try (Scope ofBlock = Scope.open()) {
                        Tensor weights = Ops.softmax(
                                bias == null
                                        ? Ops.bmm(block.of(queries), block.ofHeads(keys))
                                        : biasedScores(
                                                block.of(queries),
                                                block.ofHeads(keys),
                                                bias.select(0, 0).narrow(1, row, block.rows())),
                                -1);
                        block.of(out).copyFrom(Ops.bmm(weights, block.ofHeads(values)));
                        sums.addInPlace(weights.to(DType.FLOAT32).sum(1).view(lk));
                    }
                }
            }
            return new WithKeyMeans(
                    scope.keep(out.view(1, heads, lq, dh)), scope.keep(sums.mul(1.0 / ((double) heads * lq))));
        }
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
