package io.bottleneck4j.cli.terminal;

import io.bottleneck4j.eval.document.Grid;
import io.bottleneck4j.eval.document.Markup;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Rows of text with aligned columns. */
public final class Table {
    private static final String GAP = "  ";

    private Table() {}

    /** Prints a table of a report. */
    public static void print(PrintWriter out, Grid grid) {
        List<List<String>> rows = new ArrayList<>(List.of(grid.head()));
        grid.rows().forEach(row -> rows.add(row.stream().map(Markup::plain).toList()));
        print(out, grid.words(), rows);
    }

    /**
     * Prints the rows, all of one length; columns are as wide as their widest text.
     *
     * @param words how many of the columns are words, which begin at the left; those after them are numbers, which end at the right
     */
    public static void print(PrintWriter out, int words, List<List<String>> rows) {
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
                String padding = " ".repeat(widths[i] - row.get(i).length());
                line.append(i == 0 ? "" : GAP).append(i < words ? row.get(i) + padding : padding + row.get(i));
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
