package io.bottleneck4j.torch.io;

import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.DeviceStream;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a model whose weights are streamed: each is read when it is used, and freed after it. While one computes, a thread reads the
 * one that followed it the last time, so two are in memory at most. Used by one thread at a time, as models are.
 */
final class StreamedParts implements AutoCloseable {
    private final Device device;
    private final List<Streamed<?>> parts = new ArrayList<>();
    private final ExecutorService reader;
    private @Nullable Ahead ahead;
    private @Nullable Streamed<?> previous;

    StreamedParts(Device device) {
        this.device = device;
        reader = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "bottleneck4j-weights");
            thread.setDaemon(true);
            return thread;
        });
        reader.execute(() -> {
            Libtorch.computeAlone(); // a second team of OpenMP's threads would slow the first
            DeviceStream.useOwn(device);
        });
    }

    /** A part that this builds, each time it is needed; what it puts into the list is freed after use. */
    <M> Part<M> part(Function<List<Tensor>, M> builder) {
        Streamed<M> part = new Streamed<>(builder);
        parts.add(part);
        return part;
    }

    /** A part in memory. */
    private record Built<M>(M part, List<Tensor> held) {
        void free() {
            held.forEach(Tensor::close);
        }
    }

    /** The part that is being read ahead. */
    private record Ahead(Streamed<?> part, Future<? extends Built<?>> built) {}

    private final class Streamed<M> implements Part<M> {
        private final Function<List<Tensor>, M> builder;
        private @Nullable Streamed<?> next; // that was used after this one the last time

        Streamed(Function<List<Tensor>, M> builder) {
            this.builder = builder;
        }

        @Override
        public <R> R use(Function<M, R> body) {
            Built<M> built = take();
            try {
                readAhead();
                R result = body.apply(built.part());
                DeviceStream.finish(device); // or the reader would write over what still computes
                return result;
            } finally {
                built.free();
            }
        }

        private Built<M> take() {
            if (previous != null) {
                previous.next = this;
            }
            previous = this;
            Ahead waiting = ahead;
            if (waiting != null && waiting.part() == this) {
                ahead = null;
                @SuppressWarnings("unchecked") // this part's own reading
                Future<Built<M>> own = (Future<Built<M>>) waiting.built();
                return result(own);
            }
            discard();
            return result(reader.submit(this::build));
        }

        private void readAhead() {
            Streamed<?> following = next;
            if (following == null) {
                int place = parts.indexOf(this) + 1;
                following = place < parts.size() ? parts.get(place) : null;
            }
            if (following != null && following != this) {
                ahead = following.begin();
            }
        }

        private Ahead begin() {
            return new Ahead(this, reader.submit(this::build));
        }

        private Built<M> build() {
            List<Tensor> held = new ArrayList<>();
            try {
                Built<M> built = new Built<>(builder.apply(held), held);
                DeviceStream.finish(device);
                return built;
            } catch (RuntimeException | Error e) {
                held.forEach(Tensor::close);
                throw e;
            }
        }
    }

    /** Frees what was read ahead and is not wanted. */
    private void discard() {
        Ahead unwanted = ahead;
        ahead = null;
        if (unwanted != null) {
            try {
                result(unwanted.built()).free();
            } catch (RuntimeException e) {
                // It could not be read. Where it is wanted it is read again, and told then.
            }
        }
    }

    private static <T> T result(Future<T> future) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true; // what is being read must be taken, or it is never freed
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof RuntimeException cause) {
                        throw cause;
                    }
                    if (e.getCause() instanceof Error cause) {
                        throw cause;
                    }
                    throw new IllegalStateException(e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        discard();
        reader.shutdown();
    }
}
