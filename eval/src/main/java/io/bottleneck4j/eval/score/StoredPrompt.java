package io.bottleneck4j.eval.score;

import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Settings;
import java.io.IOException;
import java.nio.file.Path;

/** The prompt that {@code generate} stored in a picture. */
final class StoredPrompt {
    private StoredPrompt() {}

    /**
     * Reads it.
     *
     * @throws IllegalArgumentException if there is none, or the file is no intact PNG
     */
    static String read(Path file) throws IOException {
        String json = PngText.read(file).get(Settings.PICTURE_KEY);
        if (json == null) {
            throw new IllegalArgumentException(
                    file + ": holds no prompt of bottleneck4j; give the prompts with --prompts");
        }
        return Settings.parse(Model.Kind.PICTURE, json).prompt();
    }
}
