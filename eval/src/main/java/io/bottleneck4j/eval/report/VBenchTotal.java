package io.bottleneck4j.eval.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.eval.document.Cell;
import io.bottleneck4j.eval.document.Grid;
import io.bottleneck4j.eval.document.JsonFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * VBench's total of one model or plan, from the files {@code *_eval_results.json} that VBench's own code writes: each dimension's score is put
 * between the least and the largest that VBench holds for possible, quality and semantics are weighted means of these, and the total weighs
 * quality four to one. Source: Vchitect/VBench@45e79ec, scripts/constant.py, scripts/cal_final_score.py; but that script takes a dimension
 * without a result for 0, and here there is no total then.
 *
 * @param name of the file or folder
 * @param scores as VBench's code wrote them
 */
public record VBenchTotal(String name, Map<Dimension, Double> scores) {
    private static final String ENDING = "_eval_results.json";
    private static final double QUALITY_WEIGHT = 4;

    /** What VBench measures. */
    public enum Dimension {
        SUBJECT_CONSISTENCY(true, 1, 0.1462, 1),
        BACKGROUND_CONSISTENCY(true, 1, 0.2615, 1),
        TEMPORAL_FLICKERING(true, 1, 0.6293, 1),
        MOTION_SMOOTHNESS(true, 1, 0.706, 0.9975),
        AESTHETIC_QUALITY(true, 1, 0, 1),
        IMAGING_QUALITY(true, 1, 0, 1),
        DYNAMIC_DEGREE(true, 0.5, 0, 1),
        OBJECT_CLASS(false, 1, 0, 1),
        MULTIPLE_OBJECTS(false, 1, 0, 1),
        HUMAN_ACTION(false, 1, 0, 1),
        COLOR(false, 1, 0, 1),
        SPATIAL_RELATIONSHIP(false, 1, 0, 1),
        SCENE(false, 1, 0, 0.8222),
        APPEARANCE_STYLE(false, 1, 0.0009, 0.2855),
        TEMPORAL_STYLE(false, 1, 0, 0.364),
        OVERALL_CONSISTENCY(false, 1, 0, 0.364);

        private final boolean ofQuality;
        private final double weight;
        private final double min;
        private final double max;

        Dimension(boolean ofQuality, double weight, double min, double max) {
            this.ofQuality = ofQuality;
            this.weight = weight;
            this.min = min;
            this.max = max;
        }

        /** The key in VBench's files, as {@code subject_consistency}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public VBenchTotal {
        scores = Map.copyOf(scores);
    }

    /**
     * Reads results.
     *
     * @param path a file, or a folder of files {@code *_eval_results.json}, one for each dimension or fewer
     * @throws IllegalArgumentException naming the file, if there is none, one is damaged or has no dimension of VBench's, or two have one
     */
    public static VBenchTotal read(Path path) throws IOException {
        Map<Dimension, Double> scores = new EnumMap<>(Dimension.class);
        for (Path file : files(path)) {
            JsonNode json;
            try {
                json = JsonFile.MAPPER.readTree(Files.readString(file));
            } catch (JsonProcessingException | CharacterCodingException e) {
                throw new IllegalArgumentException(file + ": is cut off or is not JSON; let VBench write it again", e);
            }
            int before = scores.size();
            for (Dimension dimension : Dimension.values()) {
                JsonNode result = json.path(dimension.toString());
                if (result.isMissingNode()) {
                    continue;
                }
                if (!result.path(0).isNumber()) {
                    throw new IllegalArgumentException(file + ": '" + dimension
                            + "' must be a list that begins with the score; give a file that VBench wrote");
                }
                if (scores.put(dimension, result.path(0).doubleValue()) != null) {
                    throw new IllegalArgumentException(
                            file + ": " + dimension + " is in another file of " + path + " too; keep one of them");
                }
            }
            if (scores.size() == before) {
                throw new IllegalArgumentException(file + ": has no dimension of VBench's, such as "
                        + Dimension.SUBJECT_CONSISTENCY + "; give a file of results, not one of prompts");
            }
        }
        return new VBenchTotal(path.toString(), scores);
    }

