package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;

/**
 * How far a picture is from a reference.
 *
 * @param psnr dB, infinity for an equal picture; see {@link Psnr}
 * @param ssim 1 for an equal picture; see {@link Ssim}
 * @param highFrequencyRatio below 1 where it is blurrier, above 1 where it is rougher, NaN where the reference has no fine detail; see
 *     {@link HighFrequency}
 * @param flickerRatio of a video, above 1 where more changes from frame to frame; NaN of pictures; see {@link VideoDistance}
 */
public record Distance(double psnr, double ssim, double highFrequencyRatio, double flickerRatio) {

    /**
     * Measures it.
     *
     * @throws IllegalArgumentException if the sizes differ, or a side is below 11 px
     */
    public static Distance between(Picture picture, Picture reference) {
        return new Distance(
                Psnr.of(picture, reference),
                Ssim.of(picture, reference),
                HighFrequency.ratio(picture, reference),
                Double.NaN);
    }
}
