package io.bottleneck4j.eval.metrics;

import java.util.Arrays;

/**
 * The discrete Fourier transform of planes of any size: halves are split off while the length is even, and the odd rest is summed
 * directly. Sizes of pictures are multiples of 16, so little is left of them.
 */
final class Fourier {
    private Fourier() {}

    /** Returns |F|² of real values [H, W], [H, W], the frequency 0 first. */
    static double[] energy(double[] values, int width, int height) {
        double[] re = values.clone();
        double[] im = new double[re.length];
        for (int y = 0; y < height; y++) {
            line(re, im, y * width, 1, width);
        }
        for (int x = 0; x < width; x++) {
            line(re, im, x, width, height);
        }
        double[] energy = new double[re.length];
        for (int i = 0; i < energy.length; i++) {
            energy[i] = re[i] * re[i] + im[i] * im[i];
        }
        return energy;
    }

    /** Transforms the n values at {@code from}, {@code from + stride}, ... in place. */
    private static void line(double[] re, double[] im, int from, int stride, int n) {
        double[] lineRe = new double[n];
        double[] lineIm = new double[n];
        for (int i = 0; i < n; i++) {
            lineRe[i] = re[from + i * stride];
            lineIm[i] = im[from + i * stride];
        }
        transform(lineRe, lineIm);
        for (int i = 0; i < n; i++) {
            re[from + i * stride] = lineRe[i];
            im[from + i * stride] = lineIm[i];
        }
    }

    /** Cooley and Tukey's radix-2 step: F(k) = E(k) + w^k·O(k), F(k + n/2) = E(k) - w^k·O(k), w = exp(-2·pi·i / n). */
    static void transform(double[] re, double[] im) {
        int n = re.length;
        if (n % 2 != 0) {
            direct(re, im);
            return;
        }
        int half = n / 2;
        double[] evenRe = every(re, 0);
        double[] evenIm = every(im, 0);
        double[] oddRe = every(re, 1);
        double[] oddIm = every(im, 1);
        transform(evenRe, evenIm);
        transform(oddRe, oddIm);
        for (int k = 0; k < half; k++) {
            double angle = -2 * Math.PI * k / n;
            double cos = Math.cos(angle);
            double sin = Math.sin(angle);
            double turnedRe = cos * oddRe[k] - sin * oddIm[k];
            double turnedIm = cos * oddIm[k] + sin * oddRe[k];
            re[k] = evenRe[k] + turnedRe;
            im[k] = evenIm[k] + turnedIm;
            re[k + half] = evenRe[k] - turnedRe;
            im[k + half] = evenIm[k] - turnedIm;
        }
    }

    private static double[] every(double[] values, int first) {
        double[] picked = new double[values.length / 2];
        Arrays.setAll(picked, i -> values[2 * i + first]);
        return picked;
    }

    private static void direct(double[] re, double[] im) {
        int n = re.length;
        double[] inRe = re.clone();
        double[] inIm = im.clone();
        for (int k = 0; k < n; k++) {
            double sumRe = 0;
            double sumIm = 0;
            for (int i = 0; i < n; i++) {
                double angle = -2 * Math.PI * ((long) k * i % n) / n;
                double cos = Math.cos(angle);
                double sin = Math.sin(angle);
                sumRe += cos * inRe[i] - sin * inIm[i];
                sumIm += cos * inIm[i] + sin * inRe[i];
            }
            re[k] = sumRe;
            im[k] = sumIm;
        }
    }
}
