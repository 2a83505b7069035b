package io.bottleneck4j.server.jobs;

import io.bottleneck4j.pipeline.Cancellation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job that waits or runs, and those who wait for it. Its events are kept until it is forgotten, so that whoever comes later, by the same
 * idempotency key, is told all of them too.
 */
public final class ServerJob {
    private final Order order;
    private final Cancellation cancellation = new Cancellation();
    private final List<JobEvent> events = new ArrayList<>();
    private JobRecord record;
    private int readers;
    private double progress;
    private boolean unwanted;
    private @Nullable ApiException reason;

    ServerJob(JobRecord record, Order order) {
        this.record = record;
        this.order = order;
    }

    public Order order() {
        return order;
    }

    public String id() {
        return record().id();
    }

    /** What is known of it now. */
    public synchronized JobRecord record() {
        return record;
    }

    synchronized void record(JobRecord now) {
        record = now;
    }

    /** Part of it that is done, from 0 to 1. */
    public synchronized double progress() {
        return progress;
    }

    synchronized void progress(double part) {
        progress = part;
    }

    Cancellation cancellation() {
        return cancellation;
    }

    /** Asks it to stop; the first reason is the one told. */
    synchronized void stop(ApiException why) {
        if (reason == null) {
            reason = why;
        }
        cancellation.request();
    }

    /** Why it was asked to stop. */
    synchronized @Nullable ApiException reason() {
        return reason;
    }

    /** Once it has ended, it is to be forgotten. */
    synchronized void forgetAtEnd() {
        unwanted = true;
    }

    synchronized boolean isUnwanted() {
        return unwanted;
    }

    synchronized void tell(JobEvent event) {
        events.add(event);
        notifyAll();
    }

    synchronized void join() {
        readers++;
    }

    /** Returns whether nobody waits for it any more. */
    synchronized boolean leave() {
        readers--;
        return readers == 0;
    }

    /** Whether nobody waits for it. */
    synchronized boolean isAbandoned() {
        return readers == 0;
    }

    /**
     * The event of an index.
     *
     * @param longest to wait for it
     * @return null if there is none yet
     */
    public synchronized @Nullable JobEvent await(int index, Duration longest) throws InterruptedException {
        long end = System.nanoTime() + longest.toNanos();
        while (events.size() <= index) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return null;
            }
            wait(left);
        }
        return events.get(index);
    }
}