    private static List<Path> files(Path path) throws IOException {
        if (Files.isRegularFile(path)) {
            return List.of(path);
        }
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException(path + ": is missing; name a file or a folder of VBench's results");
        }
        try (Stream<Path> listed = Files.list(path)) {
            List<Path> files = listed.filter(file -> file.toString().endsWith(ENDING))
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw new IllegalArgumentException(
                        path + ": holds no file *" + ENDING + "; name the folder that 'vbench evaluate' wrote to");
            }
            return files;
        }
    }

    /** A dimension's score between the least and the largest possible; none if it has no result. */
    OptionalDouble normalised(Dimension dimension) {
        return mapped(dimension, score -> (score - dimension.min) / (dimension.max - dimension.min));
    }

    private OptionalDouble mapped(Dimension dimension, DoubleUnaryOperator map) {
        Double score = scores.get(dimension);
        return score == null ? OptionalDouble.empty() : OptionalDouble.of(map.applyAsDouble(score));
    }

    /** Of the dimensions of quality; none if one has no result. */
    public OptionalDouble quality() {
        return mean(true);
    }

    /** Of the dimensions of semantics; none if one has no result. */
    public OptionalDouble semantic() {
        return mean(false);
    }

    private OptionalDouble mean(boolean ofQuality) {
        double sum = 0;
        double weights = 0;
        for (Dimension dimension : Dimension.values()) {
            if (dimension.ofQuality == ofQuality) {
                OptionalDouble score = normalised(dimension);
                if (score.isEmpty()) {
                    return score;
                }
                sum += score.getAsDouble() * dimension.weight;
                weights += dimension.weight;
            }
        }
        return OptionalDouble.of(sum / weights);
    }

    /** The total; none if a dimension has no result. */
    public OptionalDouble total() {
        if (quality().isEmpty() || semantic().isEmpty()) {
            return OptionalDouble.empty();
        }
        double sum = quality().getAsDouble() * QUALITY_WEIGHT + semantic().getAsDouble();
        return OptionalDouble.of(sum / (QUALITY_WEIGHT + 1));
    }

    /** A column for each: total, quality, semantics and the dimensions' own scores, in percent as VBench's leaderboard has them. */
    public static Grid grid(List<VBenchTotal> totals) {
        List<String> head = new ArrayList<>(List.of("%"));
        totals.forEach(total -> head.add(total.name()));
        List<List<Cell>> rows = new ArrayList<>();
        rows.add(row("total", totals.stream().map(VBenchTotal::total)));
        rows.add(row("quality", totals.stream().map(VBenchTotal::quality)));
        rows.add(row("semantic", totals.stream().map(VBenchTotal::semantic)));
        for (Dimension dimension : Dimension.values()) {
            rows.add(row(dimension.toString(), totals.stream().map(total -> total.mapped(dimension, score -> score))));
        }
        List<String> lacking = totals.stream()
                .filter(total -> total.total().isEmpty())
                .map(total -> total.name() + " lacks "
                        + Arrays.stream(Dimension.values())
                                .filter(dimension -> !total.scores().containsKey(dimension))
                                .map(Dimension::toString)
                                .collect(Collectors.joining(", ")))
                .toList();
        return new Grid(
                "vbench",
                "VBench",
                "Total, quality and semantic are of scores put between VBench's least and largest; quality counts four times"
                        + " as much as semantic, dynamic_degree half of another. The dimensions below are not normalised."
                        + (lacking.isEmpty()
                                ? ""
                                : " No total without all of them: " + String.join("; ", lacking) + "."),
                1,
                head,
                rows);
    }

    private static List<Cell> row(String name, Stream<OptionalDouble> shares) {
        List<Cell> row = new ArrayList<>(List.of(Cell.of(name)));
        shares.forEach(share ->
                row.add(share.isEmpty() ? Cell.none() : Cell.of(Cell.number(100 * share.getAsDouble(), 2))));
        return row;
    }
}
