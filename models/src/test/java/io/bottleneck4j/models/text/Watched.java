package io.bottleneck4j.models.text;

import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.util.Map;
import java.util.Set;

/** A source that remembers whose values were asked for. */
record Watched(TensorSource source, Set<String> read) implements TensorSource {
    @Override
    public Map<String, TensorInfo> infos() {
        return source.infos();
    }

    @Override
    public Tensor tensor(String name) {
        read.add(name);
        return source.tensor(name);
    }

    @Override
    public void close() {
        source.close();
    }
}
