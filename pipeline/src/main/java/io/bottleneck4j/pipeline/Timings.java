package io.bottleneck4j.pipeline;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;

/** Wall-clock seconds by phase, added up. */
public final class Timings {
    /** What a pipeline spends time on. */
    public enum Phase {
        LOAD,
        ENCODE,
        DENOISE,
        DECODE
    }

    private final Map<Phase, Long> nanos = new EnumMap<>(Phase.class);

    <T> T time(Phase phase, Supplier<T> work) {
        long start = System.nanoTime();
        try {
            return work.get();
        } finally {
            nanos.merge(phase, System.nanoTime() - start, Long::sum);
        }
    }

    void run(Phase phase, Runnable work) {
        time(phase, () -> {
            work.run();
            return phase;
        });
    }

    public double seconds(Phase phase) {
        return nanos.getOrDefault(phase, 0L) / 1e9;
    }
}
