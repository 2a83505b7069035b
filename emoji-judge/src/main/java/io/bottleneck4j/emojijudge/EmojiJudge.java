package io.bottleneck4j.emojijudge;

import io.bottleneck4j.bundle.Bundle;
import java.io.IOException;
import java.nio.file.Path;

/** The bundled judges of emoji-flux's pictures: a detector of its concepts and a small CLIP, inside the jar. */
public final class EmojiJudge {
    /** The folder's name. */
    public static final String NAME = "emoji-judge";

    private static final Bundle BUNDLE = new Bundle(EmojiJudge.class, NAME);

    private EmojiJudge() {}

    /**
     * The folder of a CLIPModel in the layout of transformers, unpacked on first use.
     *
     * @param cacheDirectory created if missing
     * @throws IOException if it cannot be unpacked; the message says what to do, and nothing half-unpacked is left
     */
    public static Path clip(Path cacheDirectory) throws IOException {
        return folder(cacheDirectory).resolve("clip");
    }

    /**
     * The detector's safetensors file, unpacked on first use.
     *
     * @param cacheDirectory created if missing
     * @throws IOException as {@link #clip}
     */
    public static Path detector(Path cacheDirectory) throws IOException {
        return folder(cacheDirectory).resolve("detector.safetensors");
    }

    static Path folder(Path cacheDirectory) throws IOException {
        return BUNDLE.folder(cacheDirectory);
    }
}
