package io.bottleneck4j.torch;

import static io.bottleneck4j.torch.NativeCall.call;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A dense array on a device, with PyTorch's own method names and meanings.
 *
 * <p>It is freed by the {@link Scope} it was made in. Views ({@code view}, {@code narrow}, {@code permute}, …) share
 * memory with their source. Negative dimensions count from the end. Methods throw {@link IllegalArgumentException} naming
 * operation and shapes where shapes do not fit, and {@link DeviceException} where memory ends. Not thread-safe.
 */
public final class Tensor implements AutoCloseable {
    private final org.bytedeco.pytorch.Tensor raw;
    /** Memory this tensor borrows, kept reachable as long as the tensor is. */
    @SuppressWarnings("UnusedVariable") // read by the garbage collector alone
    private final @Nullable Object owner;

    Tensor(org.bytedeco.pytorch.Tensor raw) {
        this(raw, null);
    }

    private Tensor(org.bytedeco.pytorch.Tensor raw, @Nullable Object owner) {
        this.raw = raw;
        this.owner = owner;
    }

    /** A float32 tensor of these values, row by row, on the CPU. */
    public static Tensor of(float[] values, long... shape) {
        return of(FloatBuffer.wrap(values), shape);
    }

    /** A float32 tensor of the buffer's remaining values, row by row, on the CPU; the buffer's position stays. */
    public static Tensor of(FloatBuffer values, long... shape) {
        requireCount(values.remaining(), shape);
        Tensor tensor = empty(DType.FLOAT32, Device.CPU, shape);
        try (FloatPointer data = tensor.raw.data_ptr_float()) {
            data.capacity(values.remaining()).asBuffer().put(values.duplicate());
        }
        return tensor;
    }

    /** An int64 tensor of these values, row by row, on the CPU. */
    public static Tensor of(long[] values, long... shape) {
        requireCount(values.length, shape);
        Tensor tensor = empty(DType.INT64, Device.CPU, shape);
        try (LongPointer data = new LongPointer(tensor.raw.data_ptr())) {
            data.put(values);
        }
        return tensor;
    }

    private static void requireCount(long count, long... shape) {
        long product = LongStream.of(shape).reduce(1, Math::multiplyExact);
        if (product != count) {
            throw new IllegalArgumentException(
                    "shape: " + Arrays.toString(shape) + " has " + product + " elements, not the " + count + " given");
        }
    }

    /** Memory of this shape, its values undefined; on {@link Device#META} no memory at all. */
    public static Tensor empty(DType dtype, Device device, long... shape) {
        return call("empty", () -> torch.empty(shape, options(dtype, device), null));
    }

    /** A tensor of zeros. */
    public static Tensor zeros(DType dtype, Device device, long... shape) {
        return call("zeros", () -> torch.zeros(shape, options(dtype, device)));
    }

    /** The numbers 0 to {@code count - 1} as float32 on the CPU. */
    public static Tensor arange(long count) {
        return call("arange", () -> torch.arange(new Scalar(count), options(DType.FLOAT32, Device.CPU)));
    }

    /**
     * A tensor over the bytes of a direct buffer (little-endian, row by row), without copying; the buffer is kept
     * reachable. Writing to a tensor over a read-only mapping ends the process.
     *
     * @throws IllegalArgumentException if the buffer is not direct or its size is not that of the shape
     */
    public static Tensor over(ByteBuffer bytes, DType dtype, long... shape) {
        if (!bytes.isDirect()) {
            throw new IllegalArgumentException("buffer: must be direct");
        }
        long elements = LongStream.of(shape).reduce(1, Math::multiplyExact);
        if (Math.multiplyExact(elements, dtype.bytes()) != bytes.remaining()) {
            throw new IllegalArgumentException("buffer: " + bytes.remaining() + " bytes are not " + dtype + " "
                    + Arrays.toString(shape) + " (" + elements * dtype.bytes() + " bytes)");
        }
        BytePointer data = new BytePointer(bytes);
        return new Tensor(torch.from_blob(data, shape, options(dtype, Device.CPU)), bytes);
    }

