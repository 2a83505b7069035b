package io.bottleneck4j.eval.compare;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.Position;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.eval.compare.Comparison.Subject;
import io.bottleneck4j.eval.compare.Comparison.Work;
import io.bottleneck4j.eval.compare.ComparisonFolder.Found;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.models.media.VideoSize;
import io.bottleneck4j.models.media.VideoText;
import io.bottleneck4j.models.media.VideoWriter;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.JobLoop;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.pipeline.Timings;
import io.bottleneck4j.pipeline.plan.Plan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A comparison while its pictures are made: goes on with those that are there already, and listens to the job loop that makes the others:
 * keeps a preview of each stage's end, and the {@link ComparisonRecord}, so that whatever ends the run leaves them right for what is done.
 */
public final class ComparisonRun implements JobListener {
    /** The PNG text that holds the settings of the picture a preview belongs to. */
    private static final String PREVIEW_KEY = "bottleneck4j-preview";

    private final Pipeline pipeline;
    private final ComparisonFolder folder;
    private final Lineup lineup;
    private final Comparison plan;
    private final Request any;
    private final ComparisonRecord record;
    private final ForwardCost cost;
    private final int perStep;
    private final Map<Path, Piece> byOutput = new HashMap<>();
    private final List<Latents> stageEnds = new ArrayList<>();
    private Work ran = new Work(0, 0);
    private Cancellation cancellation = new Cancellation();

    /**
     * One picture that is to be there in the end: its plan, its name in the comparison's folder, and the settings
     * stored in it.
     */
    private record Piece(Subject subject, String contender, Request request, String file, String settings) {
        /** Stages whose end is shown by a preview: all but the last, whose end is the picture. */
        int previews() {
            return request.plan().stages().stages().size() - 1;
        }
    }

    /** Of a folder. What the request has beside prompt, seed and plan, all pictures have. */
    public ComparisonRun(Pipeline pipeline, ComparisonFolder folder, Lineup lineup, Comparison plan, Request any) {
        this.pipeline = pipeline;
        this.folder = folder;
        this.lineup = lineup;
        this.plan = plan;
        this.any = any;
        this.cost = any.model().forwardCost(any.maxSequenceLength());
        this.perStep = any.forwardsPerStep();
        Plan size = lineup.entrants().get(0).plan();
        int frames = isVideo() ? size.frames().orElseThrow() : 0;
        this.record =
                new ComparisonRecord(folder, plan, new ComparisonRecord.Frame(size.width(), size.height(), frames));
    }

    private boolean isVideo() {
        return pipeline.model().kind() == Model.Kind.VIDEO;
    }

    /**
     * Looks what is there already, tells it, and returns the pictures to be made, subject after subject, that of the
     * reference first; IllegalArgumentException if a file is in the way that is not ours to replace.
     */
    public List<Job> resume(JobListener told) throws IOException {
        folder.requireOwn();
        Map<String, Double> seconds = folder.seconds();
        Map<String, Work> work = folder.work();
        List<Job> jobs = new ArrayList<>();
        for (Subject subject : plan.subjects()) {
            for (Lineup.Entrant entrant : lineup.startingWith(plan.reference())) {
                Piece piece = piece(subject, entrant);
                Double took = seconds.get(piece.file());
                if (isMade(piece, told)) {
                    Work earlier = work.get(piece.file());
                    boolean isCounted = earlier != null || !isDecidedAsItRuns(piece);
                    if (took != null && isCounted) {
                        add(piece, took, earlier);
                        continue;
                    }
                    told.note(folder.resolve(piece.file()) + ": " + ComparisonFolder.TABLE + " does not know "
                            + (took == null ? "how long it took" : "how many forwards ran") + "; it is made again");
                }
                folder.makeRoom(piece.file());
                Path output = folder.resolve(piece.file());
                byOutput.put(output, piece);
                jobs.add(new Job(entrant.name(), piece.request(), output, null));
            }
        }
        if (record.count() > 0) {
            told.note(record.count() + " of " + plan.expected() + " pictures are there already, with these settings");
        }
        return jobs;
    }

    private Piece piece(Subject subject, Lineup.Entrant entrant) {
        Request request = any.toBuilder()
                .prompt(subject.prompt())
                .seed(subject.seed())
                .plan(entrant.plan())
                .build();
        return new Piece(
                subject,
                entrant.name(),
                request,
                isVideo()
                        ? ComparisonFolder.video(subject, entrant.name())
                        : ComparisonFolder.picture(subject, entrant.name()),
                Settings.of(request, pipeline.origin()).toJson());
    }

