package io.bottleneck4j.pipeline;

import io.bottleneck4j.bundle.Bundle;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.pipeline.cost.Calibration;
import io.bottleneck4j.pipeline.cost.Calibration.ForwardTime;
import io.bottleneck4j.pipeline.cost.Calibration.MeasuredOn;
import io.bottleneck4j.pipeline.cost.CalibrationStore;
import io.bottleneck4j.pipeline.cost.ForwardTimer;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Processors;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * In which of float32 and bfloat16 a model runs faster on this machine's CPU: timed once, then kept in a folder.
 *
 * <p>What is timed is a forward of the model's own widths at its default size, with random weights. Of a large model it is one of
 * fewer blocks, and where that is not enough, of fewer tokens: some seconds on two cores, well below one for a small model. Both
 * types take turns and the least time of each counts, so that a machine that is busy now and then decides nothing.
 */
@API(status = API.Status.INTERNAL)
public final class FasterType {
    /** bfloat16 must take at most this part of float32's time, which is more exact. */
    private static final double TAKEN_BELOW = 0.95;

    /** A forward that is timed has at most so many FLOPs: two seconds on two slow cores. */
    private static final double MOST_FLOPS = 4e11;

    private static final int LEAST_ROUNDS = 3;
    private static final int MOST_ROUNDS = 15;
    private static final double ENOUGH_SECONDS = 0.5;

    /** No further round after these, however few there were. */
    private static final double MOST_SECONDS = 5;

    /** What a forward takes in both types. */
    record Times(ForwardTime float32, ForwardTime bfloat16) {
        double ratio() {
            return bfloat16.seconds() / float32.seconds();
        }

        DType faster() {
            return ratio() <= TAKEN_BELOW ? DType.BFLOAT16 : DType.FLOAT32;
        }
    }

    /** Times a model at one size. */
    @FunctionalInterface
    interface Timer {
        Times time(Model model, LatentShape shape);
    }

    private final CalibrationStore store;
    private final JobListener notes;
    private final Timer timer;

    FasterType(CalibrationStore store, JobListener notes, Timer timer) {
        this.store = store;
        this.notes = notes;
        this.timer = timer;
    }

    /**
     * Kept in a cache directory.
     *
     * @param cache need not exist
     * @param notes is told what was measured
     */
    public FasterType(Path cache, JobListener notes) {
        this(
                new CalibrationStore(cache.resolve("dtype")),
                notes,
                (model, shape) -> time(model, shape, Clock.systemUTC(), System::nanoTime));
    }

    /** Kept in the cache directory of this process's user; nobody is told. */
    static FasterType ofUser() {
        return new FasterType(Bundle.cacheDirectory(), new JobListener() {});
    }

    /** The type, as stored, or as measured now. A store that cannot be read or written changes nothing but the time it takes. */
    public DType of(Model model) {
        Model part = part(model);
        LatentShape shape = shape(part);
        Times kept = kept(part, shape);
        return kept != null ? kept.faster() : measured(part, shape).faster();
    }

    private @Nullable Times kept(Model part, LatentShape shape) {
        ForwardTime float32 = kept(on(part, DType.FLOAT32), shape);
        ForwardTime bfloat16 = kept(on(part, DType.BFLOAT16), shape);
        return float32 == null || bfloat16 == null ? null : new Times(float32, bfloat16);
    }

    private @Nullable ForwardTime kept(MeasuredOn on, LatentShape shape) {
        Calibration found = store.find(on).calibration();
        return found == null
                ? null
                : found.times().stream()
                        .filter(time -> time.shape().equals(shape))
                        .findFirst()
                        .orElse(null);
    }

    private Times measured(Model part, LatentShape shape) {
        Times times = timed(part, shape);
        String measured = String.format(
                Locale.ROOT,
                times.faster() == DType.BFLOAT16
                        ? "auto: bfloat16, which takes %.2f of float32's time on this machine"
                        : "auto: float32, since bfloat16 takes %.2f of its time on this machine",
                times.ratio());
        try {
            store.add(on(part, DType.FLOAT32), List.of(times.float32()));
            store.add(on(part, DType.BFLOAT16), List.of(times.bfloat16()));
            notes.note(measured + "; kept in " + store.folder());
        } catch (IOException e) {
            notes.warning(measured + "; not kept, and measured again next time, since " + store.folder()
                    + " cannot be written: " + e.getMessage());
        }
        return times;
    }

