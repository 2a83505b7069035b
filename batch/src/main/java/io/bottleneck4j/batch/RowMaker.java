package io.bottleneck4j.batch;

import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.JobLoop;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.pipeline.Timings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Makes rows into the bytes of files, for engines that keep results themselves. The bytes are those that {@link Batch} writes: nothing of
 * them depends on which rows are made together, or on how often one is.
 *
 * <p>For one thread at a time.
 */
public final class RowMaker {
    /** Rows to make at a time: so many prompts are encoded at once, and so many files are in memory. */
    public static final int CHUNK = JobLoop.ENCODED_AHEAD;

    private final Pipeline pipeline;
    private final RowDefaults.Requests requests;
    private final String ending;
    private final Path folder;
    private final JobLoop loop;
    private final Map<Path, Running> running = new HashMap<>();
    private final RowFailures failures = new RowFailures();
    private long begun;

    private record Running(PromptRow row, int index, List<@Nullable Outcome> outcomes) {}

    /**
     * A picture or video.
     *
     * @param bytes of its file
     * @param settings as the file stores them
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, and compared by nobody
    public record Picture(Made made, byte[] bytes, String settings) {}

    /**
     * What became of a row.
     *
     * @param picture null where there is an error
     * @param error null where there is a picture
     */
    public record Outcome(
            @Nullable Picture picture, @Nullable String error) {}

    /**
     * Makes nothing yet.
     *
     * @param requests of the pipeline's model
     * @param ending of the files: png, jpg or webp; mp4 of videos
     * @param quality of jpg and webp, from 0 to 100
     * @param folder for files while they are made; nobody else's
     * @param notes is told what the user should know
     */
    public RowMaker(
            Pipeline pipeline,
            RowDefaults.Requests requests,
            String ending,
            OptionalInt quality,
            Path folder,
            Cancellation cancellation,
            JobListener notes) {
        this.pipeline = pipeline;
        this.requests = requests;
        this.ending = ending;
        this.folder = folder;
        loop = new JobLoop(pipeline)
                .cancellation(cancellation)
                .onFailure(this::goesOn)
                .listener(notes)
                .listener(new Taking());
        quality.ifPresent(loop::quality);
    }

    /** What it makes them with. */
    public Pipeline pipeline() {
        return pipeline;
    }

    /**
     * Makes some, at most {@link #CHUNK} as a rule, and returns what became of each.
     *
     * @throws IOException if a file cannot be written: a disk that is full or gone is no row's fault
     * @throws IllegalStateException if 20 rows failed one after the other as they ran
     * @throws java.util.concurrent.CancellationException if it was cancelled
     */
    public List<Outcome> make(List<PromptRow> rows) throws IOException {
        List<@Nullable Outcome> outcomes = new ArrayList<>(Collections.nCopies(rows.size(), null));
        List<Job> jobs = new ArrayList<>();
        running.clear();
        for (int i = 0; i < rows.size(); i++) {
            try {
                Request request = requests.request(rows.get(i));
                Path file = folder.resolve(begun++ + "." + ending);
                jobs.add(new Job(request, file));
                running.put(file, new Running(rows.get(i), i, outcomes));
            } catch (IOException | RuntimeException e) {
                outcomes.set(i, new Outcome(null, WholeFile.message(e)));
            }
        }
        loop.run(jobs);
        return outcomes.stream().map(Objects::requireNonNull).toList();
    }

    private Running running(Job job) {
        return Objects.requireNonNull(running.get(job.output()));
    }

    private boolean goesOn(Job job, Throwable failure) {
        if (!RowFailures.isOfRow(failure)) {
            return false;
        }
        failures.one(failure, "");
        Running row = running(job);
        row.outcomes().set(row.index(), new Outcome(null, WholeFile.message(failure)));
        return true;
    }

    /** Takes each file's bytes when it is made, and removes it. */
    private final class Taking implements JobListener {
        @Override
        public void made(Job job, Timings took) throws IOException {
            failures.none();
            Running row = running(job);
            Request request = job.request();
            Settings settings = Settings.of(request, pipeline.origin(request));
            byte[] bytes = Files.readAllBytes(job.output());
            Made made = Made.of(
                    row.row(),
                    0,
                    "",
                    String.valueOf(job.output().getFileName()),
                    Digest.ofBytes(bytes),
                    bytes.length,
                    request,
                    took);
            row.outcomes().set(row.index(), new Outcome(new Picture(made, bytes, settings.toJson()), null));
            Files.delete(job.output());
            if (made.frames() != null) {
                Files.deleteIfExists(VideoFormat.sidecar(job.output())); // the video holds the same
            }
        }
    }
}
