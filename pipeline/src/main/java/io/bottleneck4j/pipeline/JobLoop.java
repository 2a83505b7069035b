package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Position;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Makes many pictures or videos, one after the other: encodes prompts ahead, so that text encoders are loaded seldom; denoises; saves the
 * latents, so that hours of denoising outlive a failure; decodes and writes. The one loop of all that make more than one.
 *
 * <pre>{@code
 * new JobLoop(pipeline).listener(progress).cancellation(cancellation).run(jobs);
 * }</pre>
 */
public final class JobLoop {
    /** How many prompts are encoded at once, after which the text encoders' memory may be free for denoising. */
    public static final int ENCODED_AHEAD = 32;

    private final Pipeline pipeline;
    private final List<JobListener> listeners = new ArrayList<>();
    private final Map<Texts, Prompts> encoded = new HashMap<>();
    private final Set<String> warned = new HashSet<>();
    private Cancellation cancellation = new Cancellation();
    private boolean warmsUp;
    private boolean skipsMade;
    private boolean takesUpLatents;
    private OptionalInt quality = OptionalInt.empty();
    private @Nullable PromptStore store;
    private Predicate<Request> isKept = request -> false;
    private @Nullable OnFailure onFailure;

    /** Asked what is to become of the other jobs where one failed. */
    @FunctionalInterface
    public interface OnFailure {
        /**
         * Whether the loop goes on with the next job, else it ends with this failure. Cancelling ends it without asking.
         *
         * @throws IOException which ends it in place of the failure
         */
        boolean goesOn(Job job, Throwable failure) throws IOException;
    }

    /** What the prompts of a request depend on. */
    record Texts(
            String prompt,
            String negative,
            int length,
            @Nullable PromptTemplate template,
            List<Settings.Lora> loras) {
        static Texts of(Job job) {
            return of(job.request());
        }

        static Texts of(Request request) {
            return new Texts(
                    request.prompt(),
                    request.usesTrueCfg() ? request.negativePrompt() : "",
                    request.maxSequenceLength(),
                    request.model().kind() == Model.Kind.VIDEO ? request.video().template() : null,
                    request.model().textLoras());
        }
    }

    public JobLoop(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    /** Adds one who is told; the first added is told first. */
    public JobLoop listener(JobListener listener) {
        listeners.add(listener);
        return this;
    }

    /** What stops the loop, between layers and frames. */
    public JobLoop cancellation(Cancellation token) {
        cancellation = token;
        return this;
    }

    /**
     * Runs one step at every size of the jobs' plans, and decodes once, before the first job: what is run first takes longer, since
     * weights are loaded and memory is taken. For jobs that are timed.
     */
    public JobLoop warmUp() {
        warmsUp = true;
        return this;
    }

    /** Passes over jobs whose file is there already and was made with these settings. */
    public JobLoop skipMade() {
        skipsMade = true;
        return this;
    }

    /** Goes on after a job that failed, where this says so. Without it the first failure ends the loop. */
    @API(status = API.Status.EXPERIMENTAL)
    public JobLoop onFailure(OnFailure asked) {
        onFailure = asked;
        return this;
    }

    /**
     * Keeps embeddings of prompts on a disk, and takes those that are there.
     *
     * @param worth whether those of a request are
     */
    @API(status = API.Status.INTERNAL)
    public JobLoop keepTexts(PromptStore kept, Predicate<Request> worth) {
        store = kept;
        isKept = worth;
        return this;
    }

    /** Decodes latents that an earlier run of the same job left beside its output when it was ended, in place of denoising anew. */
    @API(status = API.Status.INTERNAL)
    public JobLoop takeUpLatents() {
        takesUpLatents = true;
        return this;
    }

    /**
     * How much of each JPEG or WebP picture is kept: from 0, the smallest file, to 100. Default: 95 of JPEG, 90 of WebP; without effect on
     * PNG and videos.
     */
    public JobLoop quality(int percent) {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("quality: must be between 0 and 100, not " + percent);
        }
        quality = OptionalInt.of(percent);
        return this;
    }

    /**
     * Makes them.
     *
     * @throws KeptLatentsException if decoding or writing failed, where the latents of that job are kept
     * @throws CancellationException if it was cancelled; nothing of the job that ran is left
     */
    public void run(List<Job> all) throws IOException {
        List<Job> jobs = new ArrayList<>(all);
        if (skipsMade) {
            jobs.clear();
            for (Job job : all) {
                if (!job.request().isRepeatable()
                        || !Settings.of(job.request(), pipeline.origin(job.request()))
                                .made(job.output())) {
                    jobs.add(job);
                }
            }
        }
        if (onFailure == null) {
            jobs.forEach(JobLoop::requireSize);
        }
        for (int i = 0; i < jobs.size(); i++) {
            String at = i == 0 ? "before any picture was made" : "before picture " + (i + 1) + " of " + jobs.size();
            cancellation.check(at);
            try {
                run(jobs, i);
            } catch (CancellationException e) {
                throw e;
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                if (onFailure == null || !onFailure.goesOn(jobs.get(i), e)) {
                    throw e;
                }
            }
        }
    }

    private static void requireSize(Job job) {
        Request request = job.request();
        OutputFile.of(job.output(), request.model().kind())
                .requireSize(request.plan().width(), request.plan().height());
    }