    /**
     * A file's bytes as a uint8 tensor [bytes], mapped into memory privately: pages are read when touched, and writing to the
     * tensor changes memory, never the file. It belongs to no scope but to the caller, who must {@link #close()} it; views
     * keep the mapping alive for themselves.
     *
     * @param bytes the file's size; shortening the file below it afterwards ends the process when the pages are touched
     * @throws IllegalArgumentException if the file is missing, shorter, or cannot be mapped
     */
    public static Tensor mapped(Path file, long bytes) {
        try (Scope scope = Scope.open();
                BytePointer name = new BytePointer(file.toString(), StandardCharsets.UTF_8)) {
            return call(
                            "map " + file,
                            () -> torch.from_file(
                                    name,
                                    new BoolOptional(false),
                                    new LongOptional(bytes),
                                    options(DType.UINT8, Device.CPU)))
                    .retain();
        }
    }

    private static TensorOptions options(DType dtype, Device device) {
        return new TensorOptions(dtype.scalarType()).device(new org.bytedeco.pytorch.DeviceOptional(device.raw()));
    }

    // ---- what it is

    public long size(int dim) {
        return raw.size(dim);
    }

    public int dim() {
        return (int) raw.dim();
    }

    public long[] shape() {
        long[] shape = new long[dim()];
        Arrays.setAll(shape, raw::size);
        return shape;
    }

    public long numel() {
        return raw.numel();
    }

    public DType dtype() {
        return DType.of(raw.scalar_type());
    }

    public Device device() {
        if (raw.is_cpu()) {
            return Device.CPU;
        }
        if (raw.is_meta()) {
            return Device.META;
        }
        try (org.bytedeco.pytorch.Device device = raw.device()) {
            return new Device(Device.Kind.CUDA, device.index());
        }
    }

    // ---- arithmetic, element by element with broadcasting

    public Tensor add(Tensor other) {
        return call("add", () -> raw.add(other.raw), this, other);
    }

    public Tensor add(double value) {
        return call("add", () -> raw.add(new Scalar(value)), this);
    }

    public Tensor sub(Tensor other) {
        return call("sub", () -> raw.sub(other.raw), this, other);
    }

    public Tensor mul(Tensor other) {
        return call("mul", () -> raw.mul(other.raw), this, other);
    }

    public Tensor mul(double value) {
        return call("mul", () -> raw.mul(new Scalar(value)), this);
    }

    public Tensor div(double value) {
        return call("div", () -> raw.div(new Scalar(value)), this);
    }

    /** {@code this + a · b} in one pass. */
    public Tensor addcmul(Tensor a, Tensor b) {
        return call("addcmul", () -> raw.addcmul(a.raw, b.raw), this, a, b);
    }

    public Tensor sin() {
        return call("sin", raw::sin, this);
    }

    public Tensor cos() {
        return call("cos", raw::cos, this);
    }

    public Tensor exp() {
        return call("exp", raw::exp, this);
    }

    public Tensor sigmoid() {
        return call("sigmoid", raw::sigmoid, this);
    }

    // ---- shape

    public Tensor view(long... shape) {
        return call("view", () -> raw.view(shape), this);
    }

    /**
     * The same bytes as elements of another type and shape; this tensor must be contiguous.
     *
     * @throws IllegalArgumentException if the sizes differ
     */
    public Tensor viewAs(DType dtype, long... shape) {
        return Scope.scoped(() -> {
            org.bytedeco.pytorch.Tensor flat = call("view", () -> raw.view(-1), this).raw;
            return call("view", () -> flat.view(dtype.scalarType()).view(shape), this);
        });
    }

    public Tensor reshape(long... shape) {
        return call("reshape", () -> raw.reshape(shape), this);
    }

    public Tensor permute(long... dims) {
        return call("permute", () -> raw.permute(dims), this);
    }

    public Tensor transpose(int a, int b) {
        return call("transpose", () -> raw.transpose(a, b), this);
    }

