package io.bottleneck4j.eval.compare;

import io.bottleneck4j.eval.compare.Comparison.Contender;
import io.bottleneck4j.eval.metrics.Distance;
import java.util.Locale;

/** Numbers as people read them; a dash for one that is not there. */
public final class Shown {
    private static final String NONE = "–";

    private Shown() {}

    public static String seconds(double seconds) {
        return number("%.2f s", seconds);
    }

    public static String psnr(double decibels) {
        return number("%.1f dB", decibels);
    }

    public static String ssim(double ssim) {
        return number("%.3f", ssim);
    }

    /** A quotient, such as of FLOPs or of fine detail. */
    public static String ratio(double ratio) {
        return number("%.2f", ratio);
    }

    /** A distance in one line; of a video with its flicker. */
    public static String distance(Distance distance) {
        String text = psnr(distance.psnr()) + ", SSIM " + ssim(distance.ssim()) + ", detail "
                + ratio(distance.highFrequencyRatio());
        return Double.isNaN(distance.flickerRatio()) ? text : text + ", flicker " + ratio(distance.flickerRatio());
    }

    /** TFLOPs; small ones in GFLOPs. */
    public static String flops(double flops) {
        return flops < 1e12 ? number("%.1f GFLOPs", flops / 1e9) : number("%.2f TFLOPs", flops / 1e12);
    }

    /** A plan's forwards: a mean where a cache decided as it ran. */
    static String forwards(Comparison comparison, Contender contender) {
        double forwards = comparison.work(contender).forwards();
        return atMost(comparison, contender)
                + (forwards == Math.rint(forwards) ? plain(forwards) : number("%.1f", forwards));
    }

    static String flops(Comparison comparison, Contender contender) {
        return atMost(comparison, contender) + flops(comparison.work(contender).flops());
    }

    /** A plan's FLOPs as a part of the reference's. */
    static String share(Comparison comparison, Contender contender) {
        return atMost(comparison, contender) + ratio(1 / comparison.flopRatio(contender));
    }

    private static String atMost(Comparison comparison, Contender contender) {
        return contender.forwardsAreAtMost() && !comparison.isCounted(contender) ? "at most " : "";
    }

    /** Without a point if it is whole. */
    static String plain(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }

    private static String number(String format, double value) {
        if (Double.isNaN(value)) {
            return NONE;
        }
        return Double.isInfinite(value) ? "∞" : String.format(Locale.ROOT, format, value);
    }
}
