package io.bottleneck4j.cli;

import io.bottleneck4j.pipeline.VideoRequest;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What only a video has, apart from its frames. */
final class VideoOptions {
    @Option(
            names = "--fps",
            paramLabel = "N",
            description =
                    "Frames a second in playback, 1 to 240; stored, and without effect on the frames. Default: the model's, else 24.")
    @Nullable
    Integer fps;

    /**
     * Does nothing if no option is given.
     *
     * @param model that makes pictures
     * @throws IllegalArgumentException naming the option
     */
    void refuse(Path model) {
        if (fps != null) {
            throw new IllegalArgumentException("fps: " + model
                    + " makes pictures, not videos; leave --fps out, or name a video model with --model");
        }
    }

    /** Frames a second: the option, else the model's, else the usual. */
    int fps(OptionalInt own) {
        return fps != null ? fps : own.orElse(VideoRequest.DEFAULT_FPS);
    }
}
