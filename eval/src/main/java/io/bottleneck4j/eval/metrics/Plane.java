package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;

/**
 * One channel of a picture, or what became of it, which is compared with another through small Gaussian windows, 11 values wide and of
 * deviation 1.5: what structural similarity is made of. Only windows that lie wholly inside count. Source: Wang, Bovik, Sheikh,
 * Simoncelli, Image quality assessment: from error visibility to structural similarity (2004).
 *
 * @param values [H, W], 0 to 255
 */
@SuppressWarnings("ArrayRecordComponent") // held for one computation, never compared
record Plane(double[] values, int width, int height) {
    static final int RADIUS = 5;
    /** Values along one side of a window, and the least a plane must have. */
    static final int SIZE = 2 * RADIUS + 1;

    private static final double SIGMA = 1.5;
    private static final double C1 = 0.01 * 255 * 0.01 * 255;
    private static final double C2 = 0.03 * 255 * 0.03 * 255;
    private static final double[] WEIGHTS = weights();

    /**
     * Means over all windows: of brightness, contrast and structure (the source's Eq. 13), and the same without
     * brightness.
     */
    record Means(double similarity, double contrast) {
        Means plus(Means other) {
            return new Means(similarity + other.similarity, contrast + other.contrast);
        }
    }

    static Plane of(Picture picture, int channel) {
        byte[] rgb = picture.rgb();
        double[] values = new double[rgb.length / 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = rgb[3 * i + channel] & 0xff;
        }
        return new Plane(values, picture.width(), picture.height());
    }

    /** Compares it with another of its size, both sides at least {@value #SIZE}. */
    Means comparedTo(Plane other) {
        double[] x = values;
        double[] y = other.values;
        double[] meanX = windowed(x, width, height);
        double[] meanY = windowed(y, width, height);
        double[] squareX = windowed(times(x, x), width, height);
        double[] squareY = windowed(times(y, y), width, height);
        double[] product = windowed(times(x, y), width, height);
        double similarity = 0;
        double contrast = 0;
        for (int i = 0; i < meanX.length; i++) {
            double mx = meanX[i];
            double my = meanY[i];
            double varianceX = squareX[i] - mx * mx;
            double varianceY = squareY[i] - my * my;
            double covariance = product[i] - mx * my;
            double withoutBrightness = (2 * covariance + C2) / (varianceX + varianceY + C2);
            contrast += withoutBrightness;
            similarity += (2 * mx * my + C1) / (mx * mx + my * my + C1) * withoutBrightness;
        }
        return new Means(similarity / meanX.length, contrast / meanX.length);
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
        int w = width + 2 * RADIUS;
        int h = height + 2 * RADIUS;
        double[] mirrored = new double[w * h];
        for (int i = 0; i < mirrored.length; i++) {
            int x = inside(i % w - RADIUS, width);
            int y = inside(i / w - RADIUS, height);
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

    /** Weighted means of all windows inside [H, W], [H - 10, W - 10]. */
    private static double[] windowed(double[] values, int width, int height) {
        int innerWidth = width - 2 * RADIUS;
        double[] rows = new double[height * innerWidth];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < innerWidth; x++) {
                double sum = 0;
                for (int k = 0; k < SIZE; k++) {
                    sum += WEIGHTS[k] * values[y * width + x + k];
                }
                rows[y * innerWidth + x] = sum;
            }
        }
        double[] means = new double[(height - 2 * RADIUS) * innerWidth];
        for (int i = 0; i < means.length; i++) {
            double sum = 0;
            for (int k = 0; k < SIZE; k++) {
                sum += WEIGHTS[k] * rows[i + k * innerWidth];
            }
            means[i] = sum;
        }
        return means;
    }

    private static double[] times(double[] x, double[] y) {
        double[] product = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            product[i] = x[i] * y[i];
        }
        return product;
    }

    private static double[] weights() {
        double[] weights = new double[SIZE];
        double sum = 0;
        for (int k = 0; k < SIZE; k++) {
            double distance = k - RADIUS;
            weights[k] = Math.exp(-distance * distance / (2 * SIGMA * SIGMA));
            sum += weights[k];
        }
        for (int k = 0; k < SIZE; k++) {
            weights[k] /= sum;
        }
        return weights;
    }
}
