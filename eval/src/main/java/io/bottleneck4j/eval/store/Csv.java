package io.bottleneck4j.eval.store;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Comma-separated values, quoted as RFC 4180 has it. */
public final class Csv {
    private Csv() {}

    /** One line of fields, its end included. */
    public static String row(Object... fields) {
        return Arrays.stream(fields)
                .map(field -> quoted(String.valueOf(field)))
                .collect(Collectors.joining(",", "", "\n"));
    }

    /** A number, empty where there is none. */
    public static String number(double value) {
        return Double.isNaN(value) ? "" : String.valueOf(value);
    }

    private static String quoted(String field) {
        boolean plain = field.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? field : '"' + field.replace("\"", "\"\"") + '"';
    }
}
