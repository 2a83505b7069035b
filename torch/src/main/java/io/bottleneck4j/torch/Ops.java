package io.bottleneck4j.torch;

import static io.bottleneck4j.torch.NativeCall.call;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.BiFunction;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.InterpolateFuncOptions;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kBicubic;
import org.jspecify.annotations.Nullable;

/** Functions of {@code torch} and {@code torch.nn.functional} on {@link Tensor}s, for static import. */
public final class Ops {
    private static final long[] ONE = {1, 1};

    /** Values of a weight up to which {@link #packed} lays it out anew. */
    public static final long LARGEST_PACKED = 1L << 22;

    /** Tokens of which the middle of FLUX.1's feed-forward stays in a cache and in memory that is used again. */
    private static final long TOKENS_AT_ONCE = 768;

    /**
     * Whether a CPU multiplies bfloat16 in tiles, by AMX, which libtorch's own product and its fused attention use better than oneDNN's
     * product of a weight that is not packed and than composed attention.
     */
    static final boolean TILES = CpuFeatures.detect().hasBfloat16Tiles();

    private Ops() {}

    /** {@code x · weightᵀ + bias}: x [.., in], weight [out, in], perhaps {@linkplain #packed packed}, bias [out]. */
    public static Tensor linear(Tensor x, Tensor weight, @Nullable Tensor bias) {
        if (OneDnn.takes(x.dtype(), x.device()) && !isOfTiles(weight)) {
            return OneDnn.linear(x, weight, bias);
        }
        return Scope.scoped(() -> {
            // Of rows alone: of a part of a larger tensor libtorch would otherwise copy the weight.
            Tensor rows = x.reshape(-1, x.size(-1));
            long[] shape = x.shape();
            shape[shape.length - 1] = weight.size(0);
            return call("linear", () -> torch.linear(rows.raw(), weight.raw(), optional(bias)), x, weight)
                    .view(shape);
        });
    }

    /** {@code geluTanh(linear(x, weight, bias))}; on a CPU in one pass. */
    public static Tensor linearGeluTanh(Tensor x, Tensor weight, @Nullable Tensor bias) {
        return OneDnn.takes(x.dtype(), x.device()) && !isOfTiles(weight)
                ? OneDnn.linearGeluTanh(x, weight, bias)
                : Scope.scoped(() -> geluTanh(linear(x, weight, bias)));
    }

    /**
     * A weight [out, in] laid out as the processor likes it best, for {@link #linear} alone; the weight itself where that brings
     * nothing: on a GPU, and above {@value #LARGEST_PACKED} elements, where the product takes much longer than laying out, and a
     * copy would cost memory that a mapped file does not.
     */
    public static Tensor packed(Tensor weight) {
        boolean pays = !isLarge(weight) && OneDnn.takes(weight.dtype(), weight.device());
        return pays ? OneDnn.packed(weight) : weight;
    }

    private static boolean isLarge(Tensor weight) {
        return weight.numel() > LARGEST_PACKED;
    }

    private static boolean isOfTiles(Tensor weight) {
        return TILES
                && isLarge(weight)
                && weight.dtype() == DType.BFLOAT16
                && weight.device().isCpu();
    }

    /**
     * How many tokens a chain of layers takes at a time soonest, the first being of this weight: few where products are so fast that
     * the memory between them is what is waited for, else all.
     */
    public static long tokensAtOnce(Tensor weight) {
        return isOfTiles(weight) ? TOKENS_AT_ONCE : Long.MAX_VALUE;
    }

    /**
     * What a function makes of each of {@code all} tokens by itself, of so many at a time: [B, L, D].
     *
     * @param function of the first token and how many: [B, tokens, D]
     */
    public static Tensor inTurns(long all, long tokens, BiFunction<Long, Long, Tensor> function) {
        return Scope.scoped(() -> {
            if (all <= tokens) {
                return function.apply(0L, all);
            }
            @Nullable Tensor out = null;
            for (long token = 0; token < all; token += tokens) {
                long some = Math.min(tokens, all - token);
                try (Scope scope = Scope.open()) {
                    Tensor result = function.apply(token, some);
                    if (out == null) {
                        out = scope.keep(
                                Tensor.empty(result.dtype(), result.device(), result.size(0), all, result.size(2)));
                    }
                    out.narrow(1, token, some).copyFrom(result);
                }
            }
            return Objects.requireNonNull(out);
        });
    }

