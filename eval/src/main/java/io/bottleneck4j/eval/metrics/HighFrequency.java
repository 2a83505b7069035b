package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;
import org.jtransforms.fft.DoubleFFT_1D;

/**
 * How much of a picture is fine detail: the share of its energy above {@link #CUTOFF}. Blur takes from it, noise and ringing add.
 *
 * <p>Of the luminance Y = .299 R + .587 G + .114 B its mean is taken away, a Hann window along both axes fades the borders (a
 * Fourier transform sees a picture repeated without end, and the jump at its border is no detail of it), and the energy |F(fx, fy)|² of
 * its discrete Fourier transform is summed over sqrt(fx² + fy²) above the cutoff, and over all but the mean.
 */
public final class HighFrequency {
    /**
     * Cycles per pixel that the radial frequency of fine detail is above. A picture of half the width and height cannot hold more
     * than this along either axis.
     */
    public static final double CUTOFF = 0.25;

    private HighFrequency() {}

    /** Returns the share, in [0, 1]; 0 for a picture of one brightness. */
    public static double share(Picture picture) {
        int width = picture.width();
        int height = picture.height();
        double[] energy = energy(windowed(luminance(picture), width, height), width, height);
        double high = 0;
        double all = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                if (x == 0 && y == 0) {
                    continue;
                }
                double e = energy[y * width + x];
                all += e;
                if (Math.hypot(frequency(x, width), frequency(y, height)) > CUTOFF) {
                    high += e;
                }
            }
        }
        return all == 0 ? 0 : high / all;
    }

    /**
     * Returns the share of a picture in that of another: below 1 it has less fine detail, above 1 more; NaN if the other has none.
     *
     * @throws IllegalArgumentException if the sizes differ
     */
    public static double ratio(Picture picture, Picture reference) {
        Plane.requireSameSize(picture, reference);
        double share = share(reference);
        return share == 0 ? Double.NaN : share(picture) / share;
    }

    /** Returns |F|² of the discrete Fourier transform of real values [H, W], [H, W], the frequency 0 first. */
    static double[] energy(double[] values, int width, int height) {
        double[][] rows = new double[height][2 * width]; // [H, W, 2], real and imaginary parts
        DoubleFFT_1D across = new DoubleFFT_1D(width);
        for (int y = 0; y < height; y++) {
            System.arraycopy(values, y * width, rows[y], 0, width);
            across.realForwardFull(rows[y]);
        }
        DoubleFFT_1D down = new DoubleFFT_1D(height);
        double[] column = new double[2 * height];
        double[] energy = new double[values.length];
        for (int x = 0; x < width; x++) {
            for (int y = 0; y < height; y++) {
                column[2 * y] = rows[y][2 * x];
                column[2 * y + 1] = rows[y][2 * x + 1];
            }
            down.complexForward(column);
            for (int y = 0; y < height; y++) {
                energy[y * width + x] = column[2 * y] * column[2 * y] + column[2 * y + 1] * column[2 * y + 1];
            }
        }
        return energy;
    }

    /** Cycles per pixel of a row or column of the transform, without sign. */
    private static double frequency(int k, int n) {
        return (double) Math.min(k, n - k) / n;
    }

    private static double[] luminance(Picture picture) {
        byte[] rgb = picture.rgb();
        double[] luminance = new double[rgb.length / 3];
        for (int i = 0; i < luminance.length; i++) {
            luminance[i] =
                    0.299 * (rgb[3 * i] & 0xff) + 0.587 * (rgb[3 * i + 1] & 0xff) + 0.114 * (rgb[3 * i + 2] & 0xff);
        }
        return luminance;
    }

    private static double[] windowed(double[] values, int width, int height) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        double mean = sum / values.length;
        double[] horizontal = hann(width);
        double[] vertical = hann(height);
        double[] windowed = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            double centred = values[i] - mean;
            boolean rounding = Math.abs(centred) < 1e-9; // what a picture of one brightness is left with
            windowed[i] = rounding ? 0 : centred * horizontal[i % width] * vertical[i / width];
        }
        return windowed;
    }

    /** The periodic Hann window: .5 - .5·cos(2·pi·i / n). */
    private static double[] hann(int n) {
        double[] window = new double[n];
        for (int i = 0; i < n; i++) {
            window[i] = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / n);
        }
        return window;
    }
}
