package io.bottleneck4j.core.sampling;

/** How much of the model a step runs. */
public enum Forward {

    /** The whole model. */
    FULL,

    /** A part of it: what a cache inside its blocks leaves. */
    PARTIAL,

    /** Nothing: the velocity is made from those of earlier steps. */
    SKIPPED,

    /** Not known before the run: the whole model or next to nothing, as the latents have it. */
    OPEN
}
