package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;
import java.util.Random;

/** Pictures made up for tests. */
public final class Pictures {
    /** A value for each place. */
    @FunctionalInterface
    public interface Brightness {
        double at(int x, int y);
    }

    private Pictures() {}

    /** A gray picture. */
    public static Picture gray(int width, int height, Brightness brightness) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) Math.round(brightness.at(i / 3 % width, i / 3 / width));
        }
        return new Picture(width, height, rgb);
    }

    /** A picture of one colour. */
    public static Picture plain(int width, int height, int red, int green, int blue) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i += 3) {
            rgb[i] = (byte) red;
            rgb[i + 1] = (byte) green;
            rgb[i + 2] = (byte) blue;
        }
        return new Picture(width, height, rgb);
    }

    public static Picture random(int width, int height, long seed) {
        byte[] rgb = new byte[3 * width * height];
        new Random(seed).nextBytes(rgb);
        return new Picture(width, height, rgb);
    }

    /** Every pixel becomes the mean of the square around it, the border repeated. */
    public static Picture blurred(Picture picture, int radius) {
        int width = picture.width();
        int height = picture.height();
        byte[] in = picture.rgb();
        byte[] out = new byte[in.length];
        int side = 2 * radius + 1;
        for (int i = 0; i < in.length; i++) {
            int sum = 0;
            for (int k = 0; k < side * side; k++) {
                int x = within(i / 3 % width + k % side - radius, width);
                int y = within(i / 3 / width + k / side - radius, height);
                sum += in[3 * (y * width + x) + i % 3] & 0xff;
            }
            out[i] = (byte) Math.round((double) sum / (side * side));
        }
        return new Picture(width, height, out);
    }

    private static int within(int place, int size) {
        return Math.max(0, Math.min(size - 1, place));
    }
}
