package io.bottleneck4j.eval.document;

import java.util.List;

/**
 * A table: a short name of its own, of small letters and {@code -}, what it shows, how to read it (empty where there is
 * nothing to say), how many columns from the left are words, where the others are numbers, and rows as long as the
 * head.
 */
public record Grid(String label, String title, String note, int words, List<String> head, List<List<Cell>> rows) {

    public Grid {
        head = List.copyOf(head);
        rows = rows.stream().map(List::copyOf).toList();
        int columns = head.size();
        for (List<Cell> row : rows) {
            if (row.size() != columns) {
                throw new IllegalArgumentException(
                        title + ": a row must have " + columns + " cells, as the head, not " + row.size());
            }
        }
    }
}
