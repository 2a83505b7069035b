package io.bottleneck4j.pipeline;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** What was opened one after the other and is closed together, last first; also when a later one does not open. */
final class Opened implements AutoCloseable {
    private final Deque<Runnable> closers = new ArrayDeque<>();

    /** Takes charge of it, and returns it. */
    <T> T add(T opened, Consumer<T> closer) {
        closers.push(() -> closer.accept(opened));
        return opened;
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
