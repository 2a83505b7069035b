package io.bottleneck4j.eval.drawing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Numbers along a line of pixels: the low one at {@code from}, the high one at {@code to}, which is less on an axis
 * that goes up.
 */
public record PlotAxis(double low, double high, int from, int to) {
    private static final double ROOM = 0.08;
    private static final int TICKS = 6;

    /** An axis that shows numbers from the lowest to the highest, and some room beyond. */
    public static PlotAxis around(double lowest, double highest, int from, int to) {
        double span = highest - lowest;
        double room = span > 0 ? ROOM * span : Math.max(0.5 * Math.abs(highest), 1e-3);
        return new PlotAxis(lowest - room, highest + room, from, to);
    }

    /** An axis that begins at 0. */
    public static PlotAxis fromZero(double highest, int from, int to) {
        return new PlotAxis(0, highest * (1 + ROOM), from, to);
    }

    /** Where a number lies, in pixels. */
    public double at(double value) {
        return from + (value - low) / (high - low) * (to - from);
    }

    /** The nearest pixel. */
    public int pixel(double value) {
        return (int) Math.round(at(value));
    }

    /** Round numbers on the axis, some six of them. */
    public List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        double step = step();
        for (long i = (long) Math.ceil(low / step); i * step <= high; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** A tick with as many digits as tell it from the next. */
    public String label(double tick) {
        int decimals = Math.max(0, (int) Math.ceil(-Math.log10(step()) - 1e-9));
        return String.format(Locale.ROOT, "%." + decimals + "f", tick == 0 ? 0.0 : tick);
    }

    /** 1, 2 or 5 times a power of ten. */
    private double step() {
        double rough = (high - low) / TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double times = rough / power;
        return power * (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10);
    }
}
