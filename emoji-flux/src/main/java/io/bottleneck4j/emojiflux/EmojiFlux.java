package io.bottleneck4j.emojiflux;

import io.bottleneck4j.bundle.Bundle;
import java.io.IOException;
import java.nio.file.Path;

/** The bundled model of pictures, emoji-flux: a plain diffusers folder inside the jar. */
public final class EmojiFlux {
    /** The folder's name, by which users call it. */
    public static final String NAME = "emoji-flux";

    private static final Bundle BUNDLE = new Bundle(EmojiFlux.class, NAME);

    private EmojiFlux() {}

    /**
     * The model's folder, unpacked (24 MB) on first use in the user's cache directory: bottleneck4j in XDG_CACHE_HOME, else in
     * ~/.cache.
     *
     * @throws IOException if it cannot be unpacked; the message says what to do, and nothing half-unpacked is left
     */
    public static Path folder() throws IOException {
        return BUNDLE.folder();
    }

    /**
     * The model's folder, unpacked (24 MB) on first use.
     *
     * @param cacheDirectory created if missing
     * @throws IOException if it cannot be unpacked; the message says what to do, and nothing half-unpacked is left
     */
    public static Path folder(Path cacheDirectory) throws IOException {
        return BUNDLE.folder(cacheDirectory);
    }
}
