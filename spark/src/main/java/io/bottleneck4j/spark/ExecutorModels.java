package io.bottleneck4j.spark;

import io.bottleneck4j.batch.RowDefaults;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Quantization;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The models of an executor: at most one a device, loaded by the first task that wants it and used by later ones, one at a time. Another
 * model takes its place, which is freed first; one that nobody uses for a while is freed too, and so are all when the process ends.
 */
final class ExecutorModels {
    /** Those of this process. */
    static final ExecutorModels HERE = new ExecutorModels(Duration.ofMinutes(5));

    private static final long LOOKS_EVERY_MS = 100;

    private final Duration idle;
    private final Map<Device, Slot> slots = new ConcurrentHashMap<>();
    private final Set<Task> tasks = ConcurrentHashMap.newKeySet();

    /** A task that is running. */
    private record Task(BooleanSupplier interrupted, Cancellation cancellation) {}

    /** What a loaded model depends on. */
    private record Key(
            String model, @Nullable String dtype, @Nullable Quantization quantization, int threads) {}

    /** A model that a task has for itself until it closes this. */
    static final class Lease implements AutoCloseable {
        private final Slot slot;

        private Lease(Slot slot) {
            this.slot = slot;
        }

        Pipeline pipeline() {
            return slot.required();
        }

        RowDefaults.Requests requests(RowDefaults defaults, Consumer<Plan> told) {
            return slot.requests(defaults, told);
        }

        @Override
        public void close() {
            slot.used = System.nanoTime();
            slot.turn.unlock();
        }
    }

    /** A device's place for a model; all but the lock only by whom has that. */
    private static final class Slot {
        final ReentrantLock turn = new ReentrantLock(true);
        long used;
        private @Nullable Key key;
        private @Nullable Pipeline pipeline;
        private @Nullable RowDefaults defaults;
        private RowDefaults.@Nullable Requests requests;

        Pipeline required() {
            if (pipeline == null) {
                throw new IllegalStateException("no model is loaded");
            }
            return pipeline;
        }

        /** The same for the same defaults: it keeps LoRAs that were read, by which the weights in memory are known. */
        RowDefaults.Requests requests(RowDefaults wanted, Consumer<Plan> told) {
            RowDefaults.Requests known = requests;
            if (known == null || !wanted.equals(defaults)) {
                known = wanted.requests(required().model(), told);
                requests = known;
                defaults = wanted;
            }
            return known;
        }

        void free() {
            Pipeline old = pipeline;
            pipeline = null;
            key = null;
            requests = null;
            defaults = null;
            if (old != null) {
                old.close();
            }
        }
    }

    /**
     * None yet.
     *
     * @param idle after which a model is freed
     */
    ExecutorModels(Duration idle) {
        this.idle = idle;
        ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "bottleneck4j-models");
            thread.setDaemon(true);
            return thread;
        });
        var unused = looking.scheduleWithFixedDelay(this::look, LOOKS_EVERY_MS, LOOKS_EVERY_MS, TimeUnit.MILLISECONDS);
        Runtime.getRuntime().addShutdownHook(new Thread(this::end, "bottleneck4j-end"));
    }

    /**
     * Watches a task: from when Spark interrupts it, whatever runs under the token ends at its next layer.
     *
     * @return ends the watching
     */
    Runnable watch(BooleanSupplier interrupted, Cancellation cancellation) {
        Task task = new Task(interrupted, cancellation);
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    /**
     * A model on a device, for the calling task alone; waits for its turn.
     *
     * @param threads on the CPU
     * @throws IllegalStateException if the model cannot be opened, with the machine's name
     * @throws CancellationException if the task was cancelled while it waited
     */
    Lease lease(
            String model,
            PictureOptions options,
            Device device,
            int threads,
            Path sent,
            Cancellation cancellation,
            JobListener notes) {
        Slot slot = slots.computeIfAbsent(device, it -> new Slot());
        try {
            while (!slot.turn.tryLock(LOOKS_EVERY_MS, TimeUnit.MILLISECONDS)) {
                cancellation.check("before its turn came");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted");
        }
        Lease lease = null;
        try {
            Key wanted = new Key(model, options.dtype(), options.quantization(), threads);
            if (!wanted.equals(slot.key)) {
                slot.free();
                slot.pipeline = open(model, options, device, threads, sent, notes);
                slot.key = wanted;
            }
            lease = new Lease(slot);
            return lease;
        } catch (IOException | RuntimeException | LinkageError e) {
            throw new IllegalStateException(
                    "model: '" + model + "' cannot be opened on " + ModelPlace.host() + ": " + WholeFile.message(e), e);
        } finally {
            if (lease == null) {
                slot.turn.unlock();
            }
        }
    }

    private Pipeline open(String name, PictureOptions options, Device device, int threads, Path sent, JobListener notes)
            throws IOException {
        long start = System.nanoTime();
        Model model = ModelPlace.open(name, sent);
        Libtorch.setThreads(threads);
        Execution execution = options.execution(model, device, notes);
        Pipeline pipeline = model.pipeline(execution);
        try {
            pipeline.load();
            pipeline.notes().forEach(notes::note);
            notes.note("model: " + name + " loaded on " + device + " in " + execution.precision() + ", " + threads
                    + " threads, in " + (System.nanoTime() - start) / 1_000_000 + " ms");
            return pipeline;
        } catch (RuntimeException e) {
            pipeline.close();
            throw e;
        }
    }

    /** How many models are loaded. */
    int loaded() {
        return (int)
                slots.values().stream().filter(slot -> slot.pipeline != null).count();
    }

    private void look() {
        for (Task task : tasks) {
            if (task.interrupted().getAsBoolean()) {
                task.cancellation().request();
            }
        }
        for (Slot slot : slots.values()) {
            if (slot.turn.tryLock()) {
                try {
                    if (slot.pipeline != null && System.nanoTime() - slot.used > idle.toNanos()) {
                        slot.free();
                    }
                } finally {
                    slot.turn.unlock();
                }
            }
        }
    }

    /** The process ends: native code must not run on while libraries are taken down. */
    private void end() {
        tasks.forEach(task -> task.cancellation().request());
        for (Slot slot : slots.values()) {
            try {
                if (slot.turn.tryLock(10, TimeUnit.SECONDS)) {
                    slot.free(); // and nobody gets its turn any more
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
