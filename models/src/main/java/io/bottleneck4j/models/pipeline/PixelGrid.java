package io.bottleneck4j.models.pipeline;

import io.bottleneck4j.core.latent.LatentShape;

/**
 * From pixels to latent cells, for the sizes a model accepts.
 *
 * @param cell pixels along one side of a latent cell, as 8
 * @param multiple what width and height must be a multiple of, as 16: a token is 2 × 2 cells
 * @param channels of the latents
 */
record PixelGrid(int cell, int multiple, int channels) {
    private static final int MAX_PIXELS = 1 << 15;

    /**
     * The latents of a picture of this size.
     *
     * @throws IllegalArgumentException if a side is not a multiple, or beyond 32,768 pixels
     */
    LatentShape shape(int width, int height) {
        require("width", width);
        require("height", height);
        return new LatentShape(channels, 1, height / cell, width / cell);
    }

    private void require(String what, int pixels) {
        int below = pixels / multiple * multiple;
        if (pixels < multiple) {
            throw new IllegalArgumentException(what + ": " + pixels + " px is too small; use at least " + multiple);
        }
        if (pixels > MAX_PIXELS) {
            throw new IllegalArgumentException(what + ": " + pixels + " px is too large; use at most " + MAX_PIXELS);
        }
        if (pixels != below) {
            throw new IllegalArgumentException(what + ": " + pixels + " px is not a multiple of " + multiple + "; use "
                    + below + " or " + (below + multiple));
        }
    }

    /** The nearest size the model accepts. */
    int nearest(double pixels) {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(multiple, Math.round(pixels / multiple) * multiple));
    }
}
