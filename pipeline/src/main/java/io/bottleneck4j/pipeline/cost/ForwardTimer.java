package io.bottleneck4j.pipeline.cost;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.VelocityModel;
import io.bottleneck4j.pipeline.cost.Calibration.ForwardTime;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Times forwards of a model: the median of at least 3, and of as many as two seconds hold up to 50, after a warm-up, since the first
 * at a size prepares what later ones use.
 *
 * @param clock dates the result
 * @param nanoTime as {@link System#nanoTime}
 */
public record ForwardTimer(Clock clock, LongSupplier nanoTime) {
    private static final int LEAST = 3;
    private static final int MOST = 50;
    private static final double ENOUGH_SECONDS = 2;
    private static final double WARM_SECONDS = 0.3;
    /** The noise level of every timed forward; any takes the same time. */
    public static final double SIGMA = 0.5;

    /** With this machine's clocks. */
    public static ForwardTimer system() {
        return new ForwardTimer(Clock.systemUTC(), System::nanoTime);
    }

    /**
     * Times the model at one size, on latents of zeros: what it computes does not matter.
     *
     * @param beforeEach run before every forward, untimed; what it throws ends the measurement
     */
    public ForwardTime time(VelocityModel model, LatentShape shape, Runnable beforeEach) {
        Latents x = Latents.zeros(shape);
        double warm = 0;
        while (warm < WARM_SECONDS) {
            warm += seconds(model, x, beforeEach);
        }
        List<Double> samples = new ArrayList<>();
        double spent = 0;
        while (samples.size() < LEAST || (samples.size() < MOST && spent < ENOUGH_SECONDS)) {
            double each = seconds(model, x, beforeEach);
            samples.add(each);
            spent += each;
        }
        return new ForwardTime(shape, median(samples), samples.size(), clock.instant());
    }

    private double seconds(VelocityModel model, Latents x, Runnable beforeEach) {
        beforeEach.run();
        long start = nanoTime.getAsLong();
        model.velocity(x, SIGMA);
        return Math.max(1, nanoTime.getAsLong() - start) / 1e9;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
