package io.bottleneck4j.models;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Names and shapes of a file, without values. */
public record Listing(Map<String, TensorInfo> infos) implements TensorSource {
    /** Those of a list, in bfloat16. */
    public static Listing of(Map<String, List<Long>> shapes) {
        Map<String, TensorInfo> infos = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> infos.put(name, new TensorInfo(DType.BFLOAT16, shape)));
        return new Listing(infos);
    }

    /** Shapes of a source, by name. */
    public static Map<String, List<Long>> shapes(TensorSource source) {
        Map<String, List<Long>> shapes = new TreeMap<>();
        source.infos().forEach((name, info) -> shapes.put(name, info.shape()));
        return shapes;
    }

    @Override
    public Tensor tensor(String name) {
        throw new UnsupportedOperationException("a list has no values");
    }

    @Override
    public void close() {}
}
