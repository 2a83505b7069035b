package io.bottleneck4j.eval.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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

    /**
     * The fields of a text's lines. A line ends in LF or CRLF, the last one too.
     *
     * @throws IllegalArgumentException if the text is cut off within a line
     */
    public static List<List<String>> rows(String text) {
        List<List<String>> rows = new ArrayList<>();
        List<String> row = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        int begin = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                if (i > begin && !quoted && text.charAt(i - 1) == '"') {
                    field.append(c);
                }
                quoted = !quoted;
            } else if (quoted || (c != ',' && c != '\n')) {
                field.append(c);
            } else {
                row.add(c == '\n' ? withoutCr(field) : field.toString());
                field.setLength(0);
                begin = i + 1;
                if (c == '\n') {
                    rows.add(List.copyOf(row));
                    row.clear();
                }
            }
        }
        if (begin < text.length() || !row.isEmpty()) {
            throw new IllegalArgumentException("is cut off in row " + (rows.size() + 1));
        }
        return rows;
    }

    private static String withoutCr(StringBuilder field) {
        int end = field.length() - 1;
        return end >= 0 && field.charAt(end) == '\r' ? field.substring(0, end) : field.toString();
    }

    private static String quoted(String field) {
        boolean plain = field.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? field : '"' + field.replace("\"", "\"\"") + '"';
    }
}
