package io.bottleneck4j.server.http;

import io.bottleneck4j.server.jobs.ApiException;
import io.bottleneck4j.server.jobs.JobEvent;
import io.bottleneck4j.server.jobs.JobRecord;
import io.bottleneck4j.server.jobs.Jobs;
import io.bottleneck4j.server.jobs.ServerJob;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The thread of a request waits for its job here. It tells the listener what happens, and looks between whether the client is still there.
 * Threads that wait are no more than the queue is long, so each may block.
 */
final class Waiting {
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final long BEAT = TimeUnit.SECONDS.toNanos(10);

    private Waiting() {}

    /** Tells nobody. */
    static final Listener SILENT = new Listener() {};

    /** Told on the thread of the request; an {@link IOException} says that the client is gone. */
    interface Listener {
        default void event(JobEvent event) throws IOException {}

        /** The job waits, and this many come before it; told when that changes. */
        default void position(int before) throws IOException {}

        /** Nothing was told for a while. */
        default void beat() throws IOException {}
    }

    /**
     * Waits for what comes of an accepted order, which may be there already.
     *
     * @return null if the client left
     * @throws ApiException if it failed
     */
    static @Nullable JobRecord outcome(Jobs jobs, Jobs.Accepted accepted, Listener listener) throws IOException {
        ServerJob job = accepted.job();
        if (job != null && !follow(jobs, job, listener)) {
            return null;
        }
        JobRecord record = job == null ? accepted.record() : job.record();
        ApiException.Body error = record.error();
        if (error != null) {
            throw error.asException();
        }
        return record;
    }

    /** Waits for the end of a job; returns whether the client is still there. */
    private static boolean follow(Jobs jobs, ServerJob job, Listener listener) throws IOException {
        try {
            int next = 0;
            int position = -2;
            long told = System.nanoTime();
            long looked = told;
            while (true) {
                int now = jobs.position(job.id());
                if (now != position && now >= 0) {
                    position = now;
                    listener.position(now);
                    told = System.nanoTime();
                }
                JobEvent event = job.await(next, LOOK);
                if (System.nanoTime() - looked > LOOK.toNanos()) {
                    looked = System.nanoTime();
                    if (WatchedProtocol.clientHasLeft()) {
                        return false;
                    }
                }
                if (event == null) {
                    if (System.nanoTime() - told > BEAT) {
                        listener.beat();
                        told = System.nanoTime();
                    }
                    continue;
                }
                next++;
                listener.event(event);
                told = System.nanoTime();
                if (event instanceof JobEvent.Ended) {
                    return true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            jobs.leave(job);
        }
    }
}
