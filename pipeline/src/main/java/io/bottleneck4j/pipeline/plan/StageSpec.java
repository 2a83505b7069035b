package io.bottleneck4j.pipeline.plan;

import io.bottleneck4j.core.sampling.StepCache;

/**
 * One stage as a plan file writes it.
 *
 * @param width pixels
 * @param height pixels
 * @param steps nominal number of steps N
 * @param strength the part w of them that runs, in (0, 1]
 * @param shift the stage's own timestep shift s
 * @param until the noise level in [0, 1) below which no step runs; 0 runs all
 * @param cache what answers steps without the model
 */
public record StageSpec(
        int width, int height, int steps, double strength, double shift, double until, StepCache cache) {
    public StageSpec {
        requirePixels("width", width);
        requirePixels("height", height);
        requireSteps(steps);
        if (!(strength > 0 && strength <= 1)) {
            throw new IllegalArgumentException("strength: must be above 0 and at most 1, not " + strength);
        }
        if (!(shift > 0 && shift < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "shift: must be a finite number above 0, not " + shift + "; use 1 for no shift");
        }
        if (!(until >= 0 && until < 1)) {
            throw new IllegalArgumentException(
                    "until: must be at least 0 and below 1, not " + until + "; use 0 to run to the end");
        }
    }

    /** A stage that runs all its steps. */
    public StageSpec(int width, int height, int steps, double strength, double shift) {
        this(width, height, steps, strength, shift, 0);
    }

    /** A stage without a cache. */
    public StageSpec(int width, int height, int steps, double strength, double shift, double until) {
        this(width, height, steps, strength, shift, until, StepCache.NONE);
    }

    private static void requirePixels(String name, int pixels) {
        if (pixels < 1) {
            throw new IllegalArgumentException(name + ": must be at least 1 px, not " + pixels);
        }
    }

    public StageSpec withSize(int newWidth, int newHeight) {
        return new StageSpec(newWidth, newHeight, steps, strength, shift, until, cache);
    }

    /** Refuses numbers of steps that no stage has. */
    static void requireSteps(int steps) {
        if (steps < 1 || steps > 10_000) {
            throw new IllegalArgumentException("steps: must be between 1 and 10000, not " + steps);
        }
    }

    public StageSpec withSteps(int other) {
        return new StageSpec(width, height, other, strength, shift, until, cache);
    }

    public StageSpec withStrength(double other) {
        return new StageSpec(width, height, steps, other, shift, until, cache);
    }

    public StageSpec withShift(double other) {
        return new StageSpec(width, height, steps, strength, other, until, cache);
    }

    public StageSpec withUntil(double other) {
        return new StageSpec(width, height, steps, strength, shift, other, cache);
    }

    public StageSpec withCache(StepCache other) {
        return new StageSpec(width, height, steps, strength, shift, until, other);
    }
}
