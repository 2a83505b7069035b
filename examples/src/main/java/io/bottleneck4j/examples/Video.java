package io.bottleneck4j.examples;

import io.bottleneck4j.emojivideo.EmojiVideo;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Result;
import java.io.IOException;
import java.nio.file.Path;

/** The same five lines with another model make a video. */
public final class Video {
    private Video() {}

    public static void main(String[] args) throws IOException {
        make(Path.of("balloon.mp4"));
    }

    static Result make(Path output) throws IOException {
        Model model = Model.open(EmojiVideo.folder());
        try (Pipeline pipeline = model.pipeline()) {
            Result result = pipeline.generate(model.request("a red balloon moves from left to right")
                    .frames(9)
                    .plan("x3")
                    .build());
            result.write(output);
            return result;
        }
    }
}
