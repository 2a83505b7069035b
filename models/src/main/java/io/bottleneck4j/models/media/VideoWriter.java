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
public interface VideoWriter extends FrameSink, Closeable {
    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the frame is of another size than the video
     */
    @Override
    void accept(Picture frame) throws IOException;

    /**
     * The last frame was given: the video takes its name, and its settings are written beside it.
     *
     * @throws IOException if it cannot be written; nothing is left of it then
     * @throws IllegalStateException if no frame was given
     */
    void finish() throws IOException;

    /** What holds the frames until then; {@link WholeFile#discard} removes it where the process is to end at once. */
    Path partial();

    /** Frees all, and removes what is not finished. */
    @Override
    void close() throws IOException;
}
