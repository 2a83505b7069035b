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
    private Ssim() {}

    /**
     * Returns the mean similarity, in [-1, 1]; IllegalArgumentException if the sizes differ, or a side is below 11 px.
     */
    public static double of(Picture picture, Picture reference) {
        Plane.requireSameSize(picture, reference);
        Plane.requireSide(picture, Plane.SIZE, "SSIM");
        double sum = 0;
        for (int channel = 0; channel < 3; channel++) {
            sum += Plane.of(picture, channel)
                    .comparedTo(Plane.of(reference, channel))
                    .similarity();
        }
        return sum / 3;
    }
}
