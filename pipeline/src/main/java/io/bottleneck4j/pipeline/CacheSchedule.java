package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.cache.DpCache;
import io.bottleneck4j.core.cache.FeatureCache;
import io.bottleneck4j.core.cache.OverFeature.Feature;
import io.bottleneck4j.core.cache.Predictor;
import io.bottleneck4j.core.cache.Rhythm;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanFile;
import io.bottleneck4j.torch.DType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Which steps of a plan to compute, as DPCache found them: a JSON file, bound to the model, the plan and the type that it was calibrated
 * with. Source: arXiv 2602.22654.
 *
 * @param model as the user named it
 * @param dtype the transformer's
 * @param plan in its file form, without caches
 * @param name of the plan
 * @param feature what is predicted, {@code velocity} or {@code hidden}
 * @param steps that each stage computes, rising from 0
 * @param errors of all skipped steps of each stage, summed: the mean absolute error of the feature
 * @param runs it was calibrated by
 */
@API(status = API.Status.EXPERIMENTAL)
public record CacheSchedule(
        String model,
        String dtype,
        String name,
        String plan,
        String feature,
        List<List<Integer>> steps,
        List<Double> errors,
        int runs) {

    /** Steps at a stage's start that are always computed: a line needs two points. */
    private static final int FIRST = 2;

    private static final int LONGEST_FILE = 1 << 20;
    private static final int LONGEST_NAME = 200;
    private static final String VELOCITY = "velocity";
    private static final String HIDDEN = "hidden";

    public CacheSchedule {
        steps = steps.stream().map(List::copyOf).toList();
        errors = List.copyOf(errors);
    }

    /** Runs that calibrate: one for each request, all of one plan; each is denoised whole. */
    public static final class Calibration {
        private final Pipeline pipeline;
        private final Plan plan;
        private final Feature feature;
        private final List<DpCache> stages;
        private int runs;

        /** Of a plan, whose own caches do not count. */
        public Calibration(Pipeline pipeline, Plan plan, Feature feature) {
            this.pipeline = pipeline;
            this.plan = uncached(plan);
            this.feature = feature;
            stages = plan.stages().stages().stream()
                    .map(stage -> new DpCache(stage.executedSteps(), FIRST))
                    .toList();
        }

        /**
         * Denoises a request with every step computed, whatever its own plan says.
         *
         * @param listener told of each stage and step
         * @throws java.util.concurrent.CancellationException if it was cancelled
         */
        public void run(Request request, SamplingListener listener, Cancellation cancellation) {
            Request recording = request.withPlan(recording());
            pipeline.denoise(recording, pipeline.encode(recording, cancellation), listener, cancellation);
            runs++;
        }

        private Plan recording() {
            return plan.withCaches(
                    plan.name(),
                    stages.stream().map(stage -> stage.recorder(feature)).toList());
        }

        /**
         * The best choice of so many steps.
         *
         * @param part of each stage's steps to compute, in (0, 1]; at least as many as the method needs
         */
        public CacheSchedule choose(double part) {
            requirePart(part);
            List<List<Integer>> steps = new ArrayList<>();
            List<Double> errors = new ArrayList<>();
            for (int i = 0; i < stages.size(); i++) {
                int count = plan.stages().stages().get(i).executedSteps();
                int wanted = (int) Math.round(part * count);
                DpCache.Choice choice = stages.get(i)
                        .choose(Math.min(count, Math.max(stages.get(i).least(), wanted)));
                steps.add(choice.steps());
                errors.add(choice.cost());
            }
            return new CacheSchedule(
                    pipeline.model().name(),
                    pipeline.execution().dtype().toString(),
                    plan.name(),
                    text(plan),
                    feature == Feature.HIDDEN ? HIDDEN : VELOCITY,
                    steps,
                    errors,
                    runs);
        }
    }

    /**
     * Refuses a part of steps that cannot be chosen, before anything runs.
     *
     * @throws IllegalArgumentException if it is outside (0, 1]
     */
    public static void requirePart(double part) {
        if (!(part > 0 && part <= 1)) {
            throw new IllegalArgumentException("part: must be above 0 and at most 1, not " + part + "; try 0.5");
        }
    }

    private static String text(Plan plan) {
        return PlanFile.text(uncached(plan).spec(), List.of());
    }

    private static Plan uncached(Plan plan) {
        return plan.withCaches(
                plan.name(), Collections.nCopies(plan.stages().stages().size(), StepCache.NONE));
    }

    /**
     * Reads a file.
     *
     * @throws IllegalArgumentException if it is missing, or no such file
     */
    public static CacheSchedule read(Path file) {
        try {
            if (Files.size(file) > LONGEST_FILE) {
                throw new IllegalArgumentException(file + ": is too long for a cache schedule; give a file of dpcache");
            }
            String what = file + ": cache schedule";
            CacheSchedule read = StrictJson.read(CacheSchedule.class, what, Files.readString(file));
            try {
                read.requireWellFormed();
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(what + ": " + e.getMessage() + "; make it anew with dpcache", e);
            }
            return read;
        } catch (IOException e) {
            String why = !Files.exists(file)
                    ? "does not exist"
                    : Files.isDirectory(file) ? "is a folder" : "cannot be read as UTF-8 text";
            throw new IllegalArgumentException(file + ": " + why + "; give a file that dpcache wrote", e);
        }
    }

    /** What was written by hand, or by another program, may say anything. */
    private void requireWellFormed() {
        if (!List.of(VELOCITY, HIDDEN).contains(feature)) {
            throw new IllegalArgumentException("feature: must be velocity or hidden, not '" + shortened(feature) + "'");
        }
        if (Stream.of(DType.values()).noneMatch(type -> type.toString().equals(dtype))) {
            throw new IllegalArgumentException("dtype: must be float32 or bfloat16, not '" + shortened(dtype) + "'");
        }
        if (name.length() > LONGEST_NAME) {
            throw new IllegalArgumentException(
                    "name: must have at most " + LONGEST_NAME + " characters, not " + name.length());
        }
        if (errors.size() != steps.size()) {
            throw new IllegalArgumentException(
                    "errors: must be one for each of the " + steps.size() + " stages, not " + errors.size());
        }
        if (runs < 1) {
            throw new IllegalArgumentException("runs: must be at least 1, not " + runs);
        }
        for (int i = 0; i < steps.size(); i++) {
            try {
                new Rhythm.At(steps.get(i));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("stage " + (i + 1) + ": " + e.getMessage(), e);
            }
        }
    }

    private static String shortened(String text) {
        return text.length() > LONGEST_NAME ? text.substring(0, LONGEST_NAME) + "…" : text;
    }

    /**
     * Refuses to write over something else, such as the settings beside a video.
     *
     * @throws IllegalArgumentException if the file is there and no schedule
     */
    public static void requireReplaceable(Path file) {
        if (Files.exists(file)) {
            try {
                read(file);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "output: " + file + " is there and is no cache schedule; choose another name", e);
            }
        }
    }

    /** Writes it, whole or not at all. */
    public void write(Path file) throws IOException {
        WholeFile.write(file, (StrictJson.write(this) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The plan with the caches found.
     *
     * @throws IllegalArgumentException if the schedule is of another plan
     */
    public Plan of(Plan planned) {
        if (!plan.equals(text(planned))) {
            throw new IllegalArgumentException(
                    "the schedule was made for plan " + name + ", whose stages or rules differ from those of "
                            + planned.name() + " here; calibrate it anew with dpcache, or use its own plan and size");
        }
        int stages = planned.stages().stages().size();
        if (steps.size() != stages) {
            throw new IllegalArgumentException("steps: " + steps.size() + " lists do not belong to the " + stages
                    + " stages of plan " + planned.name() + "; calibrate it anew with dpcache");
        }
        List<StepCache> caches = new ArrayList<>();
        for (int i = 0; i < stages; i++) {
            boolean all =
                    steps.get(i).size() == planned.stages().stages().get(i).executedSteps();
            Feature of = feature.equals(HIDDEN) ? Feature.HIDDEN : Feature.VELOCITY;
            caches.add(
                    all ? StepCache.NONE : new FeatureCache(new Rhythm.At(steps.get(i)), new Predictor.Taylor(1), of));
        }
        return planned.withCaches(planned.nameWith("dpcache"), caches);
    }

    /**
     * Refuses another model or type than it was calibrated with.
     *
     * @param used the type; null where none is chosen
     */
    public void require(Model other, @Nullable DType used) {
        if (!model.equals(other.name())) {
            throw new IllegalArgumentException("cache: the schedule was calibrated with model " + model + ", not "
                    + other.name() + "; calibrate it with this one by dpcache");
        }
        if (used != null && !dtype.equals(used.toString())) {
            throw new IllegalArgumentException("cache: the schedule was calibrated in " + dtype + ", not " + used
                    + "; use --dtype " + dtype + ", or calibrate it anew by dpcache");
        }
    }
}
