package io.bottleneck4j.torch;

import static io.bottleneck4j.torch.NativeCall.call;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.global.torch;

/** Moves values between Java's memory, files and tensors; {@link Tensor} has the same methods for its users. */
final class Values {
    private Values() {}

    static Tensor of(FloatBuffer values, long... shape) {
        requireCount(values.remaining(), shape);
        Tensor tensor = Tensor.empty(DType.FLOAT32, Device.CPU, shape);
        if (values.hasRemaining()) {
            try (FloatPointer data = tensor.raw().data_ptr_float()) {
                data.capacity(values.remaining()).asBuffer().put(values.duplicate());
            }
        }
        return tensor;
    }

    static Tensor of(long[] values, long... shape) {
        requireCount(values.length, shape);
        Tensor tensor = Tensor.empty(DType.INT64, Device.CPU, shape);
        if (values.length > 0) {
            try (LongPointer data = new LongPointer(tensor.raw().data_ptr())) {
                data.put(values);
            }
        }
        return tensor;
    }

    static Tensor over(ByteBuffer bytes, DType dtype, long... shape) {
        if (!bytes.isDirect()) {
            throw new IllegalArgumentException("buffer: must be direct; allocate it with allocateDirect");
        }
        long wanted = Math.multiplyExact(count(shape), dtype.bytes());
        if (wanted != bytes.remaining()) {
            throw new IllegalArgumentException("buffer: " + bytes.remaining() + " bytes are not " + dtype + " "
                    + Arrays.toString(shape) + " (" + wanted + " bytes)");
        }
        Tensor tensor = call("over", () -> {
            BytePointer data = new BytePointer(bytes);
            return torch.from_blob(data, shape, Tensor.options(dtype, Device.CPU));
        });
        return tensor.borrowing(bytes);
    }

    static Tensor mapped(Path file, long bytes) {
        try (Scope scope = Scope.open()) {
            return call("map " + file, () -> {
                        BytePointer name = new BytePointer(file.toString(), StandardCharsets.UTF_8);
                        return torch.from_file(
                                name,
                                new BoolOptional(false),
                                new LongOptional(bytes),
                                Tensor.options(DType.UINT8, Device.CPU));
                    })
                    .retain();
        }
    }

    static float[] floats(Tensor tensor) {
        float[] values = new float[arrayLength(tensor)];
        try (Scope scope = Scope.open()) {
            Tensor flat = tensor.to(Device.CPU).to(DType.FLOAT32).contiguous();
            if (values.length > 0) {
                flat.raw().data_ptr_float().get(values);
            }
        }
        return values;
    }

    static long[] longs(Tensor tensor) {
        long[] values = new long[arrayLength(tensor)];
        try (Scope scope = Scope.open()) {
            Tensor flat = tensor.to(Device.CPU).to(DType.INT64).contiguous();
            if (values.length > 0) {
                new LongPointer(flat.raw().data_ptr()).get(values);
            }
        }
        return values;
    }

    static ByteBuffer bytes(Tensor tensor) {
        org.bytedeco.pytorch.Tensor raw = tensor.raw();
        if (!raw.is_cpu() || !raw.is_contiguous() || raw.nbytes() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("bytes: the tensor must be contiguous, on the CPU and under 2 GB, is "
                    + tensor + "; narrow or copy it first");
        }
        if (raw.nbytes() == 0) {
            return ByteBuffer.allocateDirect(0).order(ByteOrder.LITTLE_ENDIAN);
        }
        try (BytePointer data = new BytePointer(raw.data_ptr())) {
            return data.capacity(raw.nbytes()).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    private static int arrayLength(Tensor tensor) {
        if (tensor.numel() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "values: must fit a Java array, are " + tensor.numel() + "; take them in parts by narrow");
        }
        return (int) tensor.numel();
    }

    private static void requireCount(long count, long... shape) {
        if (count(shape) != count) {
            throw new IllegalArgumentException("shape: " + Arrays.toString(shape) + " has " + count(shape)
                    + " elements, not the " + count + " given");
        }
    }

    private static long count(long... shape) {
        return LongStream.of(shape).reduce(1, Math::multiplyExact);
    }
}
