package io.bottleneck4j.torch;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * How files hold weights in fewer bits than they are computed in, by the names that safetensors and GGUF have for it.
 *
 * <p>The eight-bit floats are values of their own. In all others a block of values shares a scale, and perhaps a minimum: {@code d * q},
 * or {@code d * q + m}. Blocks lie along the last dimension. Source: ggml-quants.c and gguf-py/gguf/quants.py of ggml, gguf@0.19.0.
 */
@API(status = API.Status.INTERNAL)
public enum Packing {
    /** Sign, 4 bits of exponent, 3 of mantissa; no infinity: torch.float8_e4m3fn. */
    F8_E4M3(ScalarType.Float8_e4m3fn),
    /** Sign, 5 bits of exponent, 2 of mantissa: torch.float8_e5m2. */
    F8_E5M2(ScalarType.Float8_e5m2),
    /** 4 bits, a scale. */
    Q4_0(32, 18),
    /** 4 bits, a scale and a minimum. */
    Q4_1(32, 20),
    /** 5 bits, a scale. */
    Q5_0(32, 22),
    /** 5 bits, a scale and a minimum. */
    Q5_1(32, 24),
    /** 8 bits, a scale. */
    Q8_0(32, 34),
    /** 2 bits; 16 scales and minima of 4 bits, each of 16 values. */
    Q2_K(256, 84),
    /** 3 bits; 16 scales of 6 bits. */
    Q3_K(256, 110),
    /** 4 bits; 8 scales and minima of 6 bits, each of 32 values. */
    Q4_K(256, 144),
    /** 5 bits; 8 scales and minima of 6 bits. */
    Q5_K(256, 176),
    /** 6 bits; 16 scales of 8 bits. */
    Q6_K(256, 210);

    private final int blockValues;
    private final int blockBytes;
    private final @Nullable ScalarType floats;

    Packing(ScalarType floats) {
        blockValues = 1;
        blockBytes = 1;
        this.floats = floats;
    }

    Packing(int blockValues, int blockBytes) {
        this.blockValues = blockValues;
        this.blockBytes = blockBytes;
        floats = null;
    }

    /**
     * The packing that a safetensors header names.
     *
     * @return null if it is none, but perhaps a {@link DType}
     */
    public static @Nullable Packing ofSafetensors(String name) {
        return Arrays.stream(values())
                .filter(packing -> packing.isFloat8() && packing.name().equals(name))
                .findAny()
                .orElse(null);
    }

    /** Those a safetensors header may name, for messages. */
    public static String safetensorsNames() {
        return Arrays.stream(values())
                .filter(Packing::isFloat8)
                .map(Packing::name)
                .collect(Collectors.joining(", "));
    }

    /** Whether values are floats of 8 bits, which may have a scale beside them in the file. */
    public boolean isFloat8() {
        return floats != null;
    }

    /** Values of a block. */
    public int blockValues() {
        return blockValues;
    }

    /** Bytes of a block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Bytes of so many values, a multiple of {@link #blockValues}. */
    public long bytes(long values) {
        return Math.multiplyExact(values / blockValues, blockBytes);
    }

    /**
     * Writes the values of bytes in one pass, for floats of 8 bits.
     *
     * @param bytes uint8 [n]
     * @param target [n], of any floating-point type
     */
    void copyFloats(Tensor bytes, Tensor target) {
        NativeCall.call("unpack " + this, () -> target.raw().copy_(bytes.raw().view(floats)), bytes, target);
    }

    /**
     * The values of blocks.
     *
     * @param blocks uint8 [n, bytes of a block]
     * @return float32 [n, values of a block], in any shape
     */
    Tensor unpack(Tensor blocks) {
        return switch (this) {
            case F8_E4M3, F8_E5M2 -> floats(blocks);
            case Q4_0 -> Blocks.q40(blocks);
            case Q4_1 -> Blocks.q41(blocks);
            case Q5_0 -> Blocks.q50(blocks);
            case Q5_1 -> Blocks.q51(blocks);
            case Q8_0 -> Blocks.q80(blocks);
            case Q2_K -> Blocks.q2k(blocks);
            case Q3_K -> Blocks.q3k(blocks);
            case Q4_K -> Blocks.q4k(blocks);
            case Q5_K -> Blocks.q5k(blocks);
            case Q6_K -> Blocks.q6k(blocks);
        };
    }

    private Tensor floats(Tensor blocks) {
        Tensor values = Tensor.empty(DType.FLOAT32, blocks.device(), blocks.numel());
        copyFloats(blocks.view(-1), values);
        return values;
    }
}
