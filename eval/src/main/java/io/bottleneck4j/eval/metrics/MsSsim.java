package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;

/**
 * Multi-scale structural similarity: {@link Ssim}'s contrast and structure at five sizes, each half of the one before, and its brightness at
 * the smallest; 1 for equal pictures. Coarse structure counts as well as fine, so it follows layout more than {@link Ssim} does.
 *
 * <p>Each scale's mean over windows and channels, 0 where below, is raised to the scale's exponent; the result is their product. At the
 * smallest scale, where few windows lie wholly inside, those at the border count too and see the picture mirrored there; so does
 * torchmetrics, not the source.
 *
 * <p>Source: Wang, Simoncelli, Bovik, Multi-scale structural similarity for image quality assessment (2003), Eq. 7; the same number as
 * torchmetrics' multiscale_structural_similarity_index_measure with data_range=255, whose normalize is "relu".
 */
public final class MsSsim {
    private static final double[] EXPONENTS = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
    /** Pixels along a side of which the fifth size still holds a window. */
    private static final int LEAST = Plane.SIZE << (EXPONENTS.length - 1);

    private MsSsim() {}

    /** Returns the similarity, in [0, 1]; IllegalArgumentException if the sizes differ, or a side is below 176 px. */
    public static double of(Picture picture, Picture reference) {
        Plane.requireSameSize(picture, reference);
        Plane.requireSide(picture, LEAST, "MS-SSIM");
        Plane.Means[] scales = new Plane.Means[EXPONENTS.length];
        for (int channel = 0; channel < 3; channel++) {
            Plane a = Plane.of(picture, channel);
            Plane b = Plane.of(reference, channel);
            for (int scale = 0; scale < scales.length; scale++) {
                boolean last = scale == scales.length - 1;
                Plane.Means means = last ? a.reflected().comparedTo(b.reflected()) : a.comparedTo(b);
                scales[scale] = channel == 0 ? means : scales[scale].plus(means);
                a = a.halved();
                b = b.halved();
            }
        }
        double product = 1;
        for (int scale = 0; scale < scales.length; scale++) {
            boolean last = scale == scales.length - 1;
            double sum = last ? scales[scale].similarity() : scales[scale].contrast();
            product *= Math.pow(Math.max(0, sum / 3), EXPONENTS[scale]);
        }
        return product;
    }
}
