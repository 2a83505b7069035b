package io.bottleneck4j.cli.options;

import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Request;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What only a video has, apart from its frames. */
public final class VideoOptions {
    @Option(
            names = "--fps",
            paramLabel = "N",
            description =
                    "Frames per second at playback, from 1 to 240; the frames stay the same. Default: the model's, else 24.")
    public @Nullable Integer fps;

    /** Sets what the options give, which a model of pictures refuses. */
    public void apply(Request.Builder request, Model model) {
        if (fps == null) {
            return;
        }
        if (model.kind() == Model.Kind.PICTURE) {
            throw new IllegalArgumentException("fps: " + model.folder().path()
                    + " makes pictures, not videos; leave --fps out, or name a video model with --model");
        }
        request.fps(fps);
    }
}
