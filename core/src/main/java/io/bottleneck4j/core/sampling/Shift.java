package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.LatentShape;
import java.util.List;

/**
 * A timestep shift: moves noise levels toward noise by t → s·t / (1 + (s − 1)·t), where s is the factor.
 *
 * <p>A factor of 1 moves nothing, a larger one spends more steps on noisy latents, and 0 and 1 stay where they are.
 *
 * <p>Source: arXiv 2503.18940, Eq. 9; diffusers 0.42.1, scheduling_flow_match_euler_discrete.py.
 */
public sealed interface Shift {

    /**
     * Returns the factor s for latents of a shape {@code [C, F, H, W]}; finite and above 0.
     *
     * @throws IllegalArgumentException if the shift has none for this shape
     */
    double factor(LatentShape shape);

    /** Returns the same for so many steps, on which a shift may depend. */
    default Shift forSteps(int steps) {
        return this;
    }

    /**
     * Returns the shifted level.
     *
     * @param t a level in [0, 1], 1 being pure noise
     * @param shape the latents' shape {@code [C, F, H, W]}
     * @throws IllegalArgumentException if {@code t} is outside [0, 1], or as {@link #factor} does
     */
    default double apply(double t, LatentShape shape) {
        if (!(t >= 0 && t <= 1)) {
            throw new IllegalArgumentException(
                    "level: %s is outside [0, 1]; use 1 for noise, 0 for clean".formatted(t));
        }
        double s = factor(shape);
        return t == 1 ? 1 : s * t / (1 + (s - 1) * t); // rounding must not move pure noise off 1
    }

    /**
     * Returns levels shifted, and stretched where the shift ends at a level of its own.
     *
     * @param levels the levels in [0, 1] of a run of steps, the noisiest first, without the 0 that ends it
     * @param shape the latents' shape {@code [C, F, H, W]}
     * @throws IllegalArgumentException as {@link #apply} does
     */
    default List<Double> levels(List<Double> levels, LatentShape shape) {
        return levels.stream().map(t -> apply(t, shape)).toList();
    }

    /** Returns the level that the last step of a run begins at, whatever the shift makes of it; 0 if that is left to the shift. */
    default double terminal() {
        return 0;
    }

    /** Returns the shift without such a level. */
    default Shift unstretched() {
        return this;
    }

    /**
     * Returns the shift with another such level.
     *
     * @param terminal in [0, 1); 0 to leave it to the shift
     * @throws IllegalArgumentException if it is outside
     */
    default Shift endingAt(double terminal) {
        return terminal == 0 ? unstretched() : new Stretched(unstretched(), terminal);
    }

    /** Returns the factor, or throws if it is not finite and above 0. */
    private static double requireFactor(double factor) {
        if (!(factor > 0 && factor < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "shift: %s is not a finite number above 0; use 1 for no shift".formatted(factor));
        }
        return factor;
    }

    /** No shift: every level stays where it is. */
    record None() implements Shift {
        @Override
        public double factor(LatentShape shape) {
            return 1;
        }
    }

    /**
     * One factor for all shapes.
     *
     * @param factor the factor s, finite and above 0
     */
    record Constant(double factor) implements Shift {

        /**
         * Checks the factor.
         *
         * @throws IllegalArgumentException if it is NaN, infinite, zero or negative
         */
        public Constant {
            requireFactor(factor);
        }

        @Override
        public double factor(LatentShape shape) {
            return factor;
        }
    }

    /**
     * A factor that grows with the number of tokens the model sees, for models trained at several resolutions.
     *
     * <p>mu lies on the straight line through two points, also beyond them. FLUX.1-dev goes from mu 0.5 at 256 tokens
     * to 1.15 at 4096, with patches of 2 × 2 cells and {@link Growth#EXPONENTIAL}.
     *
     * <p>Source: diffusers 0.42.1, pipeline_flux.py, calculate_shift.
     *
     * @param low one point of the line
     * @param high the other point, at more tokens
     * @param patch side of the square of cells that makes one token, at least 1; frames are not merged
     * @param growth how the factor follows from mu
     */
    record ByTokens(Point low, Point high, int patch, Growth growth) implements Shift {

        /**
         * Checks the line and the patch.
         *
         * @throws IllegalArgumentException if {@code high} has no more tokens than {@code low}, or {@code patch} is
         *     below 1
         */
        public ByTokens {
            if (high.tokens() <= low.tokens()) {
                throw new IllegalArgumentException("shift: %s tokens are not more than %s; give the lower point first"
                        .formatted(high.tokens(), low.tokens()));
            }
            if (patch < 1) {
                throw new IllegalArgumentException("patch: %s is less than 1; use 1 or more".formatted(patch));
            }
        }

