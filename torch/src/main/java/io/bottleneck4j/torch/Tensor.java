package io.bottleneck4j.torch;

import static io.bottleneck4j.torch.NativeCall.call;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A dense array on a device, with PyTorch's own method names and meanings.
 *
 * <p>It is freed by the {@link Scope} it was made in; made outside any, by {@link #close()} or, some day, the garbage
 * collector. Views ({@code view}, {@code narrow}, {@code permute}, …) share memory with their source and keep it alive.
 * Negative dimensions count from the end. Methods throw {@link IllegalArgumentException} naming operation and shapes where
 * shapes do not fit, {@link DeviceException} where memory ends, and {@link IllegalStateException} on a freed tensor. Not
 * thread-safe.
 *
 * <p>Longer than other classes, being the one list of what a tensor can do; values move in {@link Values}.
 */
public final class Tensor implements AutoCloseable {
    private final org.bytedeco.pytorch.Tensor raw;
    /** The scope that frees this tensor; null if none does. */
    private @Nullable PointerScope scope;
    /** Whether a hold of nobody in particular keeps this tensor, made outside any scope; {@link #retain} takes it over. */
    private boolean ownerless;
    /** Java memory that libtorch knows nothing of, kept reachable as long as this tensor and its views are. */
    private @Nullable Object borrowed;

    private Tensor(org.bytedeco.pytorch.Tensor raw) {
        this.raw = raw;
    }

    /** Wraps a native tensor and puts it into a scope. */
    static Tensor in(@Nullable PointerScope scope, org.bytedeco.pytorch.Tensor raw, @Nullable Object borrowed) {
        Tensor tensor = new Tensor(raw);
        tensor.handTo(scope);
        tensor.borrowed = borrowed;
        return tensor;
    }

    /** A float32 tensor of these values, row by row, on the CPU. */
    public static Tensor of(float[] values, long... shape) {
        return Values.of(FloatBuffer.wrap(values), shape);
    }

    /** A float32 tensor of the buffer's remaining values, row by row, on the CPU; the buffer's position stays. */
    public static Tensor of(FloatBuffer values, long... shape) {
        return Values.of(values, shape);
    }

    /** An int64 tensor of these values, row by row, on the CPU. */
    public static Tensor of(long[] values, long... shape) {
        return Values.of(values, shape);
    }

    /** Memory of this shape, its values undefined; on {@link Device#META} no memory at all. */
    public static Tensor empty(DType dtype, Device device, long... shape) {
        return call("empty " + Arrays.toString(shape), () -> torch.empty(shape, options(dtype, device), null));
    }

    /** A tensor of zeros. */
    public static Tensor zeros(DType dtype, Device device, long... shape) {
        return call("zeros " + Arrays.toString(shape), () -> torch.zeros(shape, options(dtype, device)));
    }

    /** The numbers 0 to {@code count - 1} as float32 on the CPU. */
    public static Tensor arange(long count) {
        return call("arange", () -> torch.arange(new Scalar(count), options(DType.FLOAT32, Device.CPU)));
    }

    /**
     * A tensor over the bytes of a direct buffer (little-endian, row by row), without copying; the buffer is kept
     * reachable by this tensor and its views. Writing to a tensor over a read-only mapping ends the process.
     *
     * @throws IllegalArgumentException if the buffer is not direct or its size is not that of the shape
     */
    public static Tensor over(ByteBuffer bytes, DType dtype, long... shape) {
        return Values.over(bytes, dtype, shape);
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
        return Values.mapped(file, bytes);
    }

    static TensorOptions options(DType dtype, Device device) {
        return new TensorOptions(dtype.scalarType()).device(new DeviceOptional(device.raw()));
    }

    // ---- what it is

    /** Entries along a dimension. */
    public long size(int dim) {
        return raw().size(dim);
    }

    /** Number of dimensions; 0 for a single value. */
    public int dim() {
        return (int) raw().dim();
    }

    /** Entries along every dimension. */
    public long[] shape() {
        long[] shape = new long[dim()];
        Arrays.setAll(shape, raw::size);
        return shape;
    }

    /** Number of elements. */
    public long numel() {
        return raw().numel();
    }

    /** Type of the elements. */
    public DType dtype() {
        return DType.of(raw().scalar_type());
    }

    /** Where the elements are. */
    public Device device() {
        if (raw().is_cpu()) {
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

    /** {@code this + other}. */
    public Tensor add(Tensor other) {
        return call("add", () -> raw().add(other.raw()), this, other);
    }

    /** {@code this + value}. */
    public Tensor add(double value) {
        return call("add", () -> raw().add(new Scalar(value)), this);
    }

    /** {@link #add(Tensor)} written over this tensor itself; for tensors that nothing else sees. */
    public Tensor addInPlace(Tensor other) {
        call("add_", () -> raw().add_(other.raw()), this, other);
        return this;
    }

    /** {@code this - other}. */
    public Tensor sub(Tensor other) {
        return call("sub", () -> raw().sub(other.raw()), this, other);
    }

    /** {@code this · other}. */
    public Tensor mul(Tensor other) {
        return call("mul", () -> raw().mul(other.raw()), this, other);
    }

    /** {@code this · value}. */
    public Tensor mul(double value) {
        return call("mul", () -> raw().mul(new Scalar(value)), this);
    }

    /** {@link #mul} written over this tensor itself; for tensors that nothing else sees. */
    public Tensor mulInPlace(Tensor other) {
        call("mul_", () -> raw().mul_(other.raw()), this, other);
        return this;
    }

    /** {@code this / value}. */
    public Tensor div(double value) {
        return call("div", () -> raw().div(new Scalar(value)), this);
    }

    /** {@code this / other}. */
    public Tensor div(Tensor other) {
        return call("div", () -> raw().div(other.raw()), this, other);
    }

    /** {@code this + a · b} in one pass. */
    public Tensor addcmul(Tensor a, Tensor b) {
        return call("addcmul", () -> raw().addcmul(a.raw(), b.raw()), this, a, b);
    }

    /** Sine, of radians. */
    public Tensor sin() {
        return call("sin", () -> raw().sin(), this);
    }

    /** Cosine, of radians. */
    public Tensor cos() {
        return call("cos", () -> raw().cos(), this);
    }

    /** The absolute value of each element. */
    public Tensor abs() {
        return call("abs", () -> raw().abs(), this);
    }

    /** e to the power of each element. */
    public Tensor exp() {
        return call("exp", () -> raw().exp(), this);
    }

    /** {@code 1 / (1 + exp(-x))}. */
    public Tensor sigmoid() {
        return call("sigmoid", () -> raw().sigmoid(), this);
    }

    /** The hyperbolic tangent. */
    public Tensor tanh() {
        return call("tanh", () -> raw().tanh(), this);
    }

    /** The square root, NaN below 0. */
    public Tensor sqrt() {
        return call("sqrt", () -> raw().sqrt(), this);
    }

    /** The sum along a dimension, which goes away; added in float32 at least. */
    public Tensor sum(int dim) {
        long[] dims = {dim};
        return call("sum", () -> raw().sum(dims), this);
    }

    /** The mean along a dimension, which goes away; summed in float32 at least. */
    public Tensor mean(int dim) {
        long[] dims = {dim};
        return call("mean", () -> raw().mean(dims), this);
    }

    // ---- shape

    /** The same elements in another shape, without copying; one size may be -1, "what remains". */
    public Tensor view(long... shape) {
        return call("view", () -> raw().view(shape), this);
    }

    /** The same elements in another shape, copied where a view cannot express it. */
    public Tensor reshape(long... shape) {
        return call("reshape", () -> raw().reshape(shape), this);
    }

    /**
     * The same bytes as elements of another type and shape; this tensor must be contiguous.
     *
     * @throws IllegalArgumentException if the sizes differ
     */
    public Tensor viewAs(DType dtype, long... shape) {
        return call(
                "view as " + dtype + Arrays.toString(shape),
                () -> raw().view(-1).view(dtype.scalarType()).view(shape),
                this);
    }

    /** Dimensions in another order. */
    public Tensor permute(long... dims) {
        return call("permute", () -> raw().permute(dims), this);
    }

    /** Two dimensions swapped. */
    public Tensor transpose(int a, int b) {
        return call("transpose", () -> raw().transpose(a, b), this);
    }

    /** A new dimension of size 1 before {@code dim}. */
    public Tensor unsqueeze(int dim) {
        return call("unsqueeze", () -> raw().unsqueeze(dim), this);
    }

    /** Dimensions of size 1 repeated to these sizes, without copying; -1 leaves a size as it is. */
    public Tensor expand(long... shape) {
        return call("expand", () -> raw().expand(shape), this);
    }

    /** The elements row by row in memory; shares it where they are so already. */
    public Tensor contiguous() {
        return call("contiguous", () -> raw().contiguous(), this);
    }

    /** {@code length} entries of a dimension, from {@code start}. */
    public Tensor narrow(int dim, long start, long length) {
        return call("narrow", () -> raw().narrow(dim, start, length), this);
    }

    /** One entry of a dimension, which goes away. */
    public Tensor select(int dim, long index) {
        return call("select", () -> raw().select(dim, index), this);
    }

    /** Entries of a dimension by their index: ids int64 [n]. */
    public Tensor indexSelect(int dim, Tensor ids) {
        return call("index_select", () -> raw().index_select(dim, ids.raw()), this, ids);
    }

    /** Writes entries of a dimension by their index, in place: ids int64 [n], each once. */
    public Tensor indexCopy(int dim, Tensor ids, Tensor source) {
        call("index_copy_", () -> raw().index_copy_(dim, ids.raw(), source.raw()), this, ids, source);
        return this;
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
        if (parts < 1 || size % parts != 0) {
            throw new IllegalArgumentException(
                    "chunk: " + Arrays.toString(shape()) + " does not divide into " + parts + " along " + dim);
        }
        long each = size / parts;
        return LongStream.range(0, parts)
                .mapToObj(i -> narrow(dim, i * each, each))
                .toList();
    }

    /** Writes the source's values here, converting the type and broadcasting. */
    public Tensor copyFrom(Tensor source) {
        call("copy_", () -> raw().copy_(source.raw()), this, source);
        return this;
    }

    // ---- type and device

    /** The values in another type; this very tensor where it has that type. */
    public Tensor to(DType dtype) {
        return dtype == dtype() ? this : call("to", () -> raw().to(dtype.scalarType()), this);
    }

    /** The values on another device; this very tensor where it is there already. */
    public Tensor to(Device device) {
        return device.equals(device())
                ? this
                : call("to", () -> raw().to(device.raw(), raw.scalar_type(), false, false, null), this);
    }

    // ---- values

    /** The values as float32, row by row. */
    public float[] toFloats() {
        return Values.floats(this);
    }

    /** The values of an integer tensor, row by row. */
    public long[] toLongs() {
        return Values.longs(this);
    }

    /** The bytes of a contiguous CPU tensor, little-endian, no copy: valid while the tensor lives; at most 2 GB. */
    public ByteBuffer bytes() {
        return Values.bytes(this);
    }

    /** Whether no value is NaN or infinite. */
    public boolean isFinite() {
        try (Scope inner = Scope.open()) {
            return raw().isfinite().all().item_bool();
        }
    }

    // ---- lifetime

    /** Takes the tensor out of every scope: whoever calls this owns it and must {@link #close()} it. */
    public Tensor retain() {
        if (ownerless) {
            ownerless = false;
        } else {
            raw().retainReference();
        }
        return this;
    }

    /** Gives up one hold on the tensor; its memory goes with the last, and with the last view. */
    @Override
    public void close() {
        ownerless = false;
        raw.releaseReference();
    }

    /** Adds the tensor to a scope; without one it waits for {@link #retain}, {@link #close} or the garbage collector. */
    void handTo(@Nullable PointerScope owner) {
        scope = owner;
        if (owner != null) {
            owner.attach(raw);
        } else if (!ownerless) {
            raw.retainReference();
            ownerless = true;
        }
    }

    boolean isOf(PointerScope owner) {
        return scope == owner;
    }

    boolean isFreed() {
        return raw.isNull();
    }

    @Nullable
    Object borrowed() {
        return borrowed;
    }

    Tensor borrowing(Object memory) {
        borrowed = memory;
        return this;
    }

    org.bytedeco.pytorch.Tensor raw() {
        if (raw.isNull()) {
            throw new IllegalStateException("tensor: must be alive, was freed with its scope; keep or retain it");
        }
        return raw;
    }

    @Override
    public String toString() {
        return isFreed() ? "tensor (freed)" : dtype() + Arrays.toString(shape()) + " on " + device();
    }
}