    /** Matrix product over the last two dimensions; leading ones broadcast. */
    public static Tensor matmul(Tensor a, Tensor b) {
        return call("matmul", () -> torch.matmul(a.raw(), b.raw()), a, b);
    }

    /** Normalises the last dimension to mean 0 and variance 1, then scales and shifts; weight and bias [D]. */
    public static Tensor layerNorm(Tensor x, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
        long[] last = {x.size(-1)};
        return call(
                "layer_norm",
                () -> torch.layer_norm(x.raw(), last, optional(weight), optional(bias), eps, false),
                operands(x, weight));
    }

    /** Normalises groups of channels of x [B, C, ..]; weight and bias [C]. */
    public static Tensor groupNorm(Tensor x, int groups, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
        return call(
                "group_norm",
                () -> torch.group_norm(x.raw(), groups, optional(weight), optional(bias), eps, false),
                operands(x, weight));
    }

    /** Divides the last dimension by its root mean square, computed in float32, then scales by weight [D]. */
    public static Tensor rmsNorm(Tensor x, @Nullable Tensor weight, double eps) {
        long[] last = {x.size(-1)};
        return call(
                "rms_norm",
                () -> torch.rms_norm(x.raw(), last, optional(weight), new DoubleOptional(eps)),
                operands(x, weight));
    }

    /** 2-D convolution with zero padding: x [B, C, H, W], weight [O, C / groups, kh, kw], bias [O]. */
    public static Tensor conv2d(Tensor x, Tensor weight, @Nullable Tensor bias, int stride, int padding) {
        return conv2d(x, weight, bias, stride, padding, padding);
    }

    /** The same with {@code rows} of zeros above and below, and {@code columns} left and right. */
    public static Tensor conv2d(Tensor x, Tensor weight, @Nullable Tensor bias, int stride, int rows, int columns) {
        long[] strides = {stride, stride};
        long[] paddings = {rows, columns};
        return call(
                "conv2d",
                () -> torch.conv2d(x.raw(), weight.raw(), optional(bias), strides, paddings, ONE, 1),
                x,
                weight);
    }

    /** The largest of each k × k values of x [B, C, H, W]; values outside, {@code padding} wide, never are. */
    public static Tensor maxPool2d(Tensor x, int k, int stride, int padding) {
        long[] kernel = {k, k};
        long[] strides = {stride, stride};
        long[] paddings = {padding, padding};
        return call("max_pool2d", () -> torch.max_pool2d(x.raw(), kernel, strides, paddings, ONE, false), x);
    }

    /** The mean of each k × k values of x [B, C, H, W]; values outside, {@code padding} wide, do not count. */
    public static Tensor avgPool2d(Tensor x, int k, int stride, int padding) {
        long[] kernel = {k, k};
        long[] strides = {stride, stride};
        long[] paddings = {padding, padding};
        return call(
                "avg_pool2d",
                () -> torch.avg_pool2d(x.raw(), kernel, strides, paddings, false, false, new LongOptional()),
                x);
    }

    /**
     * x [B, C, H, W] at another size by cubic convolution (a = -0.5), widened by the scale when shrinking: {@code interpolate} in its mode
     * "bicubic" with {@code antialias}.
     */
    public static Tensor resizeBicubic(Tensor x, int height, int width) {
        return call(
                "interpolate",
                () -> {
                    InterpolateFuncOptions options = new InterpolateFuncOptions();
                    options.size().put(new LongVector(height, width));
                    options.mode().put(new kBicubic());
                    options.align_corners().put(new BoolOptional(false));
                    options.antialias().put(true);
                    return torch.interpolate(x.raw(), options);
                },
                x);
    }

    /** 3-D convolution without padding: x [B, C, F, H, W], weight [O, C, kf, kh, kw], bias [O]. */
    public static Tensor conv3d(Tensor x, Tensor weight, @Nullable Tensor bias, int timeStride, int sideStride) {
        return conv3d(x, weight, bias, timeStride, sideStride, 0);
    }

    /** The same with zeros, {@code padding} wide, around each frame. */
    public static Tensor conv3d(
            Tensor x, Tensor weight, @Nullable Tensor bias, int timeStride, int sideStride, int padding) {
        long[] strides = {timeStride, sideStride, sideStride};
        long[] paddings = {0, padding, padding};
        long[] dilations = {1, 1, 1};
        return call(
                "conv3d",
                () -> torch.conv3d(x.raw(), weight.raw(), optional(bias), strides, paddings, dilations, 1),
                x,
                weight);
    }

