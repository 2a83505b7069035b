package io.bottleneck4j.pipeline;

import io.bottleneck4j.pipeline.plan.PixelGrid;
import java.util.List;

/**
 * A size of pictures that FLUX.1-Kontext learnt from, about a megapixel each, or one in proportion. Source: diffusers pipeline_flux_kontext.py@0.42.1,
 * PREFERRED_KONTEXT_RESOLUTIONS.
 *
 * @param width pixels
 * @param height pixels
 */
record KontextSize(int width, int height) {
    private static final double SIDE = 1024;
    private static final int PARTS = 16;

    private static final List<KontextSize> LEARNT = List.of(
            new KontextSize(672, 1568),
            new KontextSize(688, 1504),
            new KontextSize(720, 1456),
            new KontextSize(752, 1392),
            new KontextSize(800, 1328),
            new KontextSize(832, 1248),
            new KontextSize(880, 1184),
            new KontextSize(944, 1104),
            new KontextSize(1024, 1024),
            new KontextSize(1104, 944),
            new KontextSize(1184, 880),
            new KontextSize(1248, 832),
            new KontextSize(1328, 800),
            new KontextSize(1392, 752),
            new KontextSize(1456, 720),
            new KontextSize(1504, 688),
            new KontextSize(1568, 672));

    /** The size whose ratio of sides is nearest to a picture's, the first of two. */
    static KontextSize like(int width, int height) {
        double ratio = (double) width / height;
        KontextSize nearest = LEARNT.get(0);
        for (KontextSize size : LEARNT) {
            if (size.off(ratio) < nearest.off(ratio)) {
                nearest = size;
            }
        }
        return nearest;
    }

    /** So much smaller, to the nearest size that a model accepts. */
    KontextSize scaled(double scale, PixelGrid grid) {
        return new KontextSize(grid.nearest(width * scale), grid.nearest(height * scale));
    }

    private double off(double ratio) {
        return Math.abs(ratio - (double) width / height);
    }

    /**
     * How much smaller than a megapixel so many pixels are, along a side and to the nearest sixteenth: 1 for all sizes of the list and for
     * larger ones, so that a reference then is just what diffusers makes it.
     */
    static double scale(double pixels) {
        return (double) Math.min(PARTS, Math.max(1, Math.round(PARTS * Math.sqrt(pixels) / SIDE))) / PARTS;
    }
}
