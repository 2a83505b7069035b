package io.bottleneck4j.models.media;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The JSON file of a video's settings, beside the video. */
record Sidecar(Path file) {
    /** A longer file is no settings, and is not read. */
    private static final long LONGEST = 1 << 20;

    /** Gives a video its name. */
    @FunctionalInterface
    interface Naming {
        void run() throws IOException;
    }

    static Sidecar of(Path video) {
        return new Sidecar(VideoFormat.sidecar(video));
    }

    /**
     * Does nothing if the settings would overwrite nothing, or those of an earlier video.
     *
     * @throws IOException if a file of that name is something else
     */
    void requireOwn() throws IOException {
        if (Files.isRegularFile(file) && !isSettings()) {
            throw new IOException(
                    file + ": holds no settings of a video, which belong there; move it, or name the video otherwise");
        }
    }

    /** One line: an object that tells of a prompt, or an empty one where nothing is known of a video. */
    private boolean isSettings() throws IOException {
        if (Files.size(file) > LONGEST) {
            return false;
        }
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        return text.equals("{}") || (text.startsWith("{\"") && text.contains("\"prompt\":") && !text.contains("\n"));
    }

    /**
     * Writes the settings and names the video.
     *
     * @throws IOException if either fails; the file is then what it was before
     */
    void write(String settings, Naming naming) throws IOException {
        requireOwn();
        byte @Nullable [] before = Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
        WholeFile.write(file, settings.getBytes(StandardCharsets.UTF_8));
        try {
            naming.run();
        } catch (IOException e) {
            restore(before);
            throw e;
        }
    }

    private void restore(byte @Nullable [] before) throws IOException {
        if (before == null) {
            Files.deleteIfExists(file);
        } else {
            WholeFile.write(file, before);
        }
    }
}
