package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Packing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a file says of one tensor without its values.
 *
 * @param dtype type of the elements as {@link TensorSource#tensor} gives them
 * @param shape entries along every dimension
 * @param packing how the file holds them; null where that is the type
 */
public record TensorInfo(
        DType dtype, List<Long> shape, @Nullable Packing packing) {
    /** Copies the shape. */
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /** Of a tensor that is not packed. */
    public TensorInfo(DType dtype, List<Long> shape) {
        this(dtype, shape, null);
    }

    /** Number of elements. */
    public long numel() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /** Bytes of the values as the file holds them. */
    public long bytes() {
        return packing == null ? Math.multiplyExact(numel(), dtype.bytes()) : packing.bytes(numel());
    }

    /** What the file holds, as {@code bfloat16} or {@code Q4_K}. */
    public String type() {
        return packing == null ? dtype.toString() : packing.toString();
    }
}
