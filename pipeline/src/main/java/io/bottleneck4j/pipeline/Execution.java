package io.bottleneck4j.pipeline;

import io.bottleneck4j.torch.CpuFeatures;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Where a model runs and in which type.
 *
 * @param dtype of the transformer and the text encoders: float32, bfloat16 or float16
 */
public record Execution(Device device, DType dtype) {

    public Execution {
        if (dtype != DType.FLOAT32 && dtype != DType.BFLOAT16 && dtype != DType.FLOAT16) {
            throw new IllegalArgumentException("dtype: must be float32, bfloat16 or float16, not " + dtype);
        }
        if (dtype == DType.FLOAT16 && device.isCpu()) {
            throw new IllegalArgumentException(
                    "dtype: float16 has no fast path on a CPU and may not finish; use bfloat16 or float32");
        }
    }

    /**
     * The fastest sound choice: bfloat16 on a GPU; on a CPU too, where it computes bfloat16 in hardware and the weights are stored in 16
     * bits; float32 otherwise.
     *
     * @param stored the type the weights are stored in
     * @param features of the CPU
     */
    @API(status = API.Status.INTERNAL)
    public static Execution choose(Device device, @Nullable DType wanted, DType stored, CpuFeatures features) {
        if (wanted != null) {
            return new Execution(device, wanted);
        }
        boolean half = !device.isCpu() || (features.hasBfloat16() && stored != DType.FLOAT32);
        return new Execution(device, half ? DType.BFLOAT16 : DType.FLOAT32);
    }

    /** The best device there is, in the fastest sound type for a model's weights. */
    public static Execution best(Model model) {
        return choose(bestDevice(), null, model.storedType(), CpuFeatures.detect());
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
