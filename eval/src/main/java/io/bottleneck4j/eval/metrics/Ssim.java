package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;

/**
 * Structural similarity: how alike brightness, contrast and structure are in small Gaussian windows, 1 for equal pictures.
 *
 * <p>Each channel on its own, then their mean; only windows that lie wholly inside the picture count.
 *
 * <p>Source: Wang, Bovik, Sheikh, Simoncelli, Image quality assessment: from error visibility to structural similarity (2004),
 * Eq. 13; the same number as scikit-image's structural_similarity with gaussian_weights=True, sigma=1.5,
 * use_sample_covariance=False, data_range=255.
 */
public final class Ssim {
    private static final int RADIUS = 5;
    /** Pixels along one side of a window, and the least a picture must have. */
    private static final int WINDOW = 2 * RADIUS + 1;

    private static final double SIGMA = 1.5;
    private static final double C1 = 0.01 * 255 * 0.01 * 255;
    private static final double C2 = 0.03 * 255 * 0.03 * 255;
    private static final double[] WEIGHTS = weights();

    private Ssim() {}

    /**
     * Returns the mean similarity, in [-1, 1].
     *
     * @throws IllegalArgumentException if the sizes differ, or a side is below 11 px
     */
    public static double of(Picture picture, Picture reference) {
        SameSize.require(picture, reference);
        int width = picture.width();
        int height = picture.height();
        if (width < WINDOW || height < WINDOW) {
            throw new IllegalArgumentException(
                    "pictures: must be at least %s px wide and high for SSIM, not %s x %s; use a larger size"
                            .formatted(WINDOW, width, height));
        }
        byte[] a = picture.rgb();
        byte[] b = reference.rgb();
        double sum = 0;
        for (int channel = 0; channel < 3; channel++) {
            sum += ofPlane(plane(a, channel), plane(b, channel), width, height);
        }
        return sum / 3;
    }

    private static double ofPlane(double[] x, double[] y, int width, int height) {
        double[] meanX = windowed(x, width, height);
        double[] meanY = windowed(y, width, height);
        double[] squareX = windowed(times(x, x), width, height);
        double[] squareY = windowed(times(y, y), width, height);
        double[] product = windowed(times(x, y), width, height);
        double sum = 0;
        for (int i = 0; i < meanX.length; i++) {
            double mx = meanX[i];
            double my = meanY[i];
            double varianceX = squareX[i] - mx * mx;
            double varianceY = squareY[i] - my * my;
            double covariance = product[i] - mx * my;
            sum += (2 * mx * my + C1)
                    * (2 * covariance + C2)
                    / ((mx * mx + my * my + C1) * (varianceX + varianceY + C2));
        }
        return sum / meanX.length;
    }

    /** Weighted means of all windows inside [H, W], [H - 10, W - 10]. */
    private static double[] windowed(double[] values, int width, int height) {
        int innerWidth = width - 2 * RADIUS;
        double[] rows = new double[height * innerWidth];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < innerWidth; x++) {
                double sum = 0;
                for (int k = 0; k < WINDOW; k++) {
                    sum += WEIGHTS[k] * values[y * width + x + k];
                }
                rows[y * innerWidth + x] = sum;
            }
        }
        double[] means = new double[(height - 2 * RADIUS) * innerWidth];
        for (int i = 0; i < means.length; i++) {
            double sum = 0;
            for (int k = 0; k < WINDOW; k++) {
                sum += WEIGHTS[k] * rows[i + k * innerWidth];
            }
            means[i] = sum;
        }
        return means;
    }

    private static double[] plane(byte[] rgb, int channel) {
        double[] plane = new double[rgb.length / 3];
        for (int i = 0; i < plane.length; i++) {
            plane[i] = rgb[3 * i + channel] & 0xff;
        }
        return plane;
    }

    private static double[] times(double[] x, double[] y) {
        double[] product = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            product[i] = x[i] * y[i];
        }
        return product;
    }

    private static double[] weights() {
        double[] weights = new double[WINDOW];
        double sum = 0;
        for (int k = 0; k < WINDOW; k++) {
            double distance = k - RADIUS;
            weights[k] = Math.exp(-distance * distance / (2 * SIGMA * SIGMA));
            sum += weights[k];
        }
        for (int k = 0; k < WINDOW; k++) {
            weights[k] /= sum;
        }
        return weights;
    }
}
