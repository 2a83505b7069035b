package io.bottleneck4j.torch;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Watches whether other work wants our cores, and while it does has OpenMP's threads sleep where they otherwise spin.
 *
 * <p>Between two operations GNU's OpenMP spins for milliseconds, so that the next one starts at once. On an idle machine that is a
 * quarter faster than sleeping. Beside a busy process it is three times slower: a thread spins for one that cannot run, since the
 * spinning thread has its core. The library spins briefly instead when it has more threads than the process has processors (libgomp
 * config/linux/wait.h, {@code gomp_throttled_spin_count_var}). So while others are busy a thread with a team of its own, asleep,
 * makes them more; when it ends they are as before. How operations are divided stays the same, and so do their bits.
 *
 * <p>Linux tells how long each thread was ready but not running. Nothing is done elsewhere, under another OpenMP, or where the
 * environment says how to wait ({@code OMP_WAIT_POLICY}, {@code GOMP_SPINCOUNT}).
 */
final class Neighbours {
    private static final Path TASKS = Path.of("/proc/self/task");
    private static final long START =
            700_000_000; // ns before the first look: Java's own compiler is a busy neighbour then
    private static final long WINDOW = 100_000_000; // ns between two looks
    private static final int IDLE_WINDOWS = 20; // without an operation, then the watch ends
    /** Processors waited for in a window. One busy neighbour makes it 0.5, an idle machine's small tasks 0.02 to 0.2. */
    private static final double BUSY = 0.3;

    private static final double QUIET = 0.2;
    private static final int PATIENCE = 2; // quiet windows before threads spin again

    private static final long SHARE = 1 << 16; // elements for each thread, above libtorch's own grain

    private static final boolean POSSIBLE = possible();
    private static final Neighbours INSTANCE = new Neighbours();

    private volatile boolean used; // since the last look
    private volatile boolean watching;
    private @Nullable CountDownLatch extra; // holds the team that makes OpenMP's threads too many

    Neighbours() {}

    private static boolean possible() {
        Libtorch.load();
        return Files.isDirectory(TASKS)
                && System.getenv("OMP_WAIT_POLICY") == null
                && System.getenv("GOMP_SPINCOUNT") == null
                && ThreadSetter.named("GOMP_parallel") != null
                && ThreadSetter.named("__kmpc_fork_call") == null;
    }

    /** Tells that an operation runs; starts the watch if none does. */
    static void used() {
        if (POSSIBLE && !INSTANCE.used) {
            INSTANCE.use();
        }
    }

    private void use() {
        used = true;
        if (!watching) {
            synchronized (this) {
                if (!watching) {
                    watching = true;
                    daemon("bottleneck4j-neighbours", this::watch);
                }
            }
        }
    }

    private static void daemon(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        LockSupport.parkNanos(START);
        int unused = 0;
        Verdict verdict = new Verdict();
        long before = waited();
        long since = System.nanoTime();
        while (unused < IDLE_WINDOWS) {
            LockSupport.parkNanos(WINDOW);
            long now = waited();
            long time = System.nanoTime();
            if (used) {
                if (verdict.busy((double) (now - before) / (time - since))) {
                    sleep();
                } else {
                    spin();
                }
                unused = 0;
            } else {
                unused++;
            }
            used = false;
            before = now;
            since = time;
        }
        spin();
        synchronized (this) {
            watching = false;
            used = false; // so that the next operation starts a watch
        }
    }

    /** Whether others are busy, from one window to the next: at once when they are, after some windows when no longer. */
    static final class Verdict {
        private boolean busy;
        private int quiet;

        /**
         * The verdict after one more window.
         *
         * @param waited time that our threads waited for a processor, together, as a multiple of the window; below 0 where a thread
         *     has ended and took its past along, which tells nothing
         */
        boolean busy(double waited) {
            if (waited >= BUSY) {
                busy = true;
                quiet = 0;
            } else if (waited >= 0) {
                quiet = waited < QUIET ? quiet + 1 : 0;
                busy &= quiet < PATIENCE;
            }
            return busy;
        }
    }

    /** Nanoseconds that all threads of this process have been ready but not running; what it says grows but for threads that end. */
    static long waited() {
        long sum = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (Path task : tasks) {
                sum += waited(task);
            }
        } catch (IOException e) {
            return 0;
        }
        return sum;
    }

    private static long waited(Path task) {
        try {
            String[] fields = Files.readString(task.resolve("schedstat")).split(" ", 3);
            return Long.parseLong(fields[1]); // running, waiting, times
        } catch (IOException | RuntimeException e) {
            return 0; // it has ended, or the kernel does not tell
        }
    }

    void sleep() {
        if (extra != null) {
            return;
        }
        CountDownLatch end = new CountDownLatch(1);
        extra = end;
        daemon("bottleneck4j-calm", () -> {
            int more = Runtime.getRuntime().availableProcessors() + 1;
            OpenMp.useThreads(more);
            try (PointerScope scope = new PointerScope()) { // large enough to be shared among all of them
                torch.zeros(more * SHARE).fill_(new Scalar(1));
            }
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    void spin() {
        if (extra != null) {
            extra.countDown();
            extra = null;
        }
    }
}
