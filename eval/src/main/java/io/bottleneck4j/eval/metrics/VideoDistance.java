package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.VideoReader;
import java.io.IOException;
import java.nio.file.Path;

/**
 * How far a video is from a reference: the means, over its frames, of what {@link Distance} says of a picture, and its flicker.
 *
 * <p>Flicker is {@link TemporalFlicker}'s mean difference, divided by the reference's: above 1 more changes from frame to frame than
 * there.
 *
 * <p>One frame of each video is in memory at a time, and the one before it.
 */
public final class VideoDistance {
    private double psnr;
    private double ssim;
    private double detail;
    private final TemporalFlicker flicker = new TemporalFlicker();
    private final TemporalFlicker referenceFlicker = new TemporalFlicker();
    private int frames;

    private VideoDistance() {}

    /**
     * Measures it.
     *
     * @throws IllegalArgumentException if the videos have other numbers of frames or sizes, or are no videos of bottleneck4j
     * @throws IOException if they cannot be read
     */
    public static Distance between(Path video, Path reference) throws IOException {
        VideoDistance sums = new VideoDistance();
        try (VideoReader a = VideoReader.open(video);
                VideoReader b = VideoReader.open(reference)) {
            Picture x = a.next();
            Picture y = b.next();
            while (x != null && y != null) {
                sums.add(x, y);
                x = a.next();
                y = b.next();
            }
            if (x != null || y != null || sums.frames == 0) {
                throw new IllegalArgumentException(
                        "frames: " + video + " and " + reference + " must have as many; compare videos of one length");
            }
        }
        return sums.mean();
    }

    private void add(Picture x, Picture y) {
        Distance distance = Distance.between(x, y);
        psnr += distance.psnr();
        ssim += distance.ssim();
        detail += distance.highFrequencyRatio();
        flicker.add(x);
        referenceFlicker.add(y);
        frames++;
    }

    private Distance mean() {
        return new Distance(psnr / frames, ssim / frames, detail / frames, flickerRatio());
    }

    private double flickerRatio() {
        if (frames == 1 || referenceFlicker.meanDifference() == 0) {
            return Double.NaN;
        }
        return flicker.meanDifference() / referenceFlicker.meanDifference();
    }
}
