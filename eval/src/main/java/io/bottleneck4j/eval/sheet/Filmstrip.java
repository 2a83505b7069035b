package io.bottleneck4j.eval.sheet;

import io.bottleneck4j.eval.drawing.Canvas;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.VideoReader;
import java.io.IOException;
import java.nio.file.Path;

/** The first, the middle and the last frame of a video side by side, for sheets. */
public final class Filmstrip {
    /** Frames in it. */
    public static final int FRAMES = 3;

    private Filmstrip() {}

    /**
     * Reads them.
     *
     * @param frames of the video
     * @throws IllegalArgumentException if the video is shorter, or none of bottleneck4j
     * @throws IOException if it cannot be read
     */
    public static Picture of(Path video, int frames) throws IOException {
        try (VideoReader reader = VideoReader.open(video)) {
            Canvas strip = null;
            int width = 0;
            for (int i = 0; i < frames; i++) {
                Picture frame = reader.next();
                if (frame == null) {
                    throw new IllegalArgumentException(
                            "frames: " + video + " has " + i + ", not " + frames + "; remove it to make it again");
                }
                if (strip == null) {
                    width = frame.width();
                    strip = new Canvas(FRAMES * width, frame.height());
                }
                for (int place = 0; place < FRAMES; place++) {
                    if (i == place * (frames - 1) / (FRAMES - 1)) {
                        strip.draw(frame, place * width, 0);
                    }
                }
            }
            if (strip == null) {
                throw new IllegalArgumentException("frames: must be at least 1, not " + frames);
            }
            return strip.picture();
        }
    }
}
