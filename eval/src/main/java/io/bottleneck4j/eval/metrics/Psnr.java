package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;

/** Peak signal-to-noise ratio: the mean squared difference of two pictures, in decibels below the largest possible. */
public final class Psnr {
    private static final double PEAK = 255;

    private Psnr() {}

    /**
     * Returns 10·log10(255² / mean squared difference) over all RGB values, in dB; infinity for equal pictures,
     * IllegalArgumentException if the sizes differ.
     */
    public static double of(Picture picture, Picture reference) {
        Plane.requireSameSize(picture, reference);
        byte[] a = picture.rgb();
        byte[] b = reference.rgb();
        long sum = 0;
        for (int i = 0; i < a.length; i++) {
            int difference = (a[i] & 0xff) - (b[i] & 0xff);
            sum += (long) difference * difference;
        }
        return 10 * Math.log10(PEAK * PEAK * a.length / sum);
    }
}
