package io.bottleneck4j.models.cost;

import io.bottleneck4j.core.cache.FirstBlockCache;
import io.bottleneck4j.core.cache.OverFeature;
import io.bottleneck4j.core.cache.TokenCache;
import io.bottleneck4j.core.sampling.StepCache;

/**
 * The memory a transformer's forward needs beside its weights: a block holds so many activations [tokens, D] at once where it is widest.
 *
 * <p>That is the single block's feed-forward: the stream, its normalised copy, queries, keys and values (3), attention's result, the
 * feed-forward before and after its activation (4 each), and what goes into the output projection (5).
 */
public final class ForwardMemory {
    /** Activations [tokens, D] alive at once. */
    static final int ACTIVATIONS = 19;

    private ForwardMemory() {}

    /**
     * Bytes at the peak.
     *
     * @param tokens of text and latents together
     * @param dim D
     * @param bytesPerValue of the type computed in
     */
    public static long bytes(long tokens, long dim, int bytesPerValue) {
        return Math.multiplyExact(tokens * dim, (long) ACTIVATIONS * bytesPerValue);
    }

    /**
     * Bytes that a cache of steps holds beside the forward: activations [tokens, D].
     *
     * @param tokens of text and latents together
     * @param dim D
     * @param layers double-stream blocks
     * @param singleLayers single-stream blocks
     * @param mlpRatio width of a feed-forward's middle, in D
     * @param bytesPerValue of the type computed in
     */
    public static long cacheBytes(
            StepCache cache, long tokens, long dim, int layers, int singleLayers, double mlpRatio, int bytesPerValue) {
        double held = 0;
        int bytes = bytesPerValue;
        if (cache instanceof TokenCache tokenCache) {
            boolean all = tokenCache.kind() == TokenCache.Kind.TOCA_PAPER; // the middles too
            held = 2.0 * (layers + singleLayers) + (all ? mlpRatio * singleLayers : 0);
        } else if (cache instanceof FirstBlockCache) {
            held = 2;
        } else if (cache instanceof OverFeature feature && feature.feature() == OverFeature.Feature.HIDDEN) {
            held = 3;
            bytes = Float.BYTES; // on the heap
        }
        return (long) (held * tokens * dim * bytes);
    }
}
