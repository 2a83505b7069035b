package io.bottleneck4j.examples;

import io.bottleneck4j.emojiflux.EmojiFlux;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import java.io.IOException;
import java.nio.file.Path;

/** From a prompt to a PNG. */
public final class FirstPicture {
    private FirstPicture() {}

    public static void main(String[] args) throws IOException {
        Model model = Model.open(EmojiFlux.folder());
        Request request =
                model.request("a rocket on a blue background, 3d style").seed(4).build();
        try (Pipeline pipeline = model.pipeline()) {
            pipeline.generate(request).write(Path.of("rocket.png"));
        }
    }
}
