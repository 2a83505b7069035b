package io.bottleneck4j.eval.suite;

import io.bottleneck4j.models.media.Picture;
import java.util.Arrays;
import java.util.Locale;

/** The background colours that captions of emoji-flux name. Source: tools/train-emoji-flux, captions.py. */
public enum BackgroundColour {
    WHITE(255, 255, 255),
    BLACK(24, 24, 24),
    GRAY(150, 150, 150),
    RED(214, 58, 58),
    ORANGE(240, 150, 50),
    YELLOW(248, 220, 90),
    GREEN(90, 180, 100),
    BLUE(80, 140, 225),
    PURPLE(150, 100, 200),
    PINK(246, 170, 200);

    /** The border is this part of the height wide. */
    private static final int BORDER = 25;

    private final int red;
    private final int green;
    private final int blue;

    BackgroundColour(int red, int green, int blue) {
        this.red = red;
        this.green = green;
        this.blue = blue;
    }

    /**
     * The colour nearest to the median of a picture's border, channel by channel. Corners count twice. Source: tools/train-emoji-flux,
     * measure.py, background.
     */
    public static BackgroundColour of(Picture picture) {
        double[] median = borderMedian(picture);
        BackgroundColour nearest = WHITE;
        for (BackgroundColour colour : values()) {
            if (colour.squaredDistance(median) < nearest.squaredDistance(median)) {
                nearest = colour;
            }
        }
        return nearest;
    }

    private double squaredDistance(double[] other) {
        double r = red - other[0];
        double g = green - other[1];
        double b = blue - other[2];
        return r * r + g * g + b * b;
    }

    private static double[] borderMedian(Picture picture) {
        int width = picture.width();
        int height = picture.height();
        int edge = Math.max(1, Math.min(height / BORDER, width));
        int[][] levels = new int[3][256];
        byte[] rgb = picture.rgb();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int times = (y < edge ? 1 : 0)
                        + (y >= height - edge ? 1 : 0)
                        + (x < edge ? 1 : 0)
                        + (x >= width - edge ? 1 : 0);
                for (int channel = 0; channel < 3; channel++) {
                    levels[channel][rgb[3 * (y * width + x) + channel] & 0xff] += times;
                }
            }
        }
        return Arrays.stream(levels).mapToDouble(BackgroundColour::median).toArray();
    }

    /** The middle level, or the mean of the two in the middle. */
    private static double median(int[] counts) {
        long count = Arrays.stream(counts).asLongStream().sum();
        return (level(counts, (count - 1) / 2) + level(counts, count / 2)) / 2.0;
    }

    private static int level(int[] counts, long rank) {
        long left = rank;
        int level = 0;
        while (left >= counts[level]) {
            left -= counts[level];
            level++;
        }
        return level;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
