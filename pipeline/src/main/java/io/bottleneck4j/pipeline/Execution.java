package io.bottleneck4j.pipeline;

import io.bottleneck4j.torch.CpuFeatures;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Quantization;
import java.util.function.Supplier;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Where a model runs and in which type.
 *
 * @param dtype of the transformer and the text encoders: float32, bfloat16 or float16
 * @param quantization of the weights in their blocks
 */
public record Execution(Device device, DType dtype, Quantization quantization) {
    /** Nothing quantized, but for a model whose files are. */
    public Execution(Device device, DType dtype) {
        this(device, dtype, Quantization.NONE);
    }

    public Execution {
        if (dtype != DType.FLOAT32 && dtype != DType.BFLOAT16 && dtype != DType.FLOAT16) {
            throw new IllegalArgumentException("dtype: must be float32, bfloat16 or float16, not " + dtype);
        }
        if (dtype == DType.FLOAT16 && device.isCpu()) {
            throw new IllegalArgumentException(
                    "dtype: float16 has no fast path on a CPU and may not finish; use bfloat16 or float32");
        }
        if (quantization == Quantization.INT8 && !device.isCpu()) {
            throw new IllegalArgumentException(
                    "quantize: int8 is for CPUs, not for " + device + "; use " + Quantization.INT8_WEIGHTS);
        }
    }

    /**
     * The same with weights quantized as asked, or as a model's files hold them where nothing is.
     *
     * @throws IllegalArgumentException if the files hold them otherwise
     */
    @API(status = API.Status.INTERNAL)
    public Execution quantized(Model model, @Nullable Quantization wanted) {
        Quantization stored = model.storedQuantization();
        if (wanted != null && stored != Quantization.NONE && !stored.sharesWeightsWith(wanted)) {
            throw new IllegalArgumentException("quantize: the weights of " + model.name() + " are stored as " + stored
                    + ", not as " + wanted + "; leave --quantize out, or name the model they were made from");
        }
        return new Execution(device, dtype, wanted == null ? stored : wanted);
    }

    /** What is computed in, as {@code bfloat16, int8-weights}. */
    @API(status = API.Status.INTERNAL)
    public String precision() {
        return precision(dtype.toString(), quantization);
    }

    static String precision(String dtype, Quantization quantization) {
        return quantization == Quantization.NONE ? dtype : dtype + ", " + quantization;
    }

    /**
     * The fastest sound choice: bfloat16 on a GPU; on a CPU what was measured, where it computes bfloat16 in hardware and the weights are
     * stored in 16 bits; float32 otherwise.
     *
     * @param stored the type the weights are stored in
     * @param features of the CPU
     * @param faster the faster type on the CPU; asked only where both are sound
     */
    @API(status = API.Status.INTERNAL)
    public static Execution choose(
            Device device, @Nullable DType wanted, DType stored, CpuFeatures features, Supplier<DType> faster) {
        if (wanted != null) {
            return new Execution(device, wanted);
        }
        if (!device.isCpu()) {
            return new Execution(device, DType.BFLOAT16);
        }
        boolean both = features.hasBfloat16() && stored != DType.FLOAT32;
        return new Execution(device, both ? faster.get() : DType.FLOAT32);
    }

    /**
     * The best device there is, in the fastest sound type for a model's weights. Where both float32 and bfloat16 are sound on a CPU, the
     * first call for an architecture times them, a second or some, and keeps the outcome in the user's cache directory:
     * {@code bottleneck4j/dtype} in XDG_CACHE_HOME or {@code ~/.cache}.
     */
    public static Execution best(Model model) {
        return choose(
                bestDevice(),
                null,
                model.storedType(),
                CpuFeatures.detect(),
                () -> FasterType.ofUser().of(model));
    }

    /** A GPU if there is one that the native library can use, else the CPU. */
    public static Device bestDevice() {
        return Libtorch.cudaDevices() > 0 ? new Device(Device.Kind.CUDA, 0) : Device.CPU;
    }

    /** The type pictures are decoded in: float32 on a CPU, where decoding is short and 16 bits show as grain. */
    DType vaeDtype() {
        return device.isCpu() ? DType.FLOAT32 : dtype;
    }
}
