package io.bottleneck4j.torch;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apiguardian.api.API;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The type of a tensor's elements. {@link #safetensorsName()} is the spelling of the file format. */
@API(status = API.Status.STABLE)
public enum DType {
    FLOAT64("F64", 8, ScalarType.Double),
    FLOAT32("F32", 4, ScalarType.Float),
    FLOAT16("F16", 2, ScalarType.Half),
    BFLOAT16("BF16", 2, ScalarType.BFloat16),
    INT64("I64", 8, ScalarType.Long),
    INT32("I32", 4, ScalarType.Int),
    INT16("I16", 2, ScalarType.Short),
    INT8("I8", 1, ScalarType.Char),
    UINT8("U8", 1, ScalarType.Byte),
    BOOL("BOOL", 1, ScalarType.Bool);

    private final String safetensorsName;
    private final int bytes;
    private final ScalarType scalarType;

    DType(String safetensorsName, int bytes, ScalarType scalarType) {
        this.safetensorsName = safetensorsName;
        this.bytes = bytes;
        this.scalarType = scalarType;
    }

    /** The spelling in a safetensors header, as {@code BF16}. */
    public String safetensorsName() {
        return safetensorsName;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Whether elements are floating-point numbers. */
    public boolean isFloatingPoint() {
        return this == FLOAT64 || this == FLOAT32 || this == FLOAT16 || this == BFLOAT16;
    }

    /** PyTorch's name in lower case, as {@code bfloat16}; what users write and read. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The type a safetensors header names.
     *
     * @throws IllegalArgumentException if the name is not one this library reads
     */
    public static DType ofSafetensors(String name) {
        for (DType type : values()) {
            if (type.safetensorsName.equals(name)) {
                return type;
            }
        }
        throw new IllegalArgumentException("dtype: must be one of "
                + Arrays.stream(values()).map(DType::safetensorsName).collect(Collectors.joining(", "))
                + ", not "
                + name);
    }

    ScalarType scalarType() {
        return scalarType;
    }

    static DType of(ScalarType type) {
        for (DType candidate : values()) {
            if (candidate.scalarType.value == type.value) { // native calls make their own instances
                return candidate;
            }
        }
        throw new IllegalArgumentException("dtype: " + type + " has no counterpart here");
    }
}
