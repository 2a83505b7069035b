package io.bottleneck4j.models.media;

import java.io.IOException;

/** Takes the frames of a video one by one, in the order they are shown. */
@FunctionalInterface
public interface FrameSink {
    /**
     * Takes the next frame.
     *
     * @param frame of the same size as the first
     * @throws IOException if it cannot be written
     */
    void accept(Picture frame) throws IOException;
}
