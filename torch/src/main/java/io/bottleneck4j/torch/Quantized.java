package io.bottleneck4j.torch;

import static io.bottleneck4j.torch.NativeCall.call;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Weights [out, in] as whole numbers and scales, and back.
 *
 * <p>Scales are rounded to bfloat16 before values are divided by them, so a model in bfloat16 multiplies by the very scale that was divided
 * by.
 *
 * @param values int8 [out, in], or uint8 [out, in / 2] with two values of 4 bits in a byte: the low bits hold a channel's first half, the
 *     high bits its second; {@code in} is filled up with zeros to a multiple of {@value Quantization#GROUP}
 * @param scale float32 [out], or bfloat16 [out, in / {@value Quantization#GROUP}]
 */
public record Quantized(Tensor values, Tensor scale) {
    private static final int GROUP = Quantization.GROUP;
    /** Takes the place of scales that would be 0; bfloat16 has it. */
    private static final double TINY = 0x1p-100;

    private static final double MOST_8 = 127;
    private static final double LEAST_4 = -8;
    private static final double MOST_4 = 7;
    /** Values that are rounded at once: some ten times as many bytes is all that a large layer takes beside itself. */
    private static final long AT_ONCE = 1 << 20;

    private static final Scalar FOUR = kept(new Scalar(4));
    private static final Scalar FIFTEEN = kept(new Scalar(15));

    private static Scalar kept(Scalar scalar) {
        scalar.retainReference(); // out of the scope it happens to be made in
        return scalar;
    }

    /** Weights [out, in] of any floating-point type, rounded; on {@link Device#META} shapes and types alone. */
    public static Quantized of(Tensor weight, Quantization how) {
        Quantized made = empty(how, weight.device(), weight.size(0), weight.size(1));
        made.fill(0, weight);
        return made;
    }

    /** Rounds the weights [n, in] of channels to these, from one of them on. */
    public void fill(long first, Tensor weight) {
        long out = weight.size(0);
        long rows = Math.max(1, AT_ONCE / Math.max(1, weight.size(1)));
        for (long row = 0; row < out && !weight.device().equals(Device.META); row += rows) {
            long n = Math.min(rows, out - row);
            try (Scope scope = Scope.open()) {
                Tensor part = weight.narrow(0, row, n).to(DType.FLOAT32);
                put(first + row, values.dtype() == DType.INT8 ? of8Bits(part) : of4Bits(part));
            }
        }
    }

    /** Copies channels to these, from one of them on. */
    public void put(long first, Quantized channels) {
        long n = channels.values.size(0);
        values.narrow(0, first, n).copyFrom(channels.values);
        scale.narrow(0, first, n).copyFrom(channels.scale);
    }

    /** Memory for weights [out, in]. */
    public static Quantized empty(Quantization how, Device device, long out, long in) {
        return how == Quantization.INT4_WEIGHTS
                ? new Quantized(
                        Tensor.empty(DType.UINT8, device, out, bytes(in)),
                        Tensor.empty(DType.BFLOAT16, device, out, groups(in)))
                : new Quantized(Tensor.empty(DType.INT8, device, out, in), Tensor.empty(DType.FLOAT32, device, out));
    }

    /** Scales of a channel of so many values, at 4 bits. */
    public static long groups(long in) {
        return (in + GROUP - 1) / GROUP;
    }

    /** Bytes of a channel of so many values, at 4 bits. */
    public static long bytes(long in) {
        return groups(in) * GROUP / 2;
    }

    /** Each channel's largest value becomes 127 or -127. */
    private static Quantized of8Bits(Tensor part) {
        long n = part.size(0);
        Tensor scale = scale(amax(part.abs()).mul(1 / MOST_8)); // [n, 1]
        Tensor values = rounded(part.div(scale), -MOST_8, MOST_8).to(DType.INT8);
        return new Quantized(values, scale.view(n));
    }

    /**
     * Of each group the value farthest from 0 becomes -8, by a scale of its own sign: one level more than a scale that is never negative
     * would give it. Source: ggml quantize_row_q4_0.
     */
    private static Quantized of4Bits(Tensor part) {
        long n = part.size(0);
        long in = part.size(1);
        long groups = groups(in);
        Tensor filled = Tensor.zeros(DType.FLOAT32, part.device(), n, groups * GROUP);
        filled.narrow(1, 0, in).copyFrom(part);
        Tensor group = filled.view(n, groups, GROUP);
        Tensor most = amax(group);
        Tensor least = call("amin", () -> group.raw().amin(new long[] {-1}, true), group);
        Tensor farthest = call(
                "where",
                () -> torch.where(most.raw().ge(least.raw().neg()), most.raw(), least.raw()),
                most,
                least); // [n, groups, 1]
        Tensor scale = scale(farthest.mul(1 / LEAST_4));
        Tensor values =
                rounded(group.div(scale), LEAST_4, MOST_4).to(DType.INT8).view(n, groups * GROUP);
        long half = groups * GROUP / 2;
        Tensor bytes = call("pack", () -> packed(values.until(1, half), values.from(1, half)), values);
        return new Quantized(bytes.viewAs(DType.UINT8, n, half), scale.view(n, groups));
    }

    private static org.bytedeco.pytorch.Tensor packed(Tensor low, Tensor high) {
        return torch.bitwise_or(torch.bitwise_and(low.raw(), FIFTEEN), torch.bitwise_left_shift(high.raw(), FOUR));
    }

    /** A scale as bfloat16 has it, and none that is 0. */
    private static Tensor scale(Tensor wanted) {
        Tensor short16 = wanted.to(DType.BFLOAT16).to(DType.FLOAT32);
        return call(
                "where",
                () -> torch.where(
                        short16.raw().eq(new Scalar(0.0)),
                        torch.full_like(short16.raw(), new Scalar(TINY)),
                        short16.raw()),
                short16);
    }

    /** The largest value of the last dimension, which stays with size 1. */
    static Tensor amax(Tensor x) {
        return call("amax", () -> x.raw().amax(new long[] {-1}, true), x);
    }

    /** To the nearest whole number within bounds, written over x itself. */
    private static Tensor rounded(Tensor x, double least, double most) {
        call(
                "round_",
                () -> x.raw()
                        .round_()
                        .clamp_(new ScalarOptional(new Scalar(least)), new ScalarOptional(new Scalar(most))),
                x);
        return x;
    }

    /**
     * The weights [out, in] in the type of the scales, written to memory that the next call writes over. The scales may have been brought to
     * another type.
     */
    public Tensor dequantized(long in, Scratch scratch) {
        return values.dtype() == DType.INT8 ? from8Bits(scratch) : from4Bits(in, scratch);
    }

    private Tensor from8Bits(Scratch scratch) {
        Tensor all = scratch.take(scale.dtype(), values.device(), values.size(0), values.size(1));
        return all.copyFrom(values).mulInPlace(scale.view(-1, 1));
    }

    private Tensor from4Bits(long in, Scratch scratch) {
        long out = values.size(0);
        long half = values.size(1);
        Tensor all = scratch.take(scale.dtype(), values.device(), out, 2 * half);
        Tensor signed = values.viewAs(DType.INT8, out, half);
        // Shifted to the right a signed byte keeps its sign.
        try (Scope scope = Scope.open()) {
            all.from(1, half).copyFrom(call("unpack", () -> torch.bitwise_right_shift(signed.raw(), FOUR), signed));
        }
        try (Scope scope = Scope.open()) {
            Tensor low = call("unpack", () -> torch.bitwise_left_shift(signed.raw(), FOUR), signed);
            call("unpack", () -> low.raw().bitwise_right_shift_(FOUR), low);
            all.until(1, half).copyFrom(low);
        }
        all.view(out, 2 * half / GROUP, GROUP).mulInPlace(scale.unsqueeze(2));
        return in == 2 * half ? all : all.until(1, in).contiguous();
    }
}
