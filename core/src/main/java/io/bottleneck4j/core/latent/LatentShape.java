package io.bottleneck4j.core.latent;

import org.apiguardian.api.API;

/**
 * Size of the latents of one image or video, {@code [C, F, H, W]}, counted in cells of the latent grid, not in pixels.
 *
 * @param channels values per cell, at least 1
 * @param frames latent frames, at least 1; an image has one
 * @param height cells from top to bottom, at least 1
 * @param width cells from left to right, at least 1
 */
public record LatentShape(int channels, int frames, int height, int width) {

    /** The longest array that every JVM can make. */
    private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

    /**
     * Checks the four counts.
     *
     * @throws IllegalArgumentException if a count is below 1, or if all values do not fit one Java array
     */
    public LatentShape {
        requirePositive("channels", channels);
        requirePositive("frames", frames);
        requirePositive("height", height);
        requirePositive("width", width);
        long elements = channels;
        for (int extent : new int[] {frames, height, width}) {
            elements *= extent; // two factors below 2^31 do not overflow a long
            if (elements > MAX_ELEMENTS) {
                throw new IllegalArgumentException(
                        "latent shape: [%s, %s, %s, %s] holds more than %s values; use a smaller size or fewer frames"
                                .formatted(channels, frames, height, width, MAX_ELEMENTS));
            }
        }
    }

    /** Returns this shape with another height and width, both in cells. */
    public LatentShape withSize(int newHeight, int newWidth) {
        return new LatentShape(channels, frames, newHeight, newWidth);
    }

    /**
     * Returns this shape with no side longer than so many cells.
     *
     * @param cells at least 1
     */
    @API(status = API.Status.INTERNAL)
    public LatentShape within(int cells) {
        return withSize(Math.min(cells, height), Math.min(cells, width));
    }

    /** Returns the number of values, the product of all four counts. */
    public int elements() {
        return channels * frames * height * width;
    }

    /** Returns the number of planes {@code [H, W]}: one per channel and frame. */
    @API(status = API.Status.INTERNAL)
    public int planes() {
        return channels * frames;
    }

    /** Returns {@code [C, F, H, W]} in digits, as messages and comments write shapes. */
    @Override
    public String toString() {
        return "[%s, %s, %s, %s]".formatted(channels, frames, height, width);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException("%s: %s is less than 1; use 1 or more".formatted(name, value));
        }
    }
}
