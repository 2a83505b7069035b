package io.bottleneck4j.examples;

import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.emojiflux.EmojiFlux;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

/** Tells of each step, and shows what the picture is becoming. */
public final class ListenerWithPreviews {
    private static final int EVERY = 5;

    private ListenerWithPreviews() {}

    public static void main(String[] args) throws IOException {
        make(Path.of(""));
    }

    static void make(Path folder) throws IOException {
        Model model = Model.open(EmojiFlux.folder());
        try (Pipeline pipeline = model.pipeline()) {
            Request request = model.request("a panda").seed(1).build();
            SamplingListener listener = step -> {
                int done = step.at().stepsBefore() + 1;
                System.out.printf("%s, noise %.2f%n", step.at(), step.next());
                if (done % EVERY == 0) {
                    try {
                        // The model's guess of the finished latents, at the size of the stage.
                        PngWriter.write(
                                folder.resolve("panda-" + done + ".png"), pipeline.still(step.clean()), Map.of());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            };
            pipeline.generate(request, listener, new Cancellation()).write(folder.resolve("panda.png"));
        }
    }
}
