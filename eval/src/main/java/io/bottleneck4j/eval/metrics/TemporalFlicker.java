package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;
import org.jspecify.annotations.Nullable;

/**
 * How much a video changes from frame to frame: the mean absolute difference of the values of consecutive frames. Frames are given
 * one after the other, and two of them are in memory.
 *
 * <p>Motion counts as well as unrest, so compare videos of one prompt and seed, or of still scenes, as VBench does.
 *
 * <p>Source: Huang et al., VBench: comprehensive benchmark suite for video generative models (CVPR 2024), temporal flickering;
 * vbench/temporal_flickering.py@00c4b29.
 */
public final class TemporalFlicker {
    private static final double LARGEST = 255;

    private @Nullable Picture before;
    private double sum;
    private int pairs;

    /** The next frame; IllegalArgumentException if it has another size than those before. */
    public void add(Picture frame) {
        Picture last = before;
        if (last != null) {
            sum += difference(frame, last);
            pairs++;
        }
        before = frame;
    }

    /**
     * The mean of {@link #difference} over consecutive frames, 0 for a still video.
     *
     * @throws IllegalStateException if fewer than two frames were given
     */
    public double meanDifference() {
        if (pairs == 0) {
            throw new IllegalStateException("frames: flicker needs at least 2, not " + (before == null ? 0 : 1)
                    + "; give a video, not a picture");
        }
        return sum / pairs;
    }

    /** VBench's score: (255 - {@link #meanDifference}) / 255, 1 for a still video. */
    public double score() {
        return (LARGEST - meanDifference()) / LARGEST;
    }

    /**
     * Mean absolute difference of the RGB values of two frames, 0 to 255; IllegalArgumentException if the sizes differ.
     */
    public static double difference(Picture frame, Picture before) {
        Plane.requireSameSize(frame, before);
        byte[] a = frame.rgb();
        byte[] b = before.rgb();
        long sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs((a[i] & 0xff) - (b[i] & 0xff));
        }
        return (double) sum / a.length;
    }
}
