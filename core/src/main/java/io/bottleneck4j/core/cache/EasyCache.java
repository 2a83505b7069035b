package io.bottleneck4j.core.cache;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.core.sampling.VelocityModel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reuses what the model added to its input for as long as the output, judged by how fast it last followed the input, has hardly changed.
 * Needs no calibration; a step decides by its own latents.
 *
 * <p>Source: arXiv 2507.02860; H-EmbodVis/EasyCache@5127804, easycache_sample_video.py. The first steps and the last are always
 * computed, so that a stage of {@code first} + 1 steps or fewer skips nothing.
 *
 * @param threshold the change of the output, as a part of it, at which the model is asked again; above 0
 * @param first number of steps computed at the start, at least 2
 */
public record EasyCache(double threshold, int first) implements StepCache {

    /**
     * Checks both.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public EasyCache {
        requireThreshold(threshold);
        if (first < 2) {
            throw new IllegalArgumentException(
                    "first: %s shows no change to judge by; compute at least 2 steps".formatted(first));
        }
    }

    static void requireThreshold(double threshold) {
        if (!(threshold > 0 && threshold < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "threshold: %s is not a finite number above 0; use 0.01 to 0.2, the smaller the fewer steps are skipped"
                            .formatted(threshold));
        }
    }

    @Override
    public List<Forward> forwards(int steps) {
        List<Forward> forwards = new ArrayList<>(Collections.nCopies(steps, Forward.FULL));
        for (int i = first; i < steps - 1; i++) {
            forwards.set(i, Forward.OPEN);
        }
        return forwards;
    }

    @Override
    public Run start(VelocityModel model, TimestepSchedule schedule) {
        return new Following(model, forwards(schedule.steps()));
    }

    /** Returns its spelling, as {@link Caches#parse} reads it. */
    @Override
    public String toString() {
        return Caches.spelling(this);
    }

    /** One stage. */
    private final class Following implements Run {
        private final VelocityModel model;
        private final List<Forward> forwards;
        private int step = -1;
        private Forward last = Forward.FULL;
        private double change; // of the output, as far as it is foretold since the latest forward
        private double rate = Double.NaN; // change of the output for each change of the input
        private @Nullable Latents before; // the input one step ago
        private @Nullable Latents input; // of the latest forward
        private @Nullable Latents output; // of the latest forward

        Following(VelocityModel model, List<Forward> forwards) {
            this.model = model;
            this.forwards = forwards;
        }

        @Override
        public Latents velocity(Latents x, double sigma) {
            step++;
            last = forwards.get(step) == Forward.OPEN && hardlyChanged(x) ? Forward.SKIPPED : Forward.FULL;
            before = x;
            return last == Forward.SKIPPED && input != null && output != null
                    ? x.plus(1, output.plus(-1, input))
                    : computed(x, sigma);
        }

        private boolean hardlyChanged(Latents x) {
            if (Double.isNaN(rate) || before == null || output == null) {
                return false;
            }
            change += rate * x.plus(-1, before).meanAbs() / output.meanAbs();
            return change < threshold;
        }

        private Latents computed(Latents x, double sigma) {
            Latents v = model.velocity(x, sigma);
            if (input != null && output != null) {
                double moved = x.plus(-1, input).meanAbs();
                rate = moved == 0 ? rate : v.plus(-1, output).meanAbs() / moved;
            }
            change = 0;
            input = x;
            output = v;
            return v;
        }

        @Override
        public Forward last() {
            return last;
        }
    }
}
