package io.bottleneck4j.eval.benchmark;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.models.media.VideoReader;
import io.bottleneck4j.models.media.VideoSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A picture or video of a run, looked into. */
final class MadeFile {
    private MadeFile() {}

    /** What is wrong with a file as far as its frame tells, without its pixels; null if nothing is. */
    static @Nullable String damage(Path file, boolean video) throws IOException {
        if (!Files.isRegularFile(file)) {
            return "is missing";
        }
        try {
            if (video) {
                return VideoSettings.read(file) == null ? "is a video of another program" : null;
            }
            PngText.read(file);
            return null;
        } catch (IllegalArgumentException e) {
            return reason(file, e);
        }
    }

    /**
     * What is wrong with a file that is to have this size; null if nothing is.
     *
     * @param frames 1 for a picture
     */
    static @Nullable String fault(Path file, boolean video, int width, int height, int frames) throws IOException {
        if (!Files.isRegularFile(file)) {
            return "is missing";
        }
        try {
            return video ? videoFault(file, width, height, frames) : sizeFault(PngReader.read(file), width, height);
        } catch (IllegalArgumentException e) {
            return reason(file, e);
        }
    }

    private static @Nullable String videoFault(Path file, int width, int height, int frames) throws IOException {
        int read = 0;
        try (VideoReader reader = VideoReader.open(file)) {
            for (Picture frame = reader.next(); frame != null; frame = reader.next()) {
                String fault = sizeFault(frame, width, height);
                if (fault != null) {
                    return "frame " + read + " " + fault;
                }
                read++;
            }
        }
        return read == frames ? null : "has " + read + " frames, not the run's " + frames;
    }

    private static @Nullable String sizeFault(Picture picture, int width, int height) {
        return picture.width() == width && picture.height() == height
                ? null
                : "is " + picture.width() + "x" + picture.height() + ", not the run's " + width + "x" + height;
    }

    private static String reason(Path file, IllegalArgumentException failure) {
        String message = String.valueOf(failure.getMessage());
        String named = file + ": ";
        return message.startsWith(named) ? message.substring(named.length()) : message;
    }
}
