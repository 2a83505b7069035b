package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.VideoReader;
import java.io.IOException;
import java.nio.file.Path;

/**
 * How far a picture is from a reference.
 *
 * @param psnr dB, infinity for an equal picture; see {@link Psnr}
 * @param ssim 1 for an equal picture; see {@link Ssim}
 * @param highFrequencyRatio below 1 where it is blurrier, above 1 where it is rougher, NaN where the reference has no fine detail; see
 *     {@link HighFrequency}
 * @param flickerRatio of a video, above 1 where more changes from frame to frame; NaN of pictures; see {@link #between(Path, Path)}
 */
public record Distance(double psnr, double ssim, double highFrequencyRatio, double flickerRatio) {

    /** Measures it; IllegalArgumentException if the sizes differ, or a side is below 11 px. */
    public static Distance between(Picture picture, Picture reference) {
        return new Distance(
                Psnr.of(picture, reference),
                Ssim.of(picture, reference),
                HighFrequency.ratio(picture, reference),
                Double.NaN);
    }

    /**
     * Measures a video: the means over its frames of what is said of a picture, and its flicker, which is {@link TemporalFlicker}'s mean
     * difference divided by the reference's: above 1 more changes from frame to frame than there. One frame of each video is in memory at a
     * time, and the one before it.
     *
     * @throws IllegalArgumentException if the videos have other numbers of frames or sizes, or are no videos of bottleneck4j
     */
    public static Distance between(Path video, Path reference) throws IOException {
        TemporalFlicker flicker = new TemporalFlicker();
        TemporalFlicker referenceFlicker = new TemporalFlicker();
        Distance sum = new Distance(0, 0, 0, 0);
        int frames = 0;
        try (VideoReader a = VideoReader.open(video);
                VideoReader b = VideoReader.open(reference)) {
            Picture x = a.next();
            Picture y = b.next();
            for (; x != null && y != null; x = a.next(), y = b.next()) {
                Distance distance = between(x, y);
                sum = new Distance(
                        sum.psnr + distance.psnr,
                        sum.ssim + distance.ssim,
                        sum.highFrequencyRatio + distance.highFrequencyRatio,
                        0);
                flicker.add(x);
                referenceFlicker.add(y);
                frames++;
            }
            if (x != null || y != null || frames == 0) {
                throw new IllegalArgumentException(
                        "frames: " + video + " and " + reference + " must have as many; compare videos of one length");
            }
        }
        double ratio = frames == 1 || referenceFlicker.meanDifference() == 0
                ? Double.NaN
                : flicker.meanDifference() / referenceFlicker.meanDifference();
        return new Distance(sum.psnr / frames, sum.ssim / frames, sum.highFrequencyRatio / frames, ratio);
    }
}
