package io.bottleneck4j.models.media;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacv.FFmpegFrameGrabber;
import org.jspecify.annotations.Nullable;

/** Finds the settings of a video: in the file, else in the JSON file beside it. */
public final class VideoSettings {
    private VideoSettings() {}

    /**
     * The settings as they were stored, one line of JSON; null if there are none.
     *
     * @param file mp4, webm, gif, the first of numbered PNG frames, or the JSON file itself
     * @throws IllegalArgumentException if there is no such file, or it is no video
     * @throws IOException if it cannot be read
     */
    public static @Nullable String read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file + ": must be a video file, and there is none; check the name");
        }
        if (String.valueOf(file.getFileName()).endsWith(".json")) {
            return Files.readString(file);
        }
        String own =
                VideoFormat.of(file) == VideoFormat.PNG ? PngText.read(file).get(VideoText.KEY) : comment(file);
        Path beside = VideoFormat.sidecar(file);
        return own != null || !Files.isRegularFile(beside) ? own : Files.readString(beside);
    }

    private static @Nullable String comment(Path file) throws IOException {
        try (FFmpegFrameGrabber grabber = VideoReader.grabber(file)) {
            String comment = grabber.getMetadata("comment");
            return comment != null && comment.startsWith("{") ? comment : null;
        }
    }
}
