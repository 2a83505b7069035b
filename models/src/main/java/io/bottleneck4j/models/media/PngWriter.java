package io.bottleneck4j.models.media;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Writes PNG files whole or not at all.
 *
 * <p>The JDK's own writer is not used: it starts AWT, which takes longer than the picture in a fresh process.
 */
public final class PngWriter {
    private PngWriter() {}

    /**
     * Writes a picture with its texts, over an older file of that name. The same input gives the same bytes.
     *
     * @param text what the file says of itself, such as Automatic1111's {@code parameters}; by key, 1 to 79 Latin-1
     *     characters
     * @throws IllegalArgumentException if a key is not one of PNG
     * @throws IOException if the file cannot be written; the message says what to do, and no half-written file is left
     */
    public static void write(Path file, Picture picture, Map<String, String> text) throws IOException {
        WholeFile.write(file, PngChunks.encode(picture, text));
    }

    /**
     * The bytes of such a file.
     *
     * @throws IllegalArgumentException if a key is not one of PNG
     */
    public static byte[] bytes(Picture picture, Map<String, String> text) {
        return PngChunks.encode(picture, text);
    }

    /**
     * Finds out before a long run whether {@link #write} has a place to write to.
     *
     * @throws IOException if the folder is missing or not writable, or the name is a folder's
     */
    public static void requireTarget(Path file) throws IOException {
        WholeFile.requireTarget(file);
    }
}
