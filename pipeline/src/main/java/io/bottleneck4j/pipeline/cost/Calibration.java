package io.bottleneck4j.pipeline.cost;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.StagePlan;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Forwards of one model timed on one machine. A plan's time is the sum over its forwards, without text encoders, autoencoder and the
 * sampler's own work; resizing and noise take milliseconds.
 *
 * @param times one for each size
 */
public record Calibration(MeasuredOn on, List<ForwardTime> times) {
    /** Of what was not timed: every time is absent. */
    public static final Calibration NONE = new Calibration(new MeasuredOn("", "", "", 0, "", ""), List.of());

    public Calibration {
        times = List.copyOf(times);
        if (times.stream().map(ForwardTime::shape).distinct().count() < times.size()) {
            throw new IllegalArgumentException("times: must be one for each size");
        }
    }

    /** Whether nothing was timed. */
    public boolean isEmpty() {
        return times.isEmpty();
    }

    /** Seconds of one forward at a size; absent if it was not timed. */
    public OptionalDouble seconds(LatentShape shape) {
        return times.stream()
                .filter(time -> time.shape().equals(shape))
                .mapToDouble(ForwardTime::seconds)
                .findFirst();
    }

    /** Seconds of one forward of a stage, in all its tiles; absent if it was not timed. */
    public OptionalDouble seconds(ResolutionStage stage) {
        OptionalDouble each = seconds(stage.seen());
        return each.isEmpty() ? each : OptionalDouble.of(stage.tiles() * each.getAsDouble());
    }

    /**
     * Seconds of all forwards of a plan, at most, where a cache decides as it runs; absent if one of its sizes was not timed, or a cache
     * makes partial steps, which nobody timed.
     */
    public OptionalDouble seconds(StagePlan plan) {
        double sum = 0;
        for (ResolutionStage stage : plan.stages()) {
            OptionalDouble each = seconds(stage);
            if (each.isEmpty() || stage.work().contains(Forward.PARTIAL)) {
                return OptionalDouble.empty();
            }
            sum += stage.forwards() * each.getAsDouble();
        }
        return OptionalDouble.of(sum);
    }

    /** These times and newer ones, which replace those of the same sizes. */
    public Calibration with(List<ForwardTime> newer) {
        List<ForwardTime> all = new ArrayList<>(times);
        for (ForwardTime time : newer) {
            all.removeIf(old -> old.shape().equals(time.shape()));
            all.add(time);
        }
        return new Calibration(on, all);
    }

    /** When its oldest time was taken. */
    public Instant oldest() {
        return times.stream().map(ForwardTime::date).min(Instant::compareTo).orElse(Instant.EPOCH);
    }

    /**
     * How long a forward takes at one size.
     *
     * @param shape of the latents {@code [C, F, H, W]}
     * @param seconds the median, or where types are compared the least; finite and above 0
     * @param samples forwards that were timed, at least 1
     * @param date when
     */
    public record ForwardTime(LatentShape shape, double seconds, int samples, Instant date) {
        public ForwardTime {
            if (!(seconds > 0 && seconds < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("seconds: must be a finite number above 0, not " + seconds);
            }
            if (samples < 1) {
                throw new IllegalArgumentException("samples: must be at least 1, not " + samples);
            }
        }
    }

    /**
     * What a forward's time depends on beside its size.
     *
     * @param config the transformer's configuration and its number of text tokens, in words; not its name, since weights do not matter
     * @param dtype as {@code bfloat16}
     * @param device as {@code cpu}
     * @param threads on the CPU
     * @param processor the CPU's name
     * @param libtorch its version
     */
    public record MeasuredOn(
            String config, String dtype, String device, int threads, String processor, String libtorch) {

        /** For people: {@code bfloat16 on cpu, 2 threads, AMD EPYC, libtorch 2.10.0}. */
        @Override
        public String toString() {
            return dtype + " on " + device + ", " + threads + (threads == 1 ? " thread, " : " threads, ") + processor
                    + ", libtorch " + libtorch;
        }
    }
}
