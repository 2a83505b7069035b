package io.bottleneck4j.cli.generate;

import io.bottleneck4j.cli.terminal.Failures;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.models.vae.NonFinitePictureException;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Decodes the model's guess of the clean picture, of a video its first frame, every few steps. A preview that fails ends previews, not the run. */
final class Previews implements JobListener {
    private final Pipeline pipeline;
    private final @Nullable Path folder;
    private final int every;
    private final Notes notes;
    private String name = "";
    private boolean failed;

    /**
     * Previews into a folder.
     *
     * @param folder null for none
     * @param every how many steps lie between them
     */
    Previews(Pipeline pipeline, @Nullable Path folder, int every, Notes notes) {
        this.pipeline = pipeline;
        this.folder = folder;
        this.every = every;
        this.notes = notes;
    }

    /** Makes the folder, if previews are wanted; refuses options that do not go together, and what is no folder. */
    static void require(@Nullable Integer every, @Nullable Path folder) {
        if (every == null && folder == null) {
            return;
        }
        if (every == null || folder == null) {
            throw new IllegalArgumentException("preview: give both --preview-every and --preview-dir");
        }
        if (every < 1) {
            throw new IllegalArgumentException("preview-every: must be at least 1, not " + every);
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "preview-dir: " + folder + " cannot be made: " + Failures.message(e) + "; name another", e);
        }
        if (!Files.isWritable(folder)) {
            throw new IllegalArgumentException("preview-dir: no permission to write to " + folder + "; name another");
        }
    }

    @Override
    public void begin(Job job, int index) {
        String file = String.valueOf(job.output().getFileName());
        name = file.substring(0, file.lastIndexOf('.'));
    }

    @Override
    public void onStep(Step step) {
        int done = step.at().stepsBefore() + 1;
        if (folder == null || failed || done % every != 0) {
            return;
        }
        Path file = folder.resolve(name + String.format(Locale.ROOT, "-step-%04d.png", done));
        try {
            PngWriter.write(file, pipeline.still(step.clean()), Map.of());
        } catch (IOException | NonFinitePictureException e) {
            failed = true;
            notes.warning("no more previews: " + Failures.message(e));
        }
    }
}
