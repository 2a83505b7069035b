package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** A source under other names: what checkpoints of one model were called over the years becomes one spelling. */
public final class RenamedSource implements TensorSource {
    private final TensorSource source;
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final Map<String, String> stored = new LinkedHashMap<>();

    /**
     * Renames every tensor.
     *
     * @param name from a stored name to the one shown; empty hides the tensor
     * @throws WeightsException if two tensors would share a name
     */
    public RenamedSource(TensorSource source, Function<String, Optional<String>> name) {
        this.source = source;
        source.infos()
                .forEach((old, info) -> name.apply(old).ifPresent(shown -> {
                    String other = stored.put(shown, old);
                    if (other != null) {
                        throw new WeightsException("weights: " + other + " and " + old
                                + " are the same tensor under two names; keep one of them");
                    }
                    infos.put(shown, info);
                }));
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return Collections.unmodifiableMap(infos);
    }

    @Override
    public Tensor tensor(String name) {
        String old = stored.get(name);
        if (old == null) {
            throw new WeightsException("weights: there is no tensor " + name);
        }
        return source.tensor(old);
    }

    @Override
    public void close() {
        source.close();
    }
}
