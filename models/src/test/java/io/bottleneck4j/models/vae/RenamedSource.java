package io.bottleneck4j.models.vae;

import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A source under other names. */
final class RenamedSource implements TensorSource {
    private final TensorSource source;
    private final Map<String, String> originals = new LinkedHashMap<>();

    RenamedSource(TensorSource source, UnaryOperator<String> rename) {
        this.source = source;
        source.infos().keySet().forEach(key -> originals.put(rename.apply(key), key));
    }

    @Override
    public Map<String, TensorInfo> infos() {
        Map<String, TensorInfo> renamed = new LinkedHashMap<>();
        originals.forEach((name, key) -> {
            TensorInfo info = source.infos().get(key);
            if (info != null) {
                renamed.put(name, info);
            }
        });
        return renamed;
    }

    @Override
    public Tensor tensor(String name) {
        String key = originals.get(name);
        if (key == null) {
            throw new IllegalArgumentException("no tensor " + name);
        }
        return source.tensor(key);
    }

    @Override
    public void close() {
        source.close();
    }
}
