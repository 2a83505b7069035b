package io.bottleneck4j.models.media;

/**
 * The frames of a video before the first is there.
 *
 * @param width pixels, even, since colour is stored for every second pixel only
 * @param height pixels, even
 * @param fps frames shown a second
 */
public record VideoSize(int width, int height, int fps) {
    private static final int FASTEST = 240;

    public VideoSize {
        requireEven("width", width);
        requireEven("height", height);
        if (fps < 1 || fps > FASTEST) {
            throw new IllegalArgumentException("fps: must be between 1 and " + FASTEST + ", not " + fps);
        }
    }

    private static void requireEven(String what, int pixels) {
        if (pixels < 2 || pixels % 2 != 0) {
            throw new IllegalArgumentException(what + ": a video's must be an even number of pixels from 2 up, not "
                    + pixels + "; use " + Math.max(2, pixels - 1) + " or " + Math.max(2, pixels + 1));
        }
    }

    void require(Picture frame) {
        if (frame.width() != width || frame.height() != height) {
            throw new IllegalArgumentException("frame: " + frame.width() + " x " + frame.height() + " px in a video of "
                    + width + " x " + height + " px; all frames must be of one size");
        }
    }
}
