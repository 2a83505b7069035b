package io.bottleneck4j.pipeline;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Wall-clock seconds by phase, added up. A phase inside another, as a preview decoded while denoising, counts as itself alone.
 */
public final class Timings {
    /** What a pipeline spends time on. */
    public enum Phase {
        LOAD,
        ENCODE,
        DENOISE,
        DECODE
    }

    private final Map<Phase, Long> nanos = new EnumMap<>(Phase.class);
    private long inner;

    <T> T time(Phase phase, Supplier<T> work) {
        long before = inner;
        inner = 0;
        long start = System.nanoTime();
        try {
            return work.get();
        } finally {
            long all = System.nanoTime() - start;
            add(phase, all - inner);
            inner = before + all;
        }
    }

    /** Runs what counts for no phase, nor for the one that it is inside of. */
    void aside(Runnable work) {
        Timings before = copy();
        long outer = inner;
        long start = System.nanoTime();
        try {
            work.run();
        } finally {
            reset(before);
            inner = outer + System.nanoTime() - start;
        }
    }

    private synchronized void reset(Timings before) {
        nanos.clear();
        nanos.putAll(before.nanos);
    }

    synchronized void add(Phase phase, long more) {
        nanos.merge(phase, more, Long::sum);
    }

    public synchronized double seconds(Phase phase) {
        return nanos.getOrDefault(phase, 0L) / 1e9;
    }

    /** Seconds of all phases. */
    public synchronized double seconds() {
        return nanos.values().stream().mapToLong(Long::longValue).sum() / 1e9;
    }

    /** What was added since: these less those of an earlier {@link #copy}. */
    synchronized Timings since(Timings earlier) {
        Timings since = new Timings();
        nanos.forEach((phase, all) -> since.nanos.put(phase, all - earlier.nanos.getOrDefault(phase, 0L)));
        return since;
    }

    Timings copy() {
        return since(new Timings());
    }
}
