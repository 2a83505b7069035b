package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** A source under other names: what checkpoints of one model were called over the years becomes one spelling. */
public final class RenamedSource implements TensorSource {
    private final TensorSource source;
    private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
    private final Map<String, String> stored = new LinkedHashMap<>();
    private final List<String> leftOut = new ArrayList<>();

    /**
     * Renames every tensor.
     *
     * @param name from a stored name to the one shown; empty hides the tensor, as a constant that is computed anyway
     * @throws WeightsException if two tensors would share a name
     */
    public RenamedSource(TensorSource source, Function<String, Optional<String>> name) {
        this(source, name, stored -> false);
    }

    /**
     * Renames every tensor but those of a larger model that the checkpoint also holds.
     *
     * @param isOfMore of a stored name: whether it is of such a part; it is hidden, and told in {@link #leftOut}
     */
    public RenamedSource(TensorSource source, Function<String, Optional<String>> name, Predicate<String> isOfMore) {
        this.source = source;
        leftOut.addAll(source.leftOut());
        source.infos().forEach((old, info) -> {
            if (isOfMore.test(old)) {
                leftOut.add(old);
                return;
            }
            name.apply(old).ifPresent(shown -> {
                String other = stored.put(shown, old);
                if (other != null) {
                    throw new WeightsException("weights: " + Excerpt.of(other, 100) + " and " + Excerpt.of(old, 100)
                            + " are the same tensor under two names; keep one of them");
                }
                infos.put(shown, info);
            });
        });
    }

    @Override
    public Map<String, TensorInfo> infos() {
        return Collections.unmodifiableMap(infos);
    }

    @Override
    public List<String> leftOut() {
        return Collections.unmodifiableList(leftOut);
    }

    @Override
    public Tensor tensor(String name) {
        return source.tensor(stored(name));
    }

    @Override
    public Tensor copy(String name) {
        return source.copy(stored(name));
    }

    @Override
    public Tensor copy(String name, long first, long count) {
        return source.copy(stored(name), first, count);
    }

    @Override
    public Optional<PackedTensor> packed(String name) {
        return source.packed(stored(name));
    }

    private String stored(String name) {
        String old = stored.get(name);
        if (old == null) {
            throw new WeightsException("weights: there is no tensor " + Excerpt.quoted(name));
        }
        return old;
    }

    @Override
    public void close() {
        source.close();
    }
}
