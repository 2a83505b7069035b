package io.bottleneck4j.pipeline;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.media.FrameSink;
import io.bottleneck4j.models.media.Picture;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What came of a request: latents, pixels, the settings that make it again, and what it took. */
public final class Result {
    private final Request request;
    private final Latents latents;
    private final List<Picture> frames;
    private final Settings settings;
    private final Timings timings;

    Result(Request request, Latents latents, List<Picture> frames, Settings settings, Timings timings) {
        this.request = request;
        this.latents = latents;
        this.frames = List.copyOf(frames);
        this.settings = settings;
        this.timings = timings;
    }

    public Request request() {
        return request;
    }

    /** The clean latents [C, F, h, w]. */
    public Latents latents() {
        return latents;
    }

    /** The picture; of a video its first frame. */
    public Picture picture() {
        return frames.get(0);
    }

    /** All frames, in order; a picture is one. */
    public List<Picture> frames() {
        return frames;
    }

    /** How it was made, as its file stores it. */
    public Settings settings() {
        return settings;
    }

    /** Seconds by phase. */
    public Timings timings() {
        return timings;
    }

    /**
     * Writes the file, whole or not at all, with its settings: a PNG, JPEG or WebP; of a video mp4, webm, gif, or numbered PNG frames. Settings that do
     * not make it again, since noise or latents of the program's own decided it too, are left out.
     *
     * @throws IllegalArgumentException if the name has another ending
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        OutputFile output = OutputFile.of(file, settings.kind());
        output.requireWritable();
        output.write(settings.texts(request), settings.fps(), this::handOut, new Cancellation());
    }

    private void handOut(FrameSink sink) throws IOException {
        for (Picture frame : frames) {
            sink.accept(frame);
        }
    }
}
