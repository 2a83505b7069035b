package io.bottleneck4j.cli;

import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Ctrl-C: the command stops between two steps, and nothing half-written stays.
 *
 * <p>The JVM answers a signal by running its shutdown hooks beside the main thread. {@link #onShutdown} is such a hook: it asks the
 * command to stop and waits for it. A step that takes longer than {@link #GRACE_SECONDS} is not waited for, as nobody wants to; a file
 * being written is.
 */
final class Cancellation {
    private static final long GRACE_SECONDS = 10;

    private final CountDownLatch finished = new CountDownLatch(1);
    private final ReentrantLock writing = new ReentrantLock();
    private volatile boolean requested;
    private final Set<Path> temporary = ConcurrentHashMap.newKeySet();

    /** Writes files. */
    @FunctionalInterface
    interface Writing {
        void run() throws IOException;
    }

    /** Asks the command to stop at the next {@link #check}. */
    void request() {
        requested = true;
    }

    /**
     * Does nothing unless the command was asked to stop.
     *
     * @param progress what was done until now, as {@code after step 3 of 23}
     * @throws CancellationException if it was
     */
    void check(String progress) {
        if (requested) {
            throw new CancellationException("cancelled " + progress);
        }
    }

    /** Runs what must not be cut in the middle. */
    void whole(Writing work) throws IOException {
        writing.lock();
        try {
            work.run();
        } finally {
            writing.unlock();
        }
    }

    /** A file or folder that must not outlive a cancelled command. */
    void temporary(Path file) {
        temporary.add(file);
    }

    /** It is gone, or may stay. */
    void keep(Path file) {
        temporary.remove(file);
    }

    /** The command has ended, by itself or because it was asked to. */
    void finish() {
        finished.countDown();
    }

    /** The shutdown hook. It also runs at an ordinary end, and then does nothing. */
    void onShutdown() {
        if (finished.getCount() == 0) {
            return;
        }
        request();
        try {
            if (!finished.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
                abandon();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // The JVM would return 143 for SIGTERM; halting here makes both signals return the same.
        Runtime.getRuntime().halt(ExitCode.CANCELLED);
    }

    private void abandon() {
        writing.lock(); // kept: nothing more is to be written
        for (Path left : temporary) {
            try {
                WholeFile.discard(left);
            } catch (IOException e) {
                System.err.println("bottleneck4j: " + left + " could not be removed: " + e.getMessage());
            }
        }
        System.err.println("bottleneck4j: cancelled in the middle of a step");
    }
}
