package io.bottleneck4j.pipeline;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A part of a pipeline that is loaded when first needed and can be released; it is loaded again when needed again. */
final class OnDemand<T> implements AutoCloseable {
    private final Timings timings;
    private final Function<Opened, T> loader;
    private final Opened opened;
    private volatile @Nullable T loaded;

    /**
     * A part not yet loaded.
     *
     * @param timings loading counts as {@link Timings.Phase#LOAD}
     */
    OnDemand(Timings timings, Function<Opened, T> loader) {
        this.timings = timings;
        opened = new Opened(timings);
        this.loader = loader;
    }

    /** Whether it is in memory; asked on the thread whose turn it is, or for a guess. */
    boolean isLoaded() {
        return loaded != null;
    }

    T get() {
        T part = loaded;
        if (part == null) {
            part = timings.time(Timings.Phase.LOAD, this::load);
            loaded = part;
        }
        return part;
    }

    private T load() {
        try {
            return loader.apply(opened);
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** Frees the part's memory; does nothing where it is not loaded. */
    @Override
    public void close() {
        loaded = null;
        opened.close();
    }
}
