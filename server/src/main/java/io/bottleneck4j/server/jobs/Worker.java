package io.bottleneck4j.server.jobs;

import io.bottleneck4j.core.sampling.Position;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.vae.NonFinitePictureException;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.JobLoop;
import io.bottleneck4j.pipeline.KeptLatentsException;
import io.bottleneck4j.pipeline.PictureBytes;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Residency;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.server.settings.ServedModel;
import io.bottleneck4j.torch.SystemMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes jobs on one device, one after the other, on a thread of its own: libtorch keeps a team of threads for each Java thread that computes,
 * so there is one of these.
 */
final class Worker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    private final int index;
    private final Jobs jobs;
    private final JobQueue queue;
    private final JobStore store;
    private final Map<String, Pipeline> pipelines = new LinkedHashMap<>();
    private final Thread thread;

    Worker(int index, Jobs jobs, JobQueue queue, JobStore store) {
        this.index = index;
        this.jobs = jobs;
        this.queue = queue;
        this.store = store;
        thread = new Thread(this::run, "worker-" + index);
        thread.setDaemon(true); // a process that is told to end does not wait longer than it was told to
    }

    void start() {
        thread.start();
    }

    /** Waits for its end; returns whether it came. */
    boolean join(Duration longest) {
        try {
            thread.join(Math.max(1, longest.toMillis()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    private void run() {
        try {
            for (ServerJob job = queue.take(); job != null; job = queue.take()) {
                run(job);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            pipelines.values().forEach(Pipeline::close);
        }
    }

    private void run(ServerJob job) {
        JobRecord begun = job.record().begun(System.currentTimeMillis());
        job.record(begun);
        ScheduledFuture<?> watch = jobs.watch(job);
        try {
            if (!begun.awaited()) {
                store.put(begun); // counts its attempts, should this end the process
            }
            JobRecord.Outcome made = make(job);
            jobs.end(job, job.record().completed(System.currentTimeMillis(), made));
        } catch (Throwable e) { // whatever it is, the next job may come out well
            fail(job, e);
        } finally {
            watch.cancel(false);
        }
    }

    private void fail(ServerJob job, Throwable failure) {
        ApiException reason = failure instanceof CancellationException ? job.reason() : null;
        ApiException told = reason == null ? ApiException.of(failure, job.id()) : reason;
        if (reason == null && told.body().status() >= 500) {
            LOG.error("{} failed", job.id(), failure);
        }
        boolean goesDown = reason != null && "shutting_down".equals(told.body().code());
        if (goesDown && !job.record().awaited()) {
            jobs.end(job, job.record().again());
            return;
        }
        JobStatus status = "cancelled".equals(told.body().code()) ? JobStatus.CANCELLED : JobStatus.FAILED;
        if (!(failure instanceof KeptLatentsException)) {
            discardFiles(job);
        }
        jobs.end(job, job.record().failed(System.currentTimeMillis(), status, told.body()));
    }

    /** Pictures of a job that did not end well; what it was asked for stays until its end is stored. */
    private void discardFiles(ServerJob job) {
        try (var files = Files.list(store.folder(job.id()))) {
            for (Path file : files.toList()) {
                if (String.valueOf(file.getFileName()).endsWith(job.order().ending())) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            LOG.warn("{}: {}", job.id(), e.getMessage());
        }
    }

    private JobRecord.Outcome make(ServerJob job) throws IOException {
        Order order = job.order();
        Path folder = store.folder(job.id());
        long start = System.nanoTime();
        Request first = Inputs.read(folder).request(order, jobs.settings().pixels());
        Pipeline pipeline = pipeline(order.model());
        List<Job> loop = new ArrayList<>();
        for (Request request : PictureBytes.seeds(first, order.n())) {
            loop.add(new Job(request, folder.resolve(loop.size() + order.ending())));
        }
        Watch watch = new Watch(job, first, pipeline, start);
        JobLoop making = new JobLoop(pipeline).listener(watch).cancellation(job.cancellation());
        order.compression().ifPresent(making::quality);
        making.run(loop);
        long bytes = 0;
        for (Job made : loop) {
            bytes += Files.size(made.output());
        }
        return new JobRecord.Outcome(
                loop.stream()
                        .map(made -> String.valueOf(made.output().getFileName()))
                        .toList(),
                loop.stream().map(made -> made.request().seedText()).toList(),
                order.mediaType(),
                seconds(start),
                watch.firstPreview,
                watch.stages(),
                SystemMemory.peakResidentBytes() / 1_000_000,
                (long) first.maxSequenceLength() * order.n(),
                first.model().imageTokens(first.plan().stages().last().shape()) * order.n(),
                watch.warnings(),
                bytes);
    }

    /** The pipeline of a model; where there is not room for all of them, others are closed first. */
    private Pipeline pipeline(ServedModel served) {
        Pipeline open = pipelines.get(served.name());
        if (open != null) {
            return open;
        }
        Execution execution = served.execution(index);
        if (!pipelines.isEmpty() && Residency.fitting(served.model(), execution) != Residency.KEEP) {
            pipelines.values().forEach(Pipeline::close);
            pipelines.clear();
        }
        Residency residency = served.residency();
        Pipeline opened = residency == null
                ? served.model().pipeline(execution)
                : served.model().pipeline(execution, residency);
        opened.notes().forEach(note -> LOG.info("{}: {}", served.name(), note));
        pipelines.put(served.name(), opened);
        return opened;
    }

    private static double seconds(long start) {
        return Math.round((System.nanoTime() - start) / 1e6) / 1000.0;
    }

    /** Tells those who wait what the loop does, and makes the previews they asked for. */
    private static final class Watch implements JobListener {
        private final ServerJob job;
        private final Request request;
        private final Pipeline pipeline;
        private final long start;
        private final Set<Integer> previews;
        private final long[] stages;
        private final List<String> warnings;
        private int image = -1;
        private int preview;
        private long since;
        private @Nullable Double firstPreview;

        Watch(ServerJob job, Request request, Pipeline pipeline, long start) {
            this.job = job;
            this.request = request;
            this.pipeline = pipeline;
            this.start = start;
            previews = PreviewSteps.of(request.plan().stages(), job.order().partialImages());
            stages = new long[request.plan().stages().stages().size()];
            warnings = new ArrayList<>(job.order().warnings());
        }

        @Override
        public void begin(Job begun, int index) {
            image = index;
            preview = 0;
        }

        @Override
        public void onStage(Position first) {
            since = System.nanoTime();
        }

        @Override
        public void onStep(Step step) {
            Position at = step.at();
            stages[at.stage()] += System.nanoTime() - since;
            StageSpec size = request.plan().spec().stages().get(at.stage());
            int done = at.stepsBefore() + 1;
            int steps = at.plan().executedSteps();
            job.progress((image + (double) done / steps) / job.order().n());
            job.tell(new JobEvent.Stepped(
                    image, at.stage() + 1, stages.length, done, steps, size.width(), size.height(), seconds(start)));
            if (previews.contains(done)) {
                preview(step, size);
            }
            since = System.nanoTime();
        }

        /** One that fails is left out; the picture may still come out well. */
        private void preview(Step step, StageSpec size) {
            try {
                Picture still = pipeline.still(step.clean());
                byte[] file = PictureBytes.encoded(
                        still, job.order().mediaType(), job.order().compression());
                if (firstPreview == null) {
                    firstPreview = seconds(start);
                }
                job.tell(new JobEvent.Previewed(
                        image, preview, step.at().stage() + 1, still.width(), still.height(), file));
                preview++;
            } catch (IOException | NonFinitePictureException e) {
                LOG.warn("{}: no preview of {}x{}: {}", job.id(), size.width(), size.height(), e.getMessage());
            }
        }

        @Override
        public void note(String text) {
            warnings.add(text);
        }

        @Override
        public void warning(String text) {
            warnings.add(text);
        }

        List<String> warnings() {
            return warnings;
        }

        Map<String, Double> stages() {
            Map<String, Double> all = new LinkedHashMap<>();
            for (int i = 0; i < stages.length; i++) {
                all.put("stage_" + (i + 1), Math.round(stages[i] / (double) TimeUnit.MILLISECONDS.toNanos(1)) / 1000.0);
            }
            return all;
        }
    }
}
