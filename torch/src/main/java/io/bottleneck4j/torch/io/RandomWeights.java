package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Small random values of every shape a model asks for, to time it without a checkpoint. All are parts of the same row of numbers, which
 * is drawn once, but each is in memory of its own, so that billions take seconds and a forward reads as much as ever.
 */
public final class RandomWeights implements TensorSource {
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final DType dtype;
    private final Device device;
    private final Tensor values;

    /** For this model on the CPU, in float32. */
    public RandomWeights(Function<Weights, ?> model) {
        this(model, DType.FLOAT32, Device.CPU);
    }

    /** For this model in the type and place it is loaded to, so that nothing is copied there. */
    public RandomWeights(Function<Weights, ?> model, DType dtype, Device device) {
        this.dtype = dtype;
        this.device = device;
        Weights.blueprint(model).forEach((key, shape) -> infos.put(key, new TensorInfo(dtype, shape)));
        long most = infos.values().stream().mapToLong(TensorInfo::numel).max().orElse(1);
        try (Scope scope = Scope.open();
                Noise noise = Noise.seeded(0)) {
            values = noise.randn(most).mul(0.02).to(dtype).to(device).retain();
        }
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return infos;
    }

    @Override
    public Tensor tensor(String name) {
        List<Long> shape = Objects.requireNonNull(infos.get(name)).shape();
        long[] dims = shape.stream().mapToLong(Long::longValue).toArray();
        Tensor own = Tensor.empty(dtype, device, dims);
        own.copyFrom(values.until(0, own.numel()).view(dims));
        return own;
    }

    @Override
    public void close() {
        values.close();
    }
}
