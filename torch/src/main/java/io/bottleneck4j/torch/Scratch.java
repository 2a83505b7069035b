package io.bottleneck4j.torch;

import org.jspecify.annotations.Nullable;

/**
 * Memory that the layers of a model write to in turn: as large as the largest asked for, and kept, since fresh memory costs more than
 * writing to it. For one thread at a time.
 */
public final class Scratch implements AutoCloseable {
    private @Nullable Tensor bytes;

    /** Undefined values of this shape, until the next call; they belong to the present scope. */
    public Tensor take(DType dtype, Device device, long... shape) {
        long size = dtype.bytes();
        for (long s : shape) {
            size = Math.multiplyExact(size, s);
        }
        Tensor held = bytes;
        if (held == null || held.numel() < size) {
            close();
            held = Tensor.empty(DType.UINT8, device, size).retain();
            bytes = held;
        }
        return held.narrow(0, 0, size).viewAs(dtype, shape);
    }

    /** Frees the memory; it is taken again when needed. */
    @Override
    public void close() {
        Tensor held = bytes;
        bytes = null;
        if (held != null) {
            held.close();
        }
    }
}
