package io.bottleneck4j.eval.document;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a table says in one place: a number or words, the number's interval with its brackets, empty where there is
 * none, and how the number compares.
 */
public record Cell(String text, String interval, Mark mark) {
    private static final String NONE = "–";

    /** How a number compares with the reference's. */
    public enum Mark {
        NONE(""),
        BETTER("▲"),
        WORSE("▼"),
        /** Measurable, and of neither is known whether it is good. */
        DIFFERENT("≠"),
        /** Neither is measurable. */
        LIKE("≈");

        private final String sign;

        Mark(String sign) {
            this.sign = sign;
        }

        /** After the number; to be explained in the note of a table that has them. */
        String sign() {
            return sign;
        }
    }

    /** Words, or a number that was counted. */
    public static Cell of(String text) {
        return new Cell(text, "", Mark.NONE);
    }

    /** Cells of a row: cells as they are, all else as words or numbers that were counted. */
    public static List<Cell> row(Object... values) {
        return Arrays.stream(values)
                .map(value -> value instanceof Cell cell ? cell : of(String.valueOf(value)))
                .toList();
    }

    /** Nothing, which is shown as a dash. */
    public static Cell none() {
        return of(NONE);
    }

    /** A number with its interval and so many digits behind the point; a dash if it is not one. */
    public static Cell of(double value, double low, double high, int decimals) {
        if (!Double.isFinite(value)) {
            return none();
        }
        String interval = Double.isFinite(low) && Double.isFinite(high)
                ? "[" + number(low, decimals) + ", " + number(high, decimals) + "]"
                : "";
        return new Cell(number(value, decimals), interval, Mark.NONE);
    }

    /** The same with a mark. */
    public Cell marked(Mark other) {
        return new Cell(text, interval, other);
    }

    /** The same with words after the number. */
    public Cell and(String words) {
        return new Cell(text, interval.isEmpty() ? words : interval + " " + words, mark);
    }

    /** A number; never a negative zero. */
    public static String number(double value, int decimals) {
        String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
        return text.matches("-0(\\.0*)?") ? text.substring(1) : text;
    }

    /** How many digits behind the point show three or four of a number as large as this. */
    public static int decimals(double largest) {
        double size = Math.abs(largest);
        if (!(size >= 10)) {
            return 3;
        }
        return size < 100 ? 2 : size < 1000 ? 1 : 0;
    }
}
