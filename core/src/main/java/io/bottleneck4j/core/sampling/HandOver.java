package io.bottleneck4j.core.sampling;

/** How a stage takes over the resized clean latents of the one before. */
public enum HandOver {

    /** Fresh noise brings them up to the first level of the stage's schedule: the method. */
    RENOISE,

    /**
     * They go on as they are, though the model is told the first level of the stage's schedule.
     *
     * <p>Only to see what the noise is for. Source: arXiv 2503.18940, Table 3.
     */
    AS_IS,

    /**
     * Where a stage with {@code until} is followed by a larger one, it ends at that level, and its noisy latents are enlarged in the
     * frequency domain: what they hold becomes the low frequencies, noise the high ones. Elsewhere as {@link #RENOISE}.
     *
     * <p>Source: SPEED, howardhx/speed@ca7801c, utils.py.
     */
    DCT
}
