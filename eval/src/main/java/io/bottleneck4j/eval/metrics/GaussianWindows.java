package io.bottleneck4j.eval.metrics;

/**
 * Two planes seen through small Gaussian windows, 11 values wide and of deviation 1.5: what structural similarity is made of. Only
 * windows that lie wholly inside the planes count.
 *
 * <p>Source: Wang, Bovik, Sheikh, Simoncelli, Image quality assessment: from error visibility to structural similarity (2004).
 */
final class GaussianWindows {
    static final int RADIUS = 5;
    /** Values along one side of a window, and the least a plane must have. */
    static final int SIZE = 2 * RADIUS + 1;

    private static final double SIGMA = 1.5;
    private static final double C1 = 0.01 * 255 * 0.01 * 255;
    private static final double C2 = 0.03 * 255 * 0.03 * 255;
    private static final double[] WEIGHTS = weights();

    private GaussianWindows() {}

    /**
     * Means over all windows.
     *
     * @param similarity of brightness, contrast and structure: the source's Eq. 13
     * @param contrast the same without brightness
     */
    record Means(double similarity, double contrast) {
        Means plus(Means other) {
            return new Means(similarity + other.similarity, contrast + other.contrast);
        }

        Means over(int count) {
            return new Means(similarity / count, contrast / count);
        }
    }

    /** Compares two planes [H, W] of values 0 to 255, both sides at least {@value #SIZE}. */
    static Means between(double[] x, double[] y, int width, int height) {
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
        return new Means(similarity, contrast).over(meanX.length);
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
