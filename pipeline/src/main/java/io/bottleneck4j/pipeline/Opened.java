package io.bottleneck4j.pipeline;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Function;

/** What was opened one after the other and is closed together, last first; also when a later one does not open. */
final class Opened implements AutoCloseable {
    private final Deque<Runnable> closers = new ArrayDeque<>();
    private final Timings timings;

    Opened() {
        this(new Timings());
    }

    /**
     * Nothing yet.
     *
     * @param timings of what is loaded later
     */
    Opened(Timings timings) {
        this.timings = timings;
    }

    /** Takes charge of it, and returns it. */
    <T> T add(T opened, Consumer<T> closer) {
        closers.push(() -> closer.accept(opened));
        return opened;
    }

    /** A part that is loaded when it is first asked for, and closed with the others where it is still there. */
    <T> OnDemand<T> onDemand(Function<Opened, T> loader) {
        return add(new OnDemand<>(timings, loader), OnDemand::close);
    }

    @Override
    public void close() {
        if (!closers.isEmpty()) {
            try {
                closers.pop().run();
            } finally {
                close(); // the others, whatever that one threw
            }
        }
    }
}
