package io.bottleneck4j.core.sampling;

import io.bottleneck4j.core.latent.Latents;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/**
 * How a stage gets from one noise level to the next, by one forward of the model each.
 *
 * <p>A solver is a value. What it remembers of earlier steps lives in the {@link Run} that it starts, one for each stage of each run: the
 * next stage has latents of another size and fresh noise, and so another path to follow.
 */
@API(status = API.Status.EXPERIMENTAL)
public sealed interface Solver permits Solver.Euler, UniPc {

    /** Euler's steps, of first order. */
    Solver EULER = new Euler();

    /**
     * Returns the levels of a full run before they are shifted, the noisiest first, without the 0 that ends it.
     *
     * @param steps at least 1
     */
    List<Double> levels(int steps);

    /** Returns the level that the model is told where latents are at level {@code sigma}. */
    double told(double sigma);

    /**
     * Starts a stage.
     *
     * @param schedule its noise levels
     * @throws IllegalArgumentException if they do not suit the solver
     */
    Run start(TimestepSchedule schedule);

    /** The steps of one stage. */
    interface Run {

        /**
         * Returns the latents at the next level; asked once for each step, in order.
         *
         * @param x what the model has seen in this step, {@code [C, F, H, W]}
         * @param v its velocity
         * @param guess its guess of the clean latents; where the next level is 0, what is returned
         */
        Latents next(Latents x, Latents v, Latents guess);
    }

    /** Returns levels spaced evenly from {@code start}, as numpy's {@code linspace} does. */
    static List<Double> even(double start, double stride, int count) {
        List<Double> levels = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            levels.add(i * stride + start);
        }
        return levels;
    }

    /**
     * Straight on along the velocity, through levels that are spaced from 1 to 1 / steps.
     *
     * <p>Source: arXiv 2503.18940, Eq. 9; diffusers 0.42.1, pipeline_flux.py, scheduling_flow_match_euler_discrete.py.
     */
    record Euler() implements Solver {

        @Override
        public List<Double> levels(int steps) {
            double end = 1.0 / steps;
            List<Double> levels = even(1, steps == 1 ? 0 : (end - 1) / (steps - 1), steps);
            levels.set(steps - 1, end);
            return levels;
        }

        @Override
        public double told(double sigma) {
            return sigma;
        }

        @Override
        public Run start(TimestepSchedule schedule) {
            return new Run() {
                private int step;

                @Override
                public Latents next(Latents x, Latents v, Latents guess) {
                    double length = schedule.sigma(step + 1) - schedule.sigma(step);
                    step++;
                    return x.plus(length, v);
                }
            };
        }

        @Override
        public String toString() {
            return "euler";
        }
    }
}
