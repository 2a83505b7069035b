package io.bottleneck4j.models.vision;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds things in heatmaps. A cell counts if its concept is as likely as in none of the eight around it, and at least {@link #SCORE}; of two
 * things whose centres are nearer than half the larger one's side only the likelier counts, whatever they are. Source:
 * tools/train-emoji-flux, detector.py, objects.
 */
final class Peaks {
    /** A cell counts from this likelihood on. */
    static final double SCORE = 0.3;
    /** Part of the larger one's side that things are apart at least. */
    static final double APART = 0.5;

    private final List<String> labels;
    private final int cells;

    /**
     * For maps of these concepts.
     *
     * @param cells along a side
     */
    Peaks(List<String> labels, int cells) {
        this.labels = List.copyOf(labels);
        this.cells = cells;
    }

    /** Maps [K + 1, cells, cells] from a place in an array → things, the likeliest first. */
    List<Detection> of(float[] maps, int offset) {
        List<Detection> found = new ArrayList<>();
        for (int k = 0; k < labels.size(); k++) {
            for (int row = 0; row < cells; row++) {
                for (int column = 0; column < cells; column++) {
                    add(found, maps, offset, k, row, column);
                }
            }
        }
        found.sort(Comparator.comparingDouble(Detection::score).reversed());
        List<Detection> kept = new ArrayList<>();
        for (Detection one : found) {
            if (kept.stream().allMatch(other -> one.distance(other) >= APART * Math.max(one.side(), other.side()))) {
                kept.add(one);
            }
        }
        return kept;
    }

    private void add(List<Detection> found, float[] maps, int offset, int k, int row, int column) {
        int cell = row * cells + column;
        int map = offset + k * cells * cells;
        double score = 1 / (1 + Math.exp(-maps[map + cell]));
        if (score >= SCORE && isTop(maps, map, row, column)) {
            double side = maps[offset + labels.size() * cells * cells + cell];
            found.add(new Detection(labels.get(k), score, (column + 0.5) / cells, (row + 0.5) / cells, side));
        }
    }

    private boolean isTop(float[] maps, int offset, int row, int column) {
        float value = maps[offset + row * cells + column];
        for (int y = Math.max(0, row - 1); y <= Math.min(cells - 1, row + 1); y++) {
            for (int x = Math.max(0, column - 1); x <= Math.min(cells - 1, column + 1); x++) {
                if (maps[offset + y * cells + x] > value) {
                    return false;
                }
            }
        }
        return true;
    }
}
