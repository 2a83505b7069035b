package io.bottleneck4j.torch;

import static io.bottleneck4j.torch.NativeCall.call;

import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;

/**
 * Values of ggml's blocks: uint8 [n, bytes of a block] → float32, n times the values of a block. To the bit what gguf-py makes: products
 * and sums are rounded one by one.
 *
 * <p>Source: dequantize_row_* in ggml-quants.c, dequantize_blocks in gguf-py/gguf/quants.py, gguf@0.19.0.
 */
final class Blocks {
    private static final int SHORT = 2; // bytes of a float16
    private static final int VALUES = 32; // of a block of the older kind
    private static final int NIBBLES = VALUES / 2;
    private static final int HIGH_BITS = VALUES / 8; // bytes of the fifth bits
    private static final int SUPER = 256; // values of a block of the K kind
    private static final int SCALES = 12; // bytes of 8 scales and 8 minima, or 16 scales, of 6 bits each

    private Blocks() {}

    /** d, 16 bytes: the low bits are the first 16 values, the high bits the others. */
    static Tensor q40(Tensor blocks) {
        return scaled(floats(bits(blocks, SHORT, NIBBLES, NIBBLES, 4), 8), half(blocks, 0));
    }

    /** d, m, 16 bytes. */
    static Tensor q41(Tensor blocks) {
        return scaled(floats(bits(blocks, 2 * SHORT, NIBBLES, NIBBLES, 4), 0), half(blocks, 0))
                .addInPlace(half(blocks, SHORT));
    }

    /** d, the fifth bits of 32 values, 16 bytes. */
    static Tensor q50(Tensor blocks) {
        return scaled(floats(fiveBits(blocks, SHORT), 16), half(blocks, 0));
    }

    /** d, m, the fifth bits, 16 bytes. */
    static Tensor q51(Tensor blocks) {
        return scaled(floats(fiveBits(blocks, 2 * SHORT), 0), half(blocks, 0)).addInPlace(half(blocks, SHORT));
    }

    private static Tensor fiveBits(Tensor blocks, int at) {
        Tensor low = bits(blocks, at + HIGH_BITS, NIBBLES, NIBBLES, 4);
        return with(low, bits(blocks, at, HIGH_BITS, 1, 1), 4);
    }

    /** d, 32 signed bytes. */
    static Tensor q80(Tensor blocks) {
        Tensor signed = blocks.narrow(1, SHORT, VALUES).contiguous().viewAs(DType.INT8, blocks.size(0), VALUES);
        return scaled(signed.to(DType.FLOAT32), half(blocks, 0));
    }

    /** 16 bytes of scale (low bits) and minimum, 64 bytes, d, dmin. */
    static Tensor q2k(Tensor blocks) {
        long n = blocks.size(0);
        int small = SUPER / 16;
        Tensor scales = part(blocks, 0, small);
        int d = small + SUPER / 4;
        Tensor scale = scaled(and(scales, 15).to(DType.FLOAT32), half(blocks, d));
        Tensor minimum = scaled(right(scales, 4).to(DType.FLOAT32), half(blocks, d + SHORT));
        Tensor q = floats(bits(blocks, small, SUPER / 4, 32, 2), 0).view(n, small, 16);
        return minus(q.mulInPlace(scale.unsqueeze(2)), minimum.unsqueeze(2));
    }

    /** The third bits, 64 bytes, 12 bytes of scales, d. */
    static Tensor q3k(Tensor blocks) {
        long n = blocks.size(0);
        int high = SUPER / 8;
        int scalesAt = high + SUPER / 4;
        // Bytes 0 to 7 have the lower 4 bits of 16 scales, bytes 8 to 11 the upper 2.
        Tensor scales = floats(with(bits(blocks, scalesAt, 8, 8, 4), bits(blocks, scalesAt + 8, 4, 4, 2), 4), 32);
        Tensor q = with(bits(blocks, high, SUPER / 4, 32, 2), bits(blocks, 0, high, high, 1), 2);
        Tensor scale = scaled(scales, half(blocks, scalesAt + SCALES));
        return floats(q, 4).view(n, 16, 16).mulInPlace(scale.unsqueeze(2));
    }

    /** d, dmin, 12 bytes of scales and minima, 128 bytes. */
    static Tensor q4k(Tensor blocks) {
        int at = 2 * SHORT + SCALES;
        return scaledWithMinima(blocks, bits(blocks, at, SUPER / 2, 32, 4));
    }