    /** Adds copies of the first frame before x [B, C, F, H, W], and copies of the edges, {@code side} wide, around each frame. */
    public static Tensor padReplicate(Tensor x, int before, int side) {
        long[] padding = {side, side, side, side, before, 0};
        return call("pad", () -> torch.replication_pad3d(x.raw(), padding), x);
    }

    /** Adds zeros at the end of the last two dimensions: {@code right} columns and {@code bottom} rows. */
    public static Tensor padEnd(Tensor x, int right, int bottom) {
        long[] padding = {0, right, 0, bottom};
        return call("pad", () -> torch.constant_pad_nd(x.raw(), padding), x);
    }

    /** Doubles height and width of x [B, C, H, W], each value repeated. */
    public static Tensor upsampleNearest2x(Tensor x) {
        long[] size = {2 * x.size(-2), 2 * x.size(-1)};
        return call("upsample_nearest2d", () -> torch.upsample_nearest2d(x.raw(), size), x);
    }

    /** Rows of a table [V, D] by int64 ids of any shape: [.., D]. */
    public static Tensor embedding(Tensor table, Tensor ids) {
        return call("embedding", () -> torch.embedding(table.raw(), ids.raw()), table, ids);
    }

    /** {@code exp(x)} divided by its sum along a dimension. */
    public static Tensor softmax(Tensor x, int dim) {
        return call("softmax", () -> torch.softmax(x.raw(), dim), x);
    }

    /** {@code x · sigmoid(x)}. */
    public static Tensor silu(Tensor x) {
        return call("silu", () -> torch.silu(x.raw()), x);
    }

    /** {@link #silu} written over x itself; for large tensors that nothing else sees. */
    public static Tensor siluInPlace(Tensor x) {
        call("silu_", () -> torch.silu_(x.raw()), x);
        return x;
    }

    /** The exact Gaussian error linear unit. */
    public static Tensor gelu(Tensor x) {
        return call("gelu", () -> torch.gelu(x.raw(), "none"), x);
    }

    /** Its approximation by tanh, "gelu_new" of T5 and "gelu-approximate" of diffusers. */
    public static Tensor geluTanh(Tensor x) {
        return call("gelu", () -> torch.gelu(x.raw(), "tanh"), x);
    }

    /** {@code x · sigmoid(1.702 x)}, CLIP's "quick_gelu". */
    public static Tensor quickGelu(Tensor x) {
        return Scope.scoped(() -> x.mul(x.mul(1.702).sigmoid()));
    }

    /** {@code max(x, 0)}. */
    public static Tensor relu(Tensor x) {
        return call("relu", () -> torch.relu(x.raw()), x);
    }

    /** Joins tensors along a dimension. */
    public static Tensor cat(int dim, Tensor... parts) {
        return call(
                "cat",
                () -> {
                    org.bytedeco.pytorch.Tensor[] raw = new org.bytedeco.pytorch.Tensor[parts.length];
                    Arrays.setAll(raw, i -> parts[i].raw());
                    return torch.cat(new TensorVector(raw), dim);
                },
                parts);
    }

    /** Pairs of float32 values [.., n, 2] seen as complex64 [.., n]: the {@code turns} of {@link Attention#queriesAndKeys}. */
    public static Tensor asComplex(Tensor pairs) {
        return call("view_as_complex", () -> torch.view_as_complex(pairs.raw()), pairs);
    }

    /** {@code a · b} of batches of matrices [N, L, K] and [N, K, M]. */
    static Tensor bmm(Tensor a, Tensor b) {
        return call("bmm", () -> torch.bmm(a.raw(), b.raw()), a, b);
    }

    /** Fused attention; see {@link Attention}. */
    static Tensor fusedAttention(Tensor q, Tensor k, Tensor v, @Nullable Tensor bias, double scale) {
        return call(
                "scaled_dot_product_attention",
                () -> torch.scaled_dot_product_attention(
                        q.raw(), k.raw(), v.raw(), optional(bias), 0.0, false, new DoubleOptional(scale), false),
                q,
                k,
                v);
    }

    private static TensorOptional optional(@Nullable Tensor tensor) {
        return tensor == null ? new TensorOptional() : new TensorOptional(tensor.raw());
    }

    private static Tensor[] operands(Tensor x, @Nullable Tensor weight) {
        return weight == null ? new Tensor[] {x} : new Tensor[] {x, weight};
    }
}
