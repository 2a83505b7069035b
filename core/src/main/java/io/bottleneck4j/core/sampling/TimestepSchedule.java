package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.LatentShape;
import java.util.ArrayList;
import java.util.List;

/**
 * The noise levels that one stage walks down: n steps have n + 1 levels.
 *
 * @param sigmas levels in [0, 1], the noisiest first, each below the one before; at least two
 */
public record TimestepSchedule(List<Double> sigmas) {

    /** More steps than anybody runs; it keeps a mistyped number from filling the memory. */
    static final int MAX_STEPS = 10_000;

    /**
     * Checks and copies the levels.
     *
     * @throws IllegalArgumentException if there are fewer than two, or one is outside [0, 1] or not below its
     *     predecessor
     */
    public TimestepSchedule {
        sigmas = List.copyOf(sigmas);
        if (sigmas.size() < 2) {
            throw new IllegalArgumentException(
                    "sigmas: %s levels make no step; give at least 2".formatted(sigmas.size()));
        }
        for (int i = 0; i < sigmas.size(); i++) {
            double sigma = sigmas.get(i);
            if (!(sigma >= 0 && sigma <= 1)) {
                throw new IllegalArgumentException(
                        "sigmas: level %s is %s, outside [0, 1]; use 1 for noise, 0 for clean".formatted(i, sigma));
            }
            if (i > 0 && sigma >= sigmas.get(i - 1)) {
                throw new IllegalArgumentException(
                        "sigmas: level %s is %s, not below %s; list them falling, or use fewer steps or a shift nearer 1"
                                .formatted(i, sigma, sigmas.get(i - 1)));
            }
        }
    }

    /**
     * Returns the full schedule from pure noise to clean: {@code steps} levels evenly spaced from 1 to 1 / steps, each
     * shifted, then 0.
     *
     * <p>Levels are spaced as numpy's {@code linspace} does, so that they are the same doubles.
     *
     * <p>Source: arXiv 2503.18940, Eq. 9; diffusers 0.42.1, pipeline_flux.py, FluxPipeline.
     *
     * @param steps 1 to 10,000
     * @param shift applied to every level
     * @param shape the latents' shape {@code [C, F, H, W]}, which the shift may depend on
     * @throws IllegalArgumentException if {@code steps} is out of range, the shift has no factor for the shape, or it
     *     is so extreme that levels coincide
     */
    public static TimestepSchedule shifted(int steps, Shift shift, LatentShape shape) {
        return shifted(steps, Solver.EULER, shift, shape);
    }

    /** The same with the levels of another solver than Euler's. */
    static TimestepSchedule shifted(int steps, Solver solver, Shift shift, LatentShape shape) {
        requireSteps(steps);
        return toClean(solver.levels(steps), shift, shape);
    }

    /** Returns the levels, shifted, then 0. */
    private static TimestepSchedule toClean(List<Double> levels, Shift shift, LatentShape shape) {
        List<Double> sigmas = new ArrayList<>(shift.levels(levels, shape));
        sigmas.add(0.0);
        return new TimestepSchedule(sigmas);
    }

    static void requireSteps(int steps) {
        if (steps < 1 || steps > MAX_STEPS) {
            throw new IllegalArgumentException(
                    "steps: %s is outside 1 to %s; 20 to 50 are usual".formatted(steps, MAX_STEPS));
        }
    }

    /** Returns levels spaced evenly from {@code start} to 0, as numpy's {@code linspace} does, each shifted. */
    static TimestepSchedule even(double start, int steps, Shift shift, LatentShape shape) {
        return toClean(Solver.even(start, -start / steps, steps), shift, shape);
    }

    /** Returns a level, then the levels that lie below it. */
    TimestepSchedule enteredAt(double level) {
        List<Double> kept = new ArrayList<>(List.of(level));
        sigmas.stream().filter(sigma -> sigma < level).forEach(kept::add);
        return new TimestepSchedule(kept);
    }

    /** Returns the levels above one, then that one, where the schedule ends. */
    TimestepSchedule stoppedAt(double level) {
        if (sigmas.get(0) <= level) {
            throw new IllegalArgumentException("until: %s leaves no step, since the first starts at sigma %s; use less"
                    .formatted(level, sigmas.get(0)));
        }
        List<Double> kept =
                new ArrayList<>(sigmas.stream().filter(sigma -> sigma > level).toList());
        kept.add(level);
        return new TimestepSchedule(kept);
    }

    /**
     * Returns the schedule without its first steps.
     *
     * @param step index of the step to start with, from 0 to {@code steps() - 1}
     * @throws IllegalArgumentException if no step would be left
     * @throws IndexOutOfBoundsException if {@code step} is negative or beyond the last level
     */
    public TimestepSchedule from(int step) {
        return new TimestepSchedule(sigmas.subList(step, sigmas.size()));
    }

    /**
     * Returns the schedule that goes straight to its last level from the smallest one that is not below another: the
     * levels between are left out.
     *
     * @param least a level in [0, 1); at 0 nothing is left out
     * @throws IllegalArgumentException if the first level is below it, so that no step would be left
     */
    public TimestepSchedule until(double least) {
        if (sigmas.get(0) < least) {
            throw new IllegalArgumentException("until: %s leaves no step, since the first starts at sigma %s; use less"
                    .formatted(least, sigmas.get(0)));
        }
        List<Double> kept = new ArrayList<>(sigmas.subList(0, steps()).stream()
                .filter(sigma -> sigma >= least)
                .toList());
        kept.add(sigmas.get(steps()));
        return new TimestepSchedule(kept);
    }

    /** Returns the number of steps, each one forward of the model. */
    public int steps() {
        return sigmas.size() - 1;
    }

    /**
     * Returns one level.
     *
     * @param i 0 for the noisiest, {@code steps()} for the last
     * @throws IndexOutOfBoundsException if there is no such level
     */
    public double sigma(int i) {
        return sigmas.get(i);
    }
}
