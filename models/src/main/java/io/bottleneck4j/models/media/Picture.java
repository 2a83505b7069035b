package io.bottleneck4j.models.media;

import java.util.Arrays;
import org.apiguardian.api.API;

/** An immutable picture of 8-bit RGB pixels, [H, W, 3] from the top left, row after row. */
@API(status = API.Status.STABLE)
public final class Picture {
    private final int width;
    private final int height;
    private final byte[] rgb;

    /**
     * Copies the pixels.
     *
     * @param width pixels, at least 1
     * @param height pixels, at least 1
     * @param rgb [H, W, 3], each value 0..255 as an unsigned byte
     * @throws IllegalArgumentException if a size is below 1, or the values do not fill the sizes
     */
    public Picture(int width, int height, byte[] rgb) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException(
                    "picture: must be at least 1 px wide and high, not " + width + " x " + height);
        }
        if (rgb.length != 3L * width * height) {
            throw new IllegalArgumentException("picture: " + width + " x " + height + " px needs " + 3L * width * height
                    + " values, not " + rgb.length + "; give 3 for each pixel");
        }
        this.width = width;
        this.height = height;
        this.rgb = rgb.clone();
    }

    /** Pixels in a row. */
    public int width() {
        return width;
    }

    /** Rows. */
    public int height() {
        return height;
    }

    /** The values [H, W, 3], unsigned bytes. A copy. */
    public byte[] rgb() {
        return rgb.clone();
    }

    /** Copies row {@code y} [W, 3] to a place in another array. */
    void copyRow(int y, byte[] target, int offset) {
        System.arraycopy(rgb, y * 3 * width, target, offset, 3 * width);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Picture that
                && width == that.width
                && height == that.height
                && Arrays.equals(rgb, that.rgb);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * width + height) + Arrays.hashCode(rgb);
    }

    @Override
    public String toString() {
        return "Picture[" + width + " x " + height + " px]";
    }
}
