package io.bottleneck4j.core.sampling;

/**
 * Told about a run as it goes, on the thread that samples.
 *
 * <p>Whatever a listener throws ends the run between two steps and reaches the caller of the sampler; to cancel, throw
 * {@link java.util.concurrent.CancellationException}.
 */
@FunctionalInterface
public interface SamplingListener {

    /** A listener that does nothing. */
    SamplingListener NONE = step -> {};

    /**
     * Called when a stage begins, before noise is drawn for it.
     *
     * @param first the place of the stage's first step
     */
    default void onStage(Position first) {}

    /**
     * Called after each step.
     *
     * @param step what the step has made
     */
    void onStep(Step step);
}
