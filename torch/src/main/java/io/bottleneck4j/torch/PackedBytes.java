package io.bottleneck4j.torch;

import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** The bytes of a weight as a file holds them, perhaps mapped. */
@API(status = API.Status.INTERNAL)
public final class PackedBytes implements PackedTensor {
    /** Values that are made at once: what unpacking takes beside its target is some twelve times as many bytes. */
    private static final long AT_ONCE = 1 << 18;
    /** The same on a GPU, where each step costs a launch. */
    private static final long AT_ONCE_ELSEWHERE = 1 << 23;

    /** Reads bytes of this weight from its file into memory of their own. */
    @FunctionalInterface
    public interface Reading {
        /** uint8 [count], from one of the weight's bytes on. */
        Tensor read(long first, long count);
    }

    private final Packing packing;
    private final List<Long> shape;
    private final Tensor bytes; // uint8 [n]
    private final @Nullable Reading reading;

    private PackedBytes(Packing packing, List<Long> shape, Tensor bytes, @Nullable Reading reading) {
        this.packing = packing;
        this.shape = List.copyOf(shape);
        this.bytes = bytes;
        this.reading = reading;
    }

    /**
     * Bytes in memory.
     *
     * @param shape of the values
     * @param bytes uint8, as many as these take
     */
    public static PackedBytes of(Packing packing, List<Long> shape, Tensor bytes) {
        return of(packing, shape, bytes, null);
    }

    /** Bytes of a mapped file, and how to read them. */
    public static PackedBytes of(Packing packing, List<Long> shape, Tensor bytes, @Nullable Reading reading) {
        long values = shape.stream().reduce(1L, Math::multiplyExact);
        if (values % packing.blockValues() != 0 || bytes.numel() != packing.bytes(values)) {
            throw new IllegalArgumentException("packed: " + bytes.numel() + " bytes are not " + packing + shape
                    + ", which takes " + packing.bytes(values));
        }
        return new PackedBytes(packing, shape, bytes.view(-1), reading);
    }

    @Override
    public List<Long> shape() {
        return shape;
    }

    @Override
    public long bytes() {
        return bytes.numel();
    }

    @Override
    public Device device() {
        return bytes.device();
    }

    private long rows() {
        return shape.isEmpty() ? 1 : shape.get(0);
    }

    private long rowValues() {
        return shape.stream().skip(1).reduce(1L, Math::multiplyExact);
    }

    @Override
    public void copyTo(Tensor target) {
        if (target.numel() == 0) {
            return;
        }
        try (Scope scope = Scope.open()) {
            if (packing.isFloat8()) {
                packing.copyFloats(bytes, target.view(-1));
            } else {
                copyBlocks(target.view(-1));
            }
        }
    }

    /** Values that are made at once there. */
    static long atOnce(Device device) {
        return device.isCpu() ? AT_ONCE : AT_ONCE_ELSEWHERE;
    }

    private void copyBlocks(Tensor target) {
        long blocks = bytes.numel() / packing.blockBytes();
        long most = atOnce(device()) / packing.blockValues();
        for (long block = 0; block < blocks; block += most) {
            try (Scope scope = Scope.open()) {
                long n = Math.min(most, blocks - block);
                Tensor part = bytes.narrow(0, block * packing.blockBytes(), n * packing.blockBytes())
                        .view(n, packing.blockBytes());
                target.narrow(0, block * packing.blockValues(), n * packing.blockValues())
                        .copyFrom(packing.unpack(part).view(-1));
            }
        }
    }

    @Override
    public PackedBytes rows(long first, long count) {
        if (shape.isEmpty() || first < 0 || count < 0 || first > rows() - count) {
            throw new IllegalArgumentException("rows: must be among the " + rows() + " of " + packing + shape + ", are "
                    + count + " from " + first);
        }
        long values = rowValues();
        if (first * values % packing.blockValues() != 0 || count * values % packing.blockValues() != 0) {
            throw new IllegalArgumentException("rows: " + packing + " has blocks of " + packing.blockValues()
                    + " values, and rows of " + values + " cut through them; unpack it first");
        }
        List<Long> cut = new ArrayList<>(shape);
        cut.set(0, count);
        long begin = packing.bytes(first * values);
        Reading whole = reading;
        return new PackedBytes(
                packing,
                cut,
                bytes.narrow(0, begin, packing.bytes(count * values)),
                whole == null ? null : (from, n) -> whole.read(begin + from, n));
    }

    @Override
    public PackedBytes to(Device device) {
        return device.equals(device()) ? this : new PackedBytes(packing, shape, bytes.to(device), null);
    }

    @Override
    public PackedBytes copy() {
        Tensor own = reading == null ? copied(bytes) : reading.read(0, bytes.numel());
        return new PackedBytes(packing, shape, own, null);
    }

    /** The same values in memory of their own. */
    static Tensor copied(Tensor tensor) {
        return Tensor.empty(tensor.dtype(), tensor.device(), tensor.shape()).copyFrom(tensor);
    }

    @Override
    public List<Tensor> tensors() {
        return List.of(bytes);
    }
}
