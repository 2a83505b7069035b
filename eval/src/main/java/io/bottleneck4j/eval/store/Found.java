package io.bottleneck4j.eval.store;

import io.bottleneck4j.models.media.Picture;

/** What there is where a picture is to be. */
public sealed interface Found {

    /** No file, or a picture of ours with other settings, which may be replaced. */
    record Nothing() implements Found {}

    /** The very picture: it says that it was made with the settings wanted, and its pixels are whole. */
    record Same(Picture picture) implements Found {}

    /**
     * A file that is cut off or otherwise damaged, and may be replaced.
     *
     * @param message what is wrong with it, its name first
     */
    record Damaged(String message) implements Found {}
}
