package io.bottleneck4j.pipeline;

import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Stops a run from another thread: {@link #request} it, and the thread that encodes, denoises or decodes throws
 * {@link CancellationException} at its next layer. What is being written is finished or removed; nothing half-written stays.
 */
public final class Cancellation {
    private final ReentrantLock writing = new ReentrantLock();
    private final Set<Path> temporary = ConcurrentHashMap.newKeySet();
    private volatile boolean requested;
    private volatile String progress = "before anything was made";
    private volatile Duration patience = Duration.ofSeconds(10);

    /** Writes files. */
    @FunctionalInterface
    public interface Writing {
        void run() throws IOException;
    }

    /** Asks the run to stop. */
    public void request() {
        requested = true;
    }

    public boolean isRequested() {
        return requested;
    }

    /**
     * Does nothing unless the run was asked to stop.
     *
     * @throws CancellationException if it was, saying how far it came
     */
    public void check() {
        if (requested) {
            throw new CancellationException("cancelled " + progress);
        }
    }

    /**
     * Says how far the run came, for messages, and checks.
     *
     * @param reached what was done until now, as {@code after step 3 of 23}
     */
    public void check(String reached) {
        progress = reached;
        check();
    }

    /** Runs what must not be cut in the middle. */
    public void whole(Writing work) throws IOException {
        writing.lock();
        try {
            work.run();
        } finally {
            writing.unlock();
        }
    }

    /** A file or folder that must not outlive a cancelled run. */
    public void temporary(Path file) {
        temporary.add(file);
    }

    /** It is gone, or may stay. */
    public void keep(Path file) {
        temporary.remove(file);
    }

    /** How long a process that ends may wait for the run to stop. Default: ten seconds. */
    public Duration patience() {
        return patience;
    }

    /** For a run that needs longer to stop, as a server that finishes what it began. */
    public void patience(Duration longest) {
        patience = longest;
    }

    /**
     * For a process that ends without waiting for the run: waits for what is being written, lets nothing more be written, and removes what
     * must not stay.
     *
     * @return what could not be removed, with the reason
     */
    public List<String> abandon() {
        writing.lock(); // kept: nothing more is to be written
        List<String> left = new ArrayList<>();
        for (Path file : temporary) {
            try {
                WholeFile.discard(file);
            } catch (IOException e) {
                left.add(file + " could not be removed: " + e.getMessage());
            }
        }
        return left;
    }
}
