package io.bottleneck4j.pipeline.cost;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * What one part of a run holds in memory at its peak, foretold from shapes; beside it stands the program itself.
 *
 * @param part as {@code transformer, 1280 x 720}
 * @param weights bytes
 * @param working bytes of activations
 */
public record MemoryUse(String part, long weights, long working) {
    /** The part that needs most; parts is not empty. */
    public static MemoryUse largest(List<MemoryUse> parts) {
        return Collections.max(parts, Comparator.comparingLong(MemoryUse::bytes));
    }

    /** Both, in bytes. */
    public long bytes() {
        return weights + working;
    }
}
