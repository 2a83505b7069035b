package io.bottleneck4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A table of text whose columns line up: the first to the left, the others to the right, as numbers are read. */
final class Columns {
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();

    /** Adds a row; all have as many cells. */
    Columns row(List<String> cells) {
        rows.add(List.copyOf(cells));
        return this;
    }

    void print(PrintWriter out) {
        int[] widths = new int[rows.get(0).size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String padding = " ".repeat(widths[i] - row.get(i).length());
                line.append(i == 0 ? row.get(i) + padding : GAP + padding + row.get(i));
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
