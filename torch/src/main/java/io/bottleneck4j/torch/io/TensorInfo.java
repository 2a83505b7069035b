package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.DType;
import java.util.List;

/**
 * What a file says of one tensor without its values.
 *
 * @param dtype type of the elements
 * @param shape entries along every dimension
 */
public record TensorInfo(DType dtype, List<Long> shape) {
    /** Copies the shape. */
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /** Number of elements. */
    public long numel() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /** Bytes of the values. */
    public long bytes() {
        return Math.multiplyExact(numel(), dtype.bytes());
    }
}
