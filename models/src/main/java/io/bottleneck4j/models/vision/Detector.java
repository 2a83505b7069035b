package io.bottleneck4j.models.vision;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PillowResize;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.io.WeightsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * A loaded detector of a few concepts, in float32; for one thread. Its file is made by tools/train-emoji-flux, and names its concepts in its
 * metadata.
 */
public final class Detector implements AutoCloseable {
    private static final String LABELS = "labels";
    private static final int CELLS = DetectorModel.SIDE / DetectorModel.CELL;
    /** Values in [0, 1] come to [-1, 1]. */
    private static final PictureProcessor.Levels LEVELS =
            new PictureProcessor.Levels(List.of(.5, .5, .5), List.of(.5, .5, .5));

    private final Weights.Loaded<DetectorModel> model;
    private final List<String> labels;
    private final Device device;

    private Detector(Weights.Loaded<DetectorModel> model, List<String> labels, Device device) {
        this.model = model;
        this.labels = labels;
        this.device = device;
    }

    /** Loads it; a file that is damaged or another's is a {@link WeightsException}. */
    public static Detector open(Path file, Device device) {
        SafetensorsFile source = SafetensorsFile.open(file);
        List<String> labels;
        try {
            labels = labels(file, source);
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
        return new Detector(
                Weights.load("detector", source, DType.FLOAT32, device, w -> new DetectorModel(labels.size(), w)),
                labels,
                device);
    }

    private static List<String> labels(Path file, SafetensorsFile source) {
        try {
            List<String> labels =
                    List.of(new ObjectMapper().readValue(source.metadata().getOrDefault(LABELS, "[]"), String[].class));
            if (labels.isEmpty()) {
                throw new WeightsException(
                        file + ": names no concepts in its metadata; give a detector that tools/train-emoji-flux made");
            }
            return labels;
        } catch (JsonProcessingException e) {
            throw new WeightsException(
                    file + ": its metadata must list the concepts' names as JSON; the file is damaged, fetch it again",
                    e);
        }
    }

    /** What it can find. */
    public List<String> labels() {
        return labels;
    }

    /** Refuses concepts that it cannot find, naming them. */
    public void requireLabels(Iterable<String> asked) {
        TreeSet<String> unknown = new TreeSet<>();
        asked.forEach(unknown::add);
        labels.forEach(unknown::remove);
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("detector: cannot find " + String.join(", ", unknown) + "; it knows "
                    + String.join(", ", labels) + "; use a detector of the prompts' concepts");
        }
    }

    /** What square pictures show, computed as one batch: for each the things in it, the likeliest first. */
    public List<List<Detection>> find(List<Picture> pictures) {
        float[] maps = maps(pictures);
        Peaks peaks = new Peaks(labels, CELLS);
        List<List<Detection>> found = new ArrayList<>();
        for (int i = 0; i < pictures.size(); i++) {
            found.add(peaks.of(maps, i * (labels.size() + 1) * CELLS * CELLS));
        }
        return found;
    }

    /** The model's maps [B, K + 1, 16, 16]. */
    float[] maps(List<Picture> pictures) {
        int side = DetectorModel.SIDE;
        float[] values = new float[pictures.size() * 3 * side * side];
        for (int i = 0; i < pictures.size(); i++) {
            Picture picture = pictures.get(i);
            if (picture.width() != picture.height()) {
                throw new IllegalArgumentException("picture: must be square for the detector, not " + picture.width()
                        + " x " + picture.height() + " px; make square ones");
            }
            LEVELS.fill(PillowResize.bicubic(picture, side, side), values, i * 3 * side * side);
        }
        try (Scope scope = Scope.open()) {
            return model.model()
                    .forward(Tensor.of(values, pictures.size(), 3, side, side).to(device))
                    .toFloats();
        }
    }

    @Override
    public void close() {
        model.close();
    }

    /**
     * Finds things in heatmaps. A cell counts if its concept is as likely as in none of the eight around it, and at least {@link #SCORE}; of two
     * things whose centres are nearer than half the larger one's side only the likelier counts, whatever they are. Source:
     * tools/train-emoji-flux, detector.py, objects.
     */
    static final class Peaks {
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
                if (kept.stream()
                        .allMatch(other -> one.distance(other) >= APART * Math.max(one.side(), other.side()))) {
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
}
