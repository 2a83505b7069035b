package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;

/**
 * What colours a picture has, by itself: what shows a plan that washes out or oversaturates.
 *
 * @param saturation mean of HSV's saturation, (max - min) / max of a pixel's values, 0 for gray, to 1
 * @param colourfulness 0 for gray, some 33 for moderately and 59 for quite colourful pictures: the deviations of R - G and (R + G) / 2 - B,
 *     and .3 of their means, both as lengths. Source: Hasler, Süsstrunk, Measuring colourfulness in natural images (2003), Eq. for M(3)
 */
public record ColourStatistics(double saturation, double colourfulness) {
    /** Mean and population standard deviation. */
    private record Spread(double mean, double deviation) {}

    /** Measures them. */
    public static ColourStatistics of(Picture picture) {
        byte[] rgb = picture.rgb();
        double[] redGreen = new double[rgb.length / 3];
        double[] yellowBlue = new double[rgb.length / 3];
        double saturation = 0;
        for (int i = 0; i < redGreen.length; i++) {
            int r = rgb[3 * i] & 0xff;
            int g = rgb[3 * i + 1] & 0xff;
            int b = rgb[3 * i + 2] & 0xff;
            redGreen[i] = r - g;
            yellowBlue[i] = (r + g) / 2.0 - b;
            int max = Math.max(r, Math.max(g, b));
            saturation += max == 0 ? 0 : (double) (max - Math.min(r, Math.min(g, b))) / max;
        }
        Spread first = spread(redGreen);
        Spread second = spread(yellowBlue);
        return new ColourStatistics(
                saturation / redGreen.length,
                Math.hypot(first.deviation, second.deviation) + 0.3 * Math.hypot(first.mean, second.mean));
    }

    private static Spread spread(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        double mean = sum / values.length;
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return new Spread(mean, Math.sqrt(squares / values.length));
    }
}