        @Override
        public double factor(LatentShape shape) {
            long tokens = tokens(shape, patch);
            double slope = (high.mu() - low.mu()) / (high.tokens() - low.tokens());
            double mu = tokens * slope + (low.mu() - slope * low.tokens());
            return growth.factor(mu);
        }
    }

    /** Returns the tokens of latents, patches of a square of cells each. */
    private static long tokens(LatentShape shape, int patch) {
        return (long) shape.frames()
                * patches("height", shape.height(), patch)
                * patches("width", shape.width(), patch);
    }

    private static int patches(String name, int cells, int patch) {
        if (cells % patch != 0) {
            throw new IllegalArgumentException("%s: %s cells is not a multiple of the patch size %s; use %s"
                    .formatted(name, cells, patch, (cells / patch + 1L) * patch));
        }
        return cells / patch;
    }

    /**
     * FLUX.2's: a factor that grows with the number of tokens the model sees, and falls with the steps, from one line through the tokens
     * for 10 steps to another for 200. Above 4300 tokens the latter holds for all.
     *
     * <p>Source: diffusers 0.42.1, pipeline_flux2_klein.py, compute_empirical_mu.
     *
     * @param patch side of the square of cells that makes one token, at least 1
     * @param growth how the factor follows from mu
     * @param steps of a stage, at least 1
     */
    record Empirical(int patch, Growth growth, int steps) implements Shift {
        private static final long MOST_TOKENS = 4300;

        /**
         * Checks both numbers.
         *
         * @throws IllegalArgumentException if one is below 1
         */
        public Empirical {
            if (patch < 1 || steps < 1) {
                throw new IllegalArgumentException(
                        "patch, steps: %s, %s; use 1 or more of each".formatted(patch, steps));
            }
        }

        @Override
        public Shift forSteps(int others) {
            return new Empirical(patch, growth, others);
        }

        @Override
        public double factor(LatentShape shape) {
            long tokens = tokens(shape, patch);
            double of200 = 0.00016927 * tokens + 0.45666666;
            if (tokens > MOST_TOKENS) {
                return growth.factor(of200);
            }
            double of10 = 8.73809524e-05 * tokens + 1.89833333;
            double slope = (of200 - of10) / 190;
            return growth.factor(slope * steps + (of200 - 200 * slope));
        }
    }

    /**
     * Another shift whose levels are then stretched away from 1, so that the last step begins at a level that does not depend on the
     * number of steps. A single level stays where it is.
     *
     * <p>Source: diffusers 0.42.1, scheduling_flow_match_euler_discrete.py, stretch_shift_to_terminal.
     *
     * @param unstretched the shift before, itself not stretched
     * @param terminal the last level, in (0, 1); Qwen-Image has 0.02
     */
    record Stretched(Shift unstretched, double terminal) implements Shift {

        /**
         * Checks the level.
         *
         * @throws IllegalArgumentException if it is outside (0, 1)
         */
        public Stretched {
            if (!(terminal > 0 && terminal < 1)) {
                throw new IllegalArgumentException(
                        "shift_terminal: %s is outside (0, 1); use 0.02, or none".formatted(terminal));
            }
        }

        @Override
        public double factor(LatentShape shape) {
            return unstretched.factor(shape);
        }

        @Override
        public Shift forSteps(int steps) {
            return new Stretched(unstretched.forSteps(steps), terminal);
        }

        @Override
        public List<Double> levels(List<Double> levels, LatentShape shape) {
            List<Double> shifted = unstretched.levels(levels, shape);
            double last = shifted.get(shifted.size() - 1);
            double stretch = (1 - terminal) / (1 - last);
            return last == 1
                    ? shifted
                    : shifted.stream().map(t -> 1 - (1 - t) * stretch).toList();
        }
    }

    /**
     * A point of the line from tokens to mu.
     *
     * @param tokens the number of tokens, at least 1
     * @param mu the logarithm of the factor, or the factor itself; finite
     */
    record Point(int tokens, double mu) {

        /**
         * Checks both numbers.
         *
         * @throws IllegalArgumentException if {@code tokens} is below 1 or {@code mu} is NaN or infinite
         */
        public Point {
            if (tokens < 1) {
                throw new IllegalArgumentException("tokens: %s is less than 1; use 1 or more".formatted(tokens));
            }
            if (!Double.isFinite(mu)) {
                throw new IllegalArgumentException("mu: %s is not finite; use a number such as 0.5".formatted(mu));
            }
        }
    }

    /** How the factor follows from mu; diffusers calls it time_shift_type. */
    enum Growth {
        /** The factor is e to the power of mu. */
        EXPONENTIAL,
        /** The factor is mu. */
        LINEAR;

        private double factor(double mu) {
            return requireFactor(this == EXPONENTIAL ? Math.exp(mu) : mu);
        }
    }
}
