package io.bottleneck4j.core.cache;

import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.StepCache;
import java.util.ArrayList;
import java.util.List;

/**
 * ToCa and DuCa: between full steps attention comes from a cache, and feed-forwards run for some tokens only.
 *
 * <p>Source: arXiv 2410.05317 (ToCa), arXiv 2412.18911 (DuCa), and their released code for FLUX, Shenyi-Z/ToCa@e84096f,
 * flux-ToCa.
 *
 * @param kind whose rules
 * @param rhythm which steps are full
 * @param fresh the share of tokens that partial steps compute, in (0, 1]
 * @param seed of the tokens that DuCa draws; without effect in the others
 */
public record TokenCache(Kind kind, Rhythm.Every rhythm, double fresh, long seed) implements StepCache.Inside {

    /** Which tokens are computed, and how. */
    public enum Kind {

        /** Tokens that receive much attention or have waited long; as released for FLUX in February 2025. */
        TOCA,

        /**
         * The same latents with more work in single-stream blocks, which run their first layer whole for the fresh tokens and their
         * last for all: as in the table of arXiv 2503.18940. Inferred from the FLOPs stated there, and from lines left in the released
         * code as comments.
         */
        TOCA_PAPER,

        /** Random tokens, and after each partial step one that only runs the end of the model. */
        DUCA
    }

    /**
     * Checks the share.
     *
     * @throws IllegalArgumentException if it is outside (0, 1]
     */
    public TokenCache {
        if (!(fresh > 0 && fresh <= 1)) {
            throw new IllegalArgumentException("fresh: %s is outside (0, 1]; 0.1 is usual".formatted(fresh));
        }
    }

    @Override
    public List<Forward> forwards(int steps) {
        List<Forward> forwards = new ArrayList<>(rhythm.forwards(steps, Forward.PARTIAL));
        for (int i = 0; i < steps; i++) {
            if (isSkipped(i)) {
                forwards.set(i, Forward.SKIPPED);
            }
        }
        return forwards;
    }

    /** After a full step partial and skipped ones take turns, the partial first. */
    private boolean isSkipped(int step) {
        int since = Math.floorMod(step - (rhythm.first() - 1), rhythm.every());
        return kind == Kind.DUCA && step >= rhythm.first() && since != 0 && since % 2 == 0;
    }

    /**
     * Returns how many tokens a block computes in a partial step: fewer in later blocks, and more in single-stream ones, which matter
     * less and cost less.
     *
     * @param tokens of the stream
     * @param layer index of the block among those of its kind
     * @param single whether it is a single-stream block
     */
    public int fresh(long tokens, int layer, boolean single) {
        double share =
                fresh * (1.5 - layer / 27.0) * (single ? 1.6 : 0.4); // 27 whatever the number of blocks, as released
        return (int) ((float) Math.min(1, Math.max(0, share)) * (float) tokens);
    }

    /** Returns its spelling, as {@link Caches#parse} reads it. */
    @Override
    public String toString() {
        return Caches.spelling(this);
    }
}
