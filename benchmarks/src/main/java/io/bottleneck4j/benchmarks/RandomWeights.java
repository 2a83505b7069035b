package io.bottleneck4j.benchmarks;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** Small random values of every shape a model asks for. */
final class RandomWeights implements TensorSource {
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final Noise noise = Noise.seeded(0);

    RandomWeights(Function<Weights, ?> model) {
        Weights.blueprint(model).forEach((key, shape) -> infos.put(key, new TensorInfo(DType.FLOAT32, shape)));
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return infos;
    }

    @Override
    public Tensor tensor(String name) {
        List<Long> shape = Objects.requireNonNull(infos.get(name)).shape();
        return noise.randn(shape.stream().mapToLong(Long::longValue).toArray()).mul(0.02);
    }

    @Override
    public void close() {
        noise.close();
    }
}