    public Tensor unsqueeze(int dim) {
        return call("unsqueeze", () -> raw.unsqueeze(dim), this);
    }

    public Tensor expand(long... shape) {
        return call("expand", () -> raw.expand(shape), this);
    }

    public Tensor contiguous() {
        return call("contiguous", raw::contiguous, this);
    }

    /** {@code length} entries of a dimension, from {@code start}. */
    public Tensor narrow(int dim, long start, long length) {
        return call("narrow", () -> raw.narrow(dim, start, length), this);
    }

    /** One entry of a dimension, which goes away. */
    public Tensor select(int dim, long index) {
        return call("select", () -> raw.select(dim, index), this);
    }

    /** Entries from {@code start} to the end of a dimension. */
    public Tensor from(int dim, long start) {
        return narrow(dim, start, size(dim) - start);
    }

    /** The first {@code end} entries of a dimension. */
    public Tensor until(int dim, long end) {
        return narrow(dim, 0, end);
    }

    /**
     * The tensor cut into equal parts along a dimension; each is a view.
     *
     * @throws IllegalArgumentException if the size is not a multiple of {@code parts}
     */
    public List<Tensor> chunk(int parts, int dim) {
        long size = size(dim);
        if (size % parts != 0) {
            throw new IllegalArgumentException(
                    "chunk: " + Arrays.toString(shape()) + " does not divide into " + parts + " along " + dim);
        }
        long each = size / parts;
        return LongStream.range(0, parts)
                .mapToObj(i -> narrow(dim, i * each, each))
                .toList();
    }

    /** Writes the source's values here, converting the type. */
    public Tensor copyFrom(Tensor source) {
        call("copy_", () -> raw.copy_(source.raw), this, source);
        return this;
    }

    // ---- type and device

    /** The values in another type; this very tensor where it has that type. */
    public Tensor to(DType dtype) {
        return dtype == dtype() ? this : call("to", () -> raw.to(dtype.scalarType()), this);
    }

    /** The values on another device; this very tensor where it is there already. */
    public Tensor to(Device device) {
        return device.equals(device())
                ? this
                : call("to", () -> raw.to(device.raw(), raw.scalar_type(), false, false, null), this);
    }

    // ---- values

    /** The values as float32, row by row. */
    public float[] toFloats() {
        float[] values = new float[Math.toIntExact(numel())];
        try (Scope scope = Scope.open()) {
            Tensor flat = to(Device.CPU).to(DType.FLOAT32).contiguous();
            new FloatPointer(flat.raw.data_ptr_float()).get(values);
        }
        return values;
    }

    /** The values of an integer tensor, row by row. */
    public long[] toLongs() {
        long[] values = new long[Math.toIntExact(numel())];
        try (Scope scope = Scope.open()) {
            Tensor flat = to(Device.CPU).to(DType.INT64).contiguous();
            new LongPointer(flat.raw.data_ptr()).get(values);
        }
        return values;
    }

    /** The bytes of a contiguous CPU tensor, little-endian, no copy: valid while the tensor lives; at most 2 GB. */
    public ByteBuffer bytes() {
        if (!raw.is_cpu() || !raw.is_contiguous()) {
            throw new IllegalArgumentException("bytes: the tensor must be contiguous and on the CPU");
        }
        return new BytePointer(raw.data_ptr())
                .capacity(raw.nbytes())
                .asByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Whether no value is NaN or infinite. */
    public boolean isFinite() {
        try (Scope scope = Scope.open()) {
            return raw.isfinite().all().item_bool();
        }
    }

    /** Takes the tensor out of every scope: whoever calls this owns it and must {@link #close()} it. */
    public Tensor retain() {
        raw.retainReference();
        return this;
    }

    /** Gives up one hold on the tensor; its memory goes with the last. */
    @Override
    public void close() {
        raw.releaseReference();
    }

    @Override
    public String toString() {
        return raw.isNull() ? "tensor (freed)" : dtype() + Arrays.toString(shape()) + " on " + device();
    }

    org.bytedeco.pytorch.Tensor raw() {
        return raw;
    }
}
