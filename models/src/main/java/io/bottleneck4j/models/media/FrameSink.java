package io.bottleneck4j.models.media;

import java.io.IOException;
import org.apiguardian.api.API;

/** Takes the frames of a video one by one, in the order they are shown. */
@API(status = API.Status.STABLE)
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
