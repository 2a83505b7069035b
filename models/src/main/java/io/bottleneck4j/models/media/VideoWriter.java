package io.bottleneck4j.models.media;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Writes the frames of one video as they come, with what it says of itself: in the file, where its format has room, and in a JSON file
 * beside it. Nothing is under the video's name before {@link #finish}; closing before that leaves nothing at all.
 *
 * <pre>{@code
 * try (VideoWriter video = VideoFormat.of(path).open(path, size, text)) {
 *     pipeline.decode(latents, video);
 *     video.finish();
 * }
 * }</pre>
 */
public abstract class VideoWriter implements FrameSink, Closeable {
    final Path file;
    final VideoText text;
    /** What holds the frames until the last. */
    final WholeFile.Pending pending;

    private final VideoSize size;
    private int frames;

    /** {@code target} is the file that {@code file} stands for, beside which frames wait. */
    VideoWriter(Path file, Path target, VideoSize size, VideoText text) {
        this.file = file;
        this.size = size;
        this.text = text;
        this.pending = WholeFile.Pending.beside(target);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the frame is of another size than the video
     */
    @Override
    public final void accept(Picture frame) throws IOException {
        size.require(frame);
        add(frame, frames);
        frames++;
    }

    /** Writes a frame to where it waits, the first with index 0. */
    abstract void add(Picture frame, int index) throws IOException;

    /**
     * The last frame was given: the video takes its name, and its settings are written beside it.
     *
     * @throws IOException if it cannot be written; nothing is left of it then
     * @throws IllegalStateException if no frame was given
     */
    public final void finish() throws IOException {
        if (frames == 0) {
            throw new IllegalStateException(file + ": a video needs a frame at least");
        }
        try {
            complete();
            VideoSettings.write(file, text.settings(), this::name);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Writes what still waits. */
    void complete() throws IOException {}

    /** Gives the video its name. */
    abstract void name() throws IOException;

    /** What went wrong, and what to do. */
    IOException failed(IOException e) {
        return WholeFile.failed(file, e);
    }

    /** What holds the frames until then; {@link WholeFile#discard} removes it where the process is to end at once. */
    public final Path partial() {
        return pending.path();
    }

    /** Frees all, and removes what is not finished. */
    @Override
    public void close() throws IOException {
        pending.close();
    }
}