    /** d, dmin, 12 bytes of scales and minima, the fifth bits, 128 bytes. */
    static Tensor q5k(Tensor blocks) {
        int at = 2 * SHORT + SCALES;
        int high = SUPER / 8;
        return scaledWithMinima(
                blocks, with(bits(blocks, at + high, SUPER / 2, 32, 4), bits(blocks, at, high, high, 1), 4));
    }

    private static Tensor scaledWithMinima(Tensor blocks, Tensor q) {
        long n = blocks.size(0);
        int at = 2 * SHORT;
        // Four bytes each: scales 0 to 3 with the upper bits of 4 to 7, minima likewise, the lower bits of both's 4 to
        // 7.
        Tensor first = part(blocks, at, 4);
        Tensor second = part(blocks, at + 4, 4);
        Tensor third = part(blocks, at + 8, 4);
        Tensor scales = Ops.cat(1, and(first, 63), with(and(third, 15), right(first, 6), 4));
        Tensor minima = Ops.cat(1, and(second, 63), with(right(third, 4), right(second, 6), 4));
        Tensor scale = scaled(scales.to(DType.FLOAT32), half(blocks, 0));
        Tensor minimum = scaled(minima.to(DType.FLOAT32), half(blocks, SHORT));
        return minus(floats(q, 0).view(n, 8, 32).mulInPlace(scale.unsqueeze(2)), minimum.unsqueeze(2));
    }

    /** 128 bytes of lower bits, 64 of upper bits, 16 signed scales, d. */
    static Tensor q6k(Tensor blocks) {
        long n = blocks.size(0);
        int high = SUPER / 2;
        int scalesAt = high + SUPER / 4;
        Tensor q = with(bits(blocks, 0, high, 64, 4), bits(blocks, high, SUPER / 4, 32, 2), 4);
        Tensor scales = part(blocks, scalesAt, 16).viewAs(DType.INT8, n, 16).to(DType.FLOAT32);
        Tensor scale = scaled(scales, half(blocks, scalesAt + 16));
        return floats(q, 32).view(n, 16, 16).mulInPlace(scale.unsqueeze(2));
    }

    /**
     * Numbers of a few bits: of each group of bytes first the lowest bits of all, then the next higher.
     *
     * @return uint8 [n, 8 / width * count]
     */
    private static Tensor bits(Tensor blocks, int at, int count, int group, int width) {
        long n = blocks.size(0);
        Tensor bytes = part(blocks, at, count).view(n, count / group, 1, group);
        int mask = (1 << width) - 1;
        Tensor[] numbers = IntStream.range(0, 8 / width)
                .mapToObj(i -> and(i == 0 ? bytes : right(bytes, i * width), mask))
                .toArray(Tensor[]::new);
        return Ops.cat(2, numbers).view(n, -1);
    }

    private static Tensor part(Tensor blocks, int at, int count) {
        return blocks.narrow(1, at, count).contiguous();
    }

    /** A float16 of each block as float32 [n, 1]. */
    private static Tensor half(Tensor blocks, int at) {
        return part(blocks, at, SHORT).viewAs(DType.FLOAT16, blocks.size(0), 1).to(DType.FLOAT32);
    }

    /** Unsigned numbers less the one that stands for 0. */
    private static Tensor floats(Tensor numbers, int zero) {
        Tensor floats = numbers.to(DType.FLOAT32);
        if (zero != 0) {
            call("sub_", () -> floats.raw().sub_(new Scalar(zero)), floats);
        }
        return floats;
    }

    private static Tensor scaled(Tensor values, Tensor scale) {
        return values.mulInPlace(scale);
    }

    private static Tensor minus(Tensor values, Tensor minimum) {
        call("sub_", () -> values.raw().sub_(minimum.raw()), values, minimum);
        return values;
    }

    private static Tensor and(Tensor bytes, int mask) {
        return call("unpack", () -> torch.bitwise_and(bytes.raw(), new Scalar(mask)), bytes);
    }

    private static Tensor right(Tensor bytes, int count) {
        return call("unpack", () -> torch.bitwise_right_shift(bytes.raw(), new Scalar(count)), bytes);
    }

    /** Lower bits with upper bits that begin at so many. */
    private static Tensor with(Tensor low, Tensor high, int at) {
        return call(
                "unpack",
                () -> torch.bitwise_or(low.raw(), torch.bitwise_left_shift(high.raw(), new Scalar(at))),
                low,
                high);
    }
}
