package io.bottleneck4j.emojivideo;

import io.bottleneck4j.bundle.Bundle;
import java.io.IOException;
import java.nio.file.Path;

/** The bundled model of videos, emoji-video: a plain diffusers folder inside the jar. */
public final class EmojiVideo {
    /** The folder's name, by which users call it. */
    public static final String NAME = "emoji-video";

    private static final Bundle BUNDLE = new Bundle(EmojiVideo.class, NAME);

    private EmojiVideo() {}

    /**
     * The model's folder, unpacked (35 MB) on first use in the user's cache directory: bottleneck4j in XDG_CACHE_HOME, else in
     * ~/.cache.
     *
     * @throws IOException if it cannot be unpacked; the message says what to do, and nothing half-unpacked is left
     */
    public static Path folder() throws IOException {
        return BUNDLE.folder();
    }

    /**
     * The model's folder, unpacked (35 MB) on first use.
     *
     * @param cacheDirectory created if missing
     * @throws IOException if it cannot be unpacked; the message says what to do, and nothing half-unpacked is left
     */
    public static Path folder(Path cacheDirectory) throws IOException {
        return BUNDLE.folder(cacheDirectory);
    }
}
