package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;

/**
 * One channel of a picture, or what became of it.
 *
 * @param values [H, W], 0 to 255
 */
@SuppressWarnings("ArrayRecordComponent") // held for one computation, never compared
record Plane(double[] values, int width, int height) {

    static Plane of(Picture picture, int channel) {
        byte[] rgb = picture.rgb();
        double[] values = new double[rgb.length / 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = rgb[3 * i + channel] & 0xff;
        }
        return new Plane(values, picture.width(), picture.height());
    }

    GaussianWindows.Means comparedTo(Plane other) {
        return GaussianWindows.between(values, other.values, width, height);
    }

    /** Half as wide and high, each value the mean of a square of four; an odd last row or column is left out. */
    Plane halved() {
        int w = width / 2;
        int h = height / 2;
        double[] means = new double[w * h];
        for (int i = 0; i < means.length; i++) {
            int at = 2 * (i / w) * width + 2 * (i % w);
            means[i] = (values[at] + values[at + 1] + values[at + width] + values[at + width + 1]) / 4;
        }
        return new Plane(means, w, h);
    }

    /** With as many values mirrored beyond each border, which is not repeated, as a window there needs: a window around each value. */
    Plane reflected() {
        int w = width + 2 * GaussianWindows.RADIUS;
        int h = height + 2 * GaussianWindows.RADIUS;
        double[] mirrored = new double[w * h];
        for (int i = 0; i < mirrored.length; i++) {
            int x = inside(i % w - GaussianWindows.RADIUS, width);
            int y = inside(i / w - GaussianWindows.RADIUS, height);
            mirrored[i] = values[y * width + x];
        }
        return new Plane(mirrored, w, h);
    }

    private static int inside(int place, int size) {
        return place < 0 ? -place : place < size ? place : 2 * (size - 1) - place;
    }

    /** Distances ask that both pictures are of one size. */
    static void requireSameSize(Picture picture, Picture reference) {
        if (picture.width() != reference.width() || picture.height() != reference.height()) {
            throw new IllegalArgumentException("pictures: must be of one size, not %s x %s and %s x %s px; resize one"
                    .formatted(picture.width(), picture.height(), reference.width(), reference.height()));
        }
    }

    /** Some ask for a least size too. */
    static void requireSide(Picture picture, int least, String metric) {
        if (picture.width() < least || picture.height() < least) {
            throw new IllegalArgumentException(
                    "pictures: must be at least %s px wide and high for %s, not %s x %s; use a larger size"
                            .formatted(least, metric, picture.width(), picture.height()));
        }
    }
}
