package io.bottleneck4j.torch;

import static io.bottleneck4j.torch.NativeCall.call;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer whose weights and inputs are whole numbers of 8 bits: each token's inputs are divided by a scale of its own, rounded, and
 * multiplied with the weights; the two scales are multiplied in afterwards.
 *
 * <p>Where the processor has such products (VNNI or AMX) oneDNN makes them, in sums of 32 bits. Elsewhere oneDNN adds pairs of them up in 16
 * bits, which overflow; there the same whole numbers are multiplied as float32, which is exact up to 2^24 and rounds beyond as float32 does.
 * That is no faster than a layer that is not quantized, and for tests.
 */
public final class Int8Product {
    private static final double TINY = 0x1p-100;
    private static final double MOST = 127;
    /** What a scale rounded to bfloat16 still brings to 127 at most. */
    private static final double MOST_SHORT = 126.5;

    /** Tokens whose values stay in a cache between the passes over them. */
    public static final long TOKENS_AT_ONCE = 512;

    private final Tensor weight;
    private final Tensor scale;
    private final boolean oneDnn;

    private Int8Product(Tensor weight, Tensor scale, boolean oneDnn) {
        this.weight = weight;
        this.scale = scale;
        this.oneDnn = oneDnn;
    }

    /**
     * The product with weights [out, in] of {@link Quantized}.
     *
     * @param weight what {@link #laidOut} made of the values
     * @param scale float32 [out]
     */
    public static Int8Product of(Tensor weight, Tensor scale) {
        return new Int8Product(weight, scale, OneDnn.multipliesInt8());
    }

    /** Values int8 [out, in] as the processor likes them best. */
    public static Tensor laidOut(Tensor values) {
        return values.device().isCpu() && OneDnn.multipliesInt8() ? OneDnn.packedInt8(values) : values;
    }

    /** By oneDNN whether or not it is exact here: for tests. */
    static Int8Product byOneDnn(Quantized weight) {
        return new Int8Product(OneDnn.packedInt8(weight.values()), weight.scale(), true);
    }

    /** x [.., in] → [.., out], in the type of x. */
    public Tensor linear(Tensor x, @Nullable Tensor bias, Scratch scratch) {
        return Scope.scoped(() -> {
            long[] shape = x.shape();
            Tensor tokens = x.reshape(-1, shape[shape.length - 1]);
            long out = scale.size(0);
            shape[shape.length - 1] = out;
            return Ops.inTurns(
                            tokens.size(0),
                            TOKENS_AT_ONCE,
                            (token, some) -> few(tokens.narrow(0, token, some), bias, scratch)
                                    .view(1, some, out))
                    .view(shape);
        });
    }

    private Tensor few(Tensor tokens, @Nullable Tensor bias, Scratch scratch) {
        Tensor token = scale(tokens); // [L, 1]
        Tensor whole = tokens.div(token);
        call("round_", () -> whole.raw().round_(), whole);
        Tensor sums = oneDnn
                ? OneDnn.linearInt8(whole.to(DType.INT8), weight, scale, tokens.dtype())
                : byFloats(whole, scratch).to(tokens.dtype());
        return bias == null ? sums.mulInPlace(token) : bias.addcmul(sums, token);
    }

    private static Tensor scale(Tensor tokens) {
        double most = tokens.dtype() == DType.FLOAT32 ? MOST : MOST_SHORT;
        Tensor scale = Quantized.amax(tokens.abs()).mul(1 / most);
        call("clamp_", () -> scale.raw().clamp_(new ScalarOptional(new Scalar(TINY))), scale);
        return scale;
    }

    private Tensor byFloats(Tensor whole, Scratch scratch) {
        Tensor floats = scratch.take(DType.FLOAT32, weight.device(), weight.shape());
        return Ops.linear(whole.to(DType.FLOAT32), floats.copyFrom(weight), null)
                .mulInPlace(scale);
    }
}