    /** Whether picture and previews are there, made with these settings. */
    private boolean isMade(Piece piece, JobListener told) throws IOException {
        boolean made = isSame(piece.file(), Settings.PICTURE_KEY, piece.settings(), told);
        for (int stage = 0; stage < piece.previews(); stage++) {
            String preview = ComparisonFolder.preview(piece.file(), stage);
            made &= isSame(preview, PREVIEW_KEY, piece.settings(), told);
        }
        return made;
    }

    private boolean isSame(String name, String key, String settings, JobListener told) throws IOException {
        Found found = folder.find(name, key, settings);
        if (!found.damage().isEmpty()) {
            told.warning(found.damage() + "; it is made again");
        }
        return found.isSame();
    }

    /**
     * Makes the jobs of {@link #resume}, and writes tables, page and sheets of all there is in the end, also where it
     * ends before all are made; others are told before this. CancellationException if it was cancelled.
     */
    public void make(List<Job> jobs, Cancellation token, JobListener... others) throws IOException {
        cancellation = token;
        JobLoop loop = new JobLoop(pipeline).cancellation(token).warmUp();
        for (JobListener other : others) {
            loop.listener(other);
        }
        try {
            loop.listener(this).run(jobs);
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            try {
                token.whole(record::finish);
            } catch (IOException | RuntimeException other) {
                e.addSuppressed(other);
            }
            throw e;
        }
        token.whole(record::finish);
    }

    @Override
    public void begin(Job job, int index) {
        stageEnds.clear();
        ran = new Work(0, 0);
    }

    @Override
    public void onStep(Step step) {
        Position at = step.at();
        ResolutionStage stage = at.resolution();
        int forwards = step.forward() == Forward.SKIPPED ? 0 : perStep;
        double flops = perStep * cost.flops(stage.shape(), stage.cache(), step.forward());
        ran = new Work(ran.forwards() + forwards, ran.flops() + flops);
        boolean ends = at.step() + 1 == stage.executedSteps();
        if (ends && at.stage() + 1 < at.plan().stages().size()) {
            stageEnds.add(step.clean());
        }
    }

    @Override
    public void made(Job job, Timings took) throws IOException {
        Piece piece = byOutput.get(job.output());
        if (piece == null) {
            throw new IllegalStateException(job.output() + ": is no picture of this comparison");
        }
        for (int stage = 0; stage < stageEnds.size(); stage++) {
            Picture preview = pipeline.still(stageEnds.get(stage));
            Path file = folder.resolve(ComparisonFolder.preview(piece.file(), stage));
            cancellation.whole(() -> PngWriter.write(file, preview, Map.of(PREVIEW_KEY, piece.settings())));
        }
        add(piece, took.seconds(Timings.Phase.DENOISE), isDecidedAsItRuns(piece) ? ran : null);
        sideBySide(piece.subject());
        cancellation.whole(record::keepUp);
    }

    private boolean isDecidedAsItRuns(Piece piece) {
        return plan.contender(piece.contender()).forwardsAreAtMost();
    }

    private void add(Piece piece, double seconds, @Nullable Work work) throws IOException {
        record.add(piece.subject(), piece.contender(), piece.file(), piece.previews(), seconds, work);
    }

    /** Writes the videos of a subject in one, once all are made. */
    private void sideBySide(Subject subject) throws IOException {
        List<SideBySide.Panel> panels = record.panels(subject);
        if (panels == null) {
            return;
        }
        String name = ComparisonFolder.sideBySide(subject);
        folder.makeRoom(name);
        Plan size = lineup.entrants().get(0).plan();
        try (SideBySide side = new SideBySide(panels, size.width(), size.height());
                VideoWriter video = VideoFormat.MP4.open(
                        folder.resolve(name),
                        new VideoSize(side.width(), side.height(), side.fps()),
                        new VideoText(subject.prompt(), "{}"))) {
            cancellation.temporary(video.partial());
            for (Picture frame = side.next(); frame != null; frame = side.next()) {
                video.accept(frame);
            }
            cancellation.whole(video::finish);
            cancellation.keep(video.partial());
        }
    }

    /** What is done until now. */
    public Comparison comparison() {
        return record.comparison();
    }
}
