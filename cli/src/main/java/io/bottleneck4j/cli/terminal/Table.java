package io.bottleneck4j.cli.terminal;

import io.bottleneck4j.eval.document.Grid;
import io.bottleneck4j.eval.document.Markup;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Rows of text with aligned columns, made column by column under a head.
 *
 * @param <R> what a row tells of
 */
public final class Table<R> {
    private static final String GAP = "  ";

    private final List<R> rows;
    private final List<List<String>> lines = new ArrayList<>();
    private final List<String> feet = new ArrayList<>();

    public Table(List<R> rows) {
        this.rows = rows;
        for (int i = 0; i <= rows.size(); i++) {
            lines.add(new ArrayList<>());
        }
    }

    /** Adds a column. */
    public Table<R> column(Object head, Function<R, ?> cell) {
        return column(head, cell, "");
    }

    /** Adds a column that ends in a sum; the others' last row stays empty. */
    public Table<R> column(Object head, Function<R, ?> cell, Object foot) {
        lines.get(0).add(head.toString());
        for (int i = 0; i < rows.size(); i++) {
            lines.get(i + 1).add(String.valueOf(cell.apply(rows.get(i))));
        }
        feet.add(foot.toString());
        return this;
    }

    /** Prints it; {@code words} as in {@link #print(PrintWriter, int, List)}. */
    public void print(PrintWriter out, int words) {
        List<List<String>> all = new ArrayList<>(lines);
        if (feet.stream().anyMatch(foot -> !foot.isEmpty())) {
            all.add(feet);
        }
        print(out, words, all);
    }

    /** Prints a table of a report. */
    public static void print(PrintWriter out, Grid grid) {
        List<List<String>> rows = new ArrayList<>(List.of(grid.head()));
        grid.rows().forEach(row -> rows.add(row.stream().map(Markup::plain).toList()));
        print(out, grid.words(), rows);
    }

    /**
     * Prints rows, all of one length; columns are as wide as their widest text.
     *
     * @param words how many of the columns are words, which begin at the left; those after them are numbers, which end at the right
     */
    static void print(PrintWriter out, int words, List<List<String>> rows) {
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
