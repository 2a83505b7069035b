package io.bottleneck4j.models.mmdit;

import io.bottleneck4j.core.cache.FirstBlockCache;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.torch.Tensor;

/** The blocks of a transformer of tokens: what lies between the embedded tokens and the last projection. The batch is always 1. */
public interface Trunk {
    /** Whether text and image attend to each other in one attention, text first. */
    default boolean joinsText() {
        return true;
    }

    /**
     * Image tokens after all blocks [1, Li, D], before {@link #normOut}.
     *
     * @param in the embedded tokens, which stay the caller's
     * @param rows of one level, from {@link ModulationTable#at}
     * @param attending how tokens attend to each other
     */
    Tensor hidden(Streams in, Tensor rows, Attending attending);

    /** Both streams after the first block. */
    Streams first(Streams in, Tensor rows, Attending attending);

    /** {@link #hidden} of what {@link #first} gave. */
    Tensor afterFirst(Streams in, Tensor rows, Attending attending);

    /** The last normalisation: [1, L, D] → [1, L, D]. */
    Tensor normOut(Tensor hidden, Tensor rows);

    /**
     * A way through the blocks for one stage that leaves out what the cache remembers.
     *
     * @throws IllegalArgumentException if the cache does not fit the blocks or the number of steps
     */
    default BlockPath path(StepCache.Inside cache, int steps) {
        if (cache instanceof FirstBlockCache firstBlock) {
            return new FirstBlockPath(this, firstBlock);
        }
        throw new IllegalArgumentException(
                "cache: " + cache
                        + " knows blocks of two streams alone, as those of FLUX.1; use another cache, such as taylor or firstblock");
    }
}
