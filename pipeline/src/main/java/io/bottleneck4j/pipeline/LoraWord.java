package io.bottleneck4j.pipeline;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apiguardian.api.API;

/**
 * A LoRA as people write it in one word: a file, or {@code FILE:SCALE}.
 *
 * @param scale 1 where none is written
 */
@API(status = API.Status.INTERNAL)
public record LoraWord(Path file, double scale) {
    /**
     * Reads it.
     *
     * @param folder that the file is relative to
     * @throws IllegalArgumentException if the scale is no number
     */
    public static LoraWord parse(Path folder, String word) {
        int colon = word.lastIndexOf(':');
        boolean inPath =
                word.indexOf('/', colon) >= 0 || word.indexOf('\\', colon) >= 0; // C:\loras\pixel-art.safetensors
        if (colon < 0 || inPath || Files.exists(folder.resolve(word))) {
            return new LoraWord(folder.resolve(word), 1);
        }
        try {
            return new LoraWord(
                    folder.resolve(word.substring(0, colon)), Double.parseDouble(word.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "lora: scale must be a number, as in pixel-art.safetensors:0.8, not '" + word.substring(colon + 1)
                            + "'",
                    e);
        }
    }
}