    /** At this size, or at the largest half of it that the model's positions reach; kept as of this size either way. */
    private Times timed(Model part, LatentShape shape) {
        LatentShape at = shape;
        while (true) {
            try {
                Times times = timer.time(part, at);
                return new Times(of(shape, times.float32()), of(shape, times.bfloat16()));
            } catch (IllegalArgumentException e) {
                LatentShape smaller = halved(part, at);
                if (smaller.equals(at)) {
                    throw e;
                }
                at = smaller;
            }
        }
    }

    private static ForwardTime of(LatentShape shape, ForwardTime time) {
        return new ForwardTime(shape, time.seconds(), time.samples(), time.date());
    }

    private static MeasuredOn on(Model part, DType dtype) {
        return new MeasuredOn(
                part.architecture() + ", " + part.textTokens() + " text tokens",
                dtype.toString(),
                Device.CPU.toString(),
                Libtorch.threads(),
                Processors.name(),
                Libtorch.version());
    }

    /** The model, with fewer blocks where it is large. */
    static Model part(Model model) {
        Model part = model;
        int layers = model.traits().layers();
        int single = model.traits().singleLayers();
        while (tooLong(part, defaultShape(part)) && layers + single > 1) {
            layers = single > 0 ? layers / 2 : Math.max(1, layers / 2);
            single = Math.max(Math.min(1, single), single / 2);
            part = model.withBlocks(layers, single);
        }
        return part;
    }

    /** The size a model makes where none is given, with sides halved where that is too much for one block too. */
    static LatentShape shape(Model part) {
        LatentShape shape = defaultShape(part);
        while (tooLong(part, shape)) {
            LatentShape smaller = halved(part, shape);
            if (smaller.equals(shape)) {
                break;
            }
            shape = smaller;
        }
        return shape;
    }

    private static LatentShape halved(Model part, LatentShape shape) {
        int multiple = part.traits().grid().multiple() / part.traits().grid().cell();
        return new LatentShape(
                shape.channels(), shape.frames(), half(shape.height(), multiple), half(shape.width(), multiple));
    }

    private static int half(int side, int multiple) {
        return Math.max(multiple, side / 2 / multiple * multiple);
    }

    private static LatentShape defaultShape(Model model) {
        return model.planner()
                .baseline(Planner.Size.DEFAULT, OptionalInt.empty(), OptionalDouble.empty())
                .stages()
                .last()
                .shape();
    }

    private static boolean tooLong(Model model, LatentShape shape) {
        return model.forwardCost().flops(shape) > MOST_FLOPS;
    }

    /** Times both types in turn. */
    static Times time(Model part, LatentShape shape, Clock clock, LongSupplier nanoTime) {
        try (Opened opened = new Opened()) {
            BoundVelocity float32 = bound(part, DType.FLOAT32, opened);
            BoundVelocity bfloat16 = bound(part, DType.BFLOAT16, opened);
            Latents x = Latents.zeros(shape);
            double a = seconds(float32, x, nanoTime); // the first prepare later ones, which are no slower
            double b = seconds(bfloat16, x, nanoTime);
            double spent = a + b;
            int rounds = 1;
            while (spent < ENOUGH_SECONDS ? rounds < MOST_ROUNDS : rounds < LEAST_ROUNDS && spent < MOST_SECONDS) {
                double nextA = seconds(float32, x, nanoTime);
                double nextB = seconds(bfloat16, x, nanoTime);
                a = Math.min(a, nextA);
                b = Math.min(b, nextB);
                spent += nextA + nextB;
                rounds++;
            }
            Instant now = clock.instant();
            return new Times(new ForwardTime(shape, a, rounds, now), new ForwardTime(shape, b, rounds, now));
        }
    }

    private static BoundVelocity bound(Model part, DType dtype, Opened opened) {
        Model.Transformer transformer = part.randomTransformer(new Execution(Device.CPU, dtype), opened);
        BoundVelocity bound = opened.add(
                transformer.bind(part.randomPrompt(), part.defaultGuidance(), List.of(ForwardTimer.SIGMA)),
                BoundVelocity::close);
        bound.see(part::randomBeside);
        return bound;
    }

    private static double seconds(BoundVelocity model, Latents x, LongSupplier nanoTime) {
        long start = nanoTime.getAsLong();
        model.velocity(x, ForwardTimer.SIGMA);
        return Math.max(1, nanoTime.getAsLong() - start) / 1e9;
    }
}
