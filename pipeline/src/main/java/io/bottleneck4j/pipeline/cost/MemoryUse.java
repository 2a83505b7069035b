package io.bottleneck4j.pipeline.cost;

/**
 * What one part of a run holds in memory at its peak, foretold from shapes; beside it stand the program itself, some 200 MB, and what
 * allocators keep in reserve.
 *
 * @param part as {@code transformer, 1280 x 720}
 * @param weights bytes
 * @param working bytes of activations
 */
public record MemoryUse(String part, long weights, long working) {
    /** Both, in bytes. */
    public long bytes() {
        return weights + working;
    }
}
