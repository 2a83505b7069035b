package io.bottleneck4j.models;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** Small seeded weights for any model, of the names and shapes it asks for. */
public final class RandomWeights implements TensorSource {
    private static final double SCALE = 0.02;

    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final Noise noise = Noise.seeded(1);

    private RandomWeights(Function<Weights, ?> model) {
        Weights.blueprint(model).forEach((key, shape) -> infos.put(key, new TensorInfo(DType.FLOAT32, shape)));
    }

    public static TensorSource of(Function<Weights, ?> model) {
        return new RandomWeights(model);
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return infos;
    }

    @Override
    public Tensor tensor(String name) {
        TensorInfo info = Objects.requireNonNull(infos.get(name));
        return noise.randn(info.shape().stream().mapToLong(Long::longValue).toArray())
                .mul(SCALE);
    }

    @Override
    public void close() {
        noise.close();
    }
}
