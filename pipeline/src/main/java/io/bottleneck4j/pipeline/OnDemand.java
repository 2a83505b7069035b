package io.bottleneck4j.pipeline;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A part of a pipeline that is loaded when first needed and can be released; it is loaded again when needed again. */
final class OnDemand<T> implements AutoCloseable {
    private final Timings timings;
    private final Supplier<T> loader;
    private final Consumer<T> closer;
    private @Nullable T loaded;

    /**
     * A part not yet loaded.
     *
     * @param timings loading counts as {@link Timings.Phase#LOAD}
     */
    OnDemand(Timings timings, Supplier<T> loader, Consumer<T> closer) {
        this.timings = timings;
        this.loader = loader;
        this.closer = closer;
    }

    T get() {
        T part = loaded;
        if (part == null) {
            part = timings.time(Timings.Phase.LOAD, loader);
            loaded = part;
        }
        return part;
    }

    /** Frees the part's memory; does nothing where it is not loaded. */
    @Override
    public void close() {
        T part = loaded;
        loaded = null;
        if (part != null) {
            closer.accept(part);
        }
    }
}
