package io.bottleneck4j.models.cost;

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
}
