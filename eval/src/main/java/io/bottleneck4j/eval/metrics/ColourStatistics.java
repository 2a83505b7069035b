package io.bottleneck4j.eval.metrics;

import io.bottleneck4j.models.media.Picture;

/**
 * What colours a picture has, by itself: what shows a plan that washes out or oversaturates.
 *
 * @param red mean and deviation of the red values
 * @param green of the green values
 * @param blue of the blue values
 * @param saturation mean of HSV's saturation, (max - min) / max of a pixel's values, 0 for gray, to 1
 * @param colourfulness 0 for gray, some 33 for moderately and 59 for quite colourful pictures; see {@link #colourfulness}
 */
public record ColourStatistics(Spread red, Spread green, Spread blue, double saturation, double colourfulness) {

    /**
     * Mean and population standard deviation.
     *
     * @param mean 0 to 255
     * @param deviation 0 to 127.5
     */
    public record Spread(double mean, double deviation) {}

    /** Measures them. */
    public static ColourStatistics of(Picture picture) {
        byte[] rgb = picture.rgb();
        double[][] channels = new double[3][rgb.length / 3];
        double[] redGreen = new double[rgb.length / 3];
        double[] yellowBlue = new double[rgb.length / 3];
        double saturation = 0;
        for (int i = 0; i < redGreen.length; i++) {
            int r = rgb[3 * i] & 0xff;
            int g = rgb[3 * i + 1] & 0xff;
            int b = rgb[3 * i + 2] & 0xff;
            channels[0][i] = r;
            channels[1][i] = g;
            channels[2][i] = b;
            redGreen[i] = r - g;
            yellowBlue[i] = (r + g) / 2.0 - b;
            saturation += saturation(r, g, b);
        }
        return new ColourStatistics(
                spread(channels[0]),
                spread(channels[1]),
                spread(channels[2]),
                saturation / redGreen.length,
                colourfulness(spread(redGreen), spread(yellowBlue)));
    }

    private static double saturation(int r, int g, int b) {
        int max = Math.max(r, Math.max(g, b));
        int min = Math.min(r, Math.min(g, b));
        return max == 0 ? 0 : (double) (max - min) / max;
    }

    /**
     * The deviations of R - G and (R + G) / 2 - B, and .3 of their means, both as lengths. Source: Hasler, Süsstrunk, Measuring
     * colourfulness in natural images (2003), Eq. for M(3).
     */
    private static double colourfulness(Spread redGreen, Spread yellowBlue) {
        return Math.hypot(redGreen.deviation, yellowBlue.deviation) + 0.3 * Math.hypot(redGreen.mean, yellowBlue.mean);
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
