package io.bottleneck4j.core.sampling;

import java.util.Locale;

/** How a strength w picks the first of N steps that a stage runs, when N·w is not a whole number. */
public enum Rounding {

    /**
     * The first step is N − N·w rounded down, so about N·w steps run, rounded up.
     *
     * <p>Source: diffusers 0.42.1, pipeline_flux_img2img.py, get_timesteps.
     */
    IMG2IMG {
        @Override
        int firstStep(int steps, double strength) {
            return (int) (steps - Math.min(steps * strength, steps));
        }
    },

    /** N·w steps run, rounded down. */
    FLOOR {
        @Override
        int firstStep(int steps, double strength) {
            return steps - (int) Math.floor(steps * strength + ROUNDING_ERROR);
        }
    };

    /** Keeps a product such as 10 · 0.7 that comes out a hair below a whole number from losing a step. */
    private static final double ROUNDING_ERROR = 1e-9;

    /**
     * Returns the rule of a lower-case name, such as {@code floor}.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Rounding parse(String name) {
        return Names.parse("rounding", values(), name);
    }

    /** Returns the lower-case name, as {@link #parse} reads it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the index of the first step that runs, from 0 to {@code steps}; {@code steps} means that none does.
     *
     * @param steps the nominal number N, at least 1
     * @param strength the strength w in (0, 1]
     */
    abstract int firstStep(int steps, double strength);
}
