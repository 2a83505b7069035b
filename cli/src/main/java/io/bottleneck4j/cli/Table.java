package io.bottleneck4j.cli;

import java.io.PrintWriter;
import java.util.List;

/** Rows of text with aligned columns. */
final class Table {
    private static final String GAP = "  ";

    private Table() {}

    /** Prints the rows, all of one length; columns are as wide as their widest text. */
    static void print(PrintWriter out, List<List<String>> rows) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                line.append(i == 0 ? "" : GAP).append(row.get(i));
                line.append(" ".repeat(widths[i] - row.get(i).length()));
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