    private void run(List<Job> jobs, int i) throws IOException {
        Job job = jobs.get(i);
        if (onFailure != null) {
            requireSize(job); // else of all, before the first
        }
        if (!encoded.containsKey(Texts.of(job))) {
            encode(jobs.subList(i, jobs.size()));
        }
        if (i == 0 && warmsUp) {
            warmUp(jobs);
        }
        make(job, i);
    }

    /** Encodes the prompts that come next, in place of those encoded before. One that fails is left to its own job. */
    private void encode(List<Job> next) throws IOException {
        encoded.clear();
        for (int i = 0; i < next.size() && encoded.size() < ENCODED_AHEAD; i++) {
            Job job = next.get(i);
            if (!encoded.containsKey(Texts.of(job))) {
                try {
                    encoded.put(Texts.of(job), encode(job.request()));
                } catch (IllegalArgumentException e) {
                    if (onFailure == null || i == 0) {
                        throw e;
                    }
                }
            }
        }
    }

    private Prompts encode(Request request) throws IOException {
        Prompts made = store == null || !isKept.test(request)
                ? pipeline.encode(request, cancellation)
                : store.encode(pipeline, request, cancellation);
        String unkept = store == null ? null : store.failure();
        if (unkept != null) {
            warn("embeddings: are not kept: " + unkept);
        }
        warn("prompt", made.positive(), request.prompt());
        PromptEmbeds negative = made.negative();
        if (negative != null) {
            warn("negative prompt", negative, request.negativePrompt());
        }
        return made;
    }

    private Prompts prompts(Job job) {
        return Objects.requireNonNull(encoded.get(Texts.of(job)), "encoded before");
    }

    private void warn(String what, PromptEmbeds prompt, String text) {
        for (PromptEmbeds.Truncation truncation : prompt.truncations()) {
            String begin = text.length() <= 40 ? text : text.substring(0, 40) + "...";
            warn(what + " \"" + begin + "\": " + truncation + "; the rest is ignored");
        }
    }

    private void warmUp(List<Job> jobs) {
        Job first = jobs.get(0);
        Planner planner = pipeline.model().planner();
        Map<LatentShape, Request> once = new LinkedHashMap<>();
        for (Plan plan : new LinkedHashSet<>(
                jobs.stream().map(job -> job.request().plan()).toList())) {
            for (int i = 0; i < plan.spec().stages().size(); i++) {
                StageSpec stage = plan.spec().stages().get(i);
                Planner.Size size =
                        Planner.Size.of(stage.width(), stage.height()).withFrames(plan.frames());
                once.computeIfAbsent(
                        plan.stages().stages().get(i).shape(),
                        shape -> first.request()
                                .withPlan(planner.baseline(size, OptionalInt.of(1), OptionalDouble.of(1))));
            }
        }
        once.values()
                .forEach(request -> pipeline.denoise(request, prompts(first), SamplingListener.NONE, cancellation));
        LatentShape last = first.request().plan().stages().last().shape();
        pipeline.still(Latents.zeros(last), 0, cancellation);
    }

    private void make(Job job, int index) throws IOException {
        for (JobListener listener : listeners) {
            listener.begin(job, index);
        }
        for (String note : job.request().model().loraNotes()) {
            if (!pipeline.notes().contains(note) && warned.add(note)) {
                listeners.forEach(listener -> listener.note(note));
            }
        }
        Timings before = pipeline.timings().copy();
        Settings settings = Settings.of(job.request(), pipeline.origin(job.request()));
        LatentsKeeper keeper = new LatentsKeeper(cancellation, this::warn, job);
        LatentsFile file = takesUpLatents ? keeper.takeUp(settings, job.request()) : null;
        if (file == null) {
            Latents latents = pipeline.denoise(job.request(), prompts(job), new Everyone(), cancellation);
            file = new LatentsFile(latents, settings.kind(), settings.texts(job.request()));
            keeper.save(file);
        }
        try {
            cancellation.check("before decoding");
            write(file, job, settings);
        } catch (CancellationException e) {
            keeper.release();
            throw e;
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            throw keeper.kept(e);
        }
        keeper.release();
        Timings took = pipeline.timings().since(before);
        for (JobListener listener : listeners) {
            listener.made(job, took);
        }
    }

    /** Once, however many jobs it is true of. */
    private void warn(String text) {
        if (warned.add(text)) {
            listeners.forEach(listener -> listener.warning(text));
        }
    }

    private void write(LatentsFile file, Job job, Settings settings) throws IOException {
        OutputFile.of(job.output(), settings.kind())
                .quality(quality)
                .write(
                        file.texts(),
                        settings.fps(),
                        sink -> pipeline.decode(file.latents(), 0, sink, cancellation),
                        cancellation);
    }

    /** Tells all listeners, whose time is no denoising. */
    private final class Everyone implements SamplingListener {
        @Override
        public void onStage(Position first) {
            pipeline.timings().aside(() -> listeners.forEach(listener -> listener.onStage(first)));
        }

        @Override
        public void onStep(Step step) {
            pipeline.timings().aside(() -> listeners.forEach(listener -> listener.onStep(step)));
        }
    }
}
