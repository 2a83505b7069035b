package io.bottleneck4j.core.sampling;

import java.util.Locale;

/** How a stage's noise levels lie before they are shifted. */
public enum Grid {

    /** The last part of a full schedule of N levels: the method. */
    SCHEDULE,

    /**
     * As many levels evenly from the strength w down to 0, so that a stage starts at w to the letter, where N·w is not whole too.
     *
     * <p>Source: arXiv 2507.08422 (RALU); ignoww/RALU@23c21fd, pipeline_flux_RALU.py.
     */
    EVEN;

    /**
     * Returns the grid of a lower-case name, such as {@code even}.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Grid parse(String name) {
        return Names.parse("grid", values(), name);
    }

    /** Returns the lower-case name, as {@link #parse} reads it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
