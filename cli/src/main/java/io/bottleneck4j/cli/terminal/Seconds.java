package io.bottleneck4j.cli.terminal;

import java.util.Locale;
import java.util.OptionalDouble;

/** Seconds as text, three digits of them. */
public final class Seconds {
    private Seconds() {}

    public static String text(double seconds) {
        int decimals = seconds < 0.1 ? 4 : seconds < 1 ? 3 : seconds < 10 ? 2 : seconds < 100 ? 1 : 0;
        return String.format(Locale.ROOT, "%,." + decimals + "f", seconds);
    }

    /** Nothing where they are not known. */
    public static String text(OptionalDouble seconds) {
        return seconds.isPresent() ? text(seconds.getAsDouble()) : "";
    }
}
