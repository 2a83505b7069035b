package io.bottleneck4j.models.media;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacv.FFmpegFrameGrabber;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a video: in the file, where its format has room, and in the JSON file beside it, whose name {@link
 * VideoFormat#sidecar} gives.
 */
public final class VideoSettings {
    /** A longer file is no settings, and is not read. */
    private static final long LONGEST = 1 << 20;

    /** Gives a video its name. */
    @FunctionalInterface
    interface Naming {
        void run() throws IOException;
    }

    private VideoSettings() {}

    /**
     * The settings as they were stored, one line of JSON; null if there are none.
     *
     * @param file mp4, webm, gif, the first of numbered PNG frames, or the JSON file itself
     * @throws IllegalArgumentException if there is no such file, or it is no video
     * @throws IOException if it cannot be read
     */
    public static @Nullable String read(Path file) throws IOException {
        VideoReader.requireFile(file);
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

    /** Refuses to let settings overwrite a file that is something else than those of an earlier video. */
    static void requireOwn(Path video) throws IOException {
        Path file = VideoFormat.sidecar(video);
        if (Files.isRegularFile(file) && !isSettings(file)) {
            throw new IOException(
                    file + ": holds no settings of a video, which belong there; move it, or name the video otherwise");
        }
    }

    /** One line: an object that tells of a prompt, or an empty one where nothing is known of a video. */
    private static boolean isSettings(Path file) throws IOException {
        if (Files.size(file) > LONGEST) {
            return false;
        }
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        return text.equals("{}") || (text.startsWith("{\"") && text.contains("\"prompt\":") && !text.contains("\n"));
    }

    /** Writes the settings beside a video and names it; where either fails, the file is what it was before. */
    static void write(Path video, String settings, Naming naming) throws IOException {
        requireOwn(video);
        Path file = VideoFormat.sidecar(video);
        byte @Nullable [] before = Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
        WholeFile.write(file, settings.getBytes(StandardCharsets.UTF_8));
        try {
            naming.run();
        } catch (IOException e) {
            if (before == null) {
                Files.deleteIfExists(file);
            } else {
                WholeFile.write(file, before);
            }
            throw e;
        }
    }
}
