package io.bottleneck4j.core.cache;

import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.StepCache;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Runs the first block at every step, and the others only where its effect has changed: a step decides by its own latents. Source:
 * chengzeyi/ParaAttention, first_block_cache; diffusers 0.42.1, hooks/first_block_cache.py.
 *
 * @param threshold how much the first block's residual may differ from that of the last full step, as a part of it, above 0
 */
public record FirstBlockCache(double threshold) implements StepCache.Inside {

    /**
     * Checks the threshold.
     *
     * @throws IllegalArgumentException if it is not a finite number above 0
     */
    public FirstBlockCache {
        EasyCache.requireThreshold(threshold);
    }

    @Override
    public List<Forward> forwards(int steps) {
        List<Forward> forwards = new ArrayList<>(Collections.nCopies(steps, Forward.OPEN));
        forwards.set(0, Forward.FULL);
        return forwards;
    }

    /** Returns its spelling, as {@link Caches#parse} reads it. */
    @Override
    public String toString() {
        return Caches.spelling(this);
    }
}
