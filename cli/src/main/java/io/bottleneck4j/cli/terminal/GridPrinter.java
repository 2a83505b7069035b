package io.bottleneck4j.cli.terminal;

import io.bottleneck4j.eval.document.Grid;
import io.bottleneck4j.eval.document.Markup;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** A table of a report, as text. */
public final class GridPrinter {
    private GridPrinter() {}

    public static void print(PrintWriter out, Grid grid) {
        List<List<String>> rows = new ArrayList<>(List.of(grid.head()));
        grid.rows().forEach(row -> rows.add(row.stream().map(Markup::plain).toList()));
        Table.print(out, grid.words(), rows);
    }
}
