package io.bottleneck4j.eval.run;

import io.bottleneck4j.eval.document.Csv;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one metric says of a run's pictures: {@code scores/METRIC.csv}. Scores by the picture's file, relative to the
 * run's images; why a picture has no score, by its file, or by whatever else names it; and files of pictures whose
 * prompts ask nothing that the metric measures.
 */
public record RunScores(String metric, Map<String, Double> scores, Map<String, String> missing, Set<String> unasked) {
    /** What stands in place of a reason where no score is missing. */
    public static final String NOT_ASKED = "not asked";

    public RunScores {
        unasked = Collections.unmodifiableSet(new LinkedHashSet<>(unasked));
        scores = Collections.unmodifiableMap(new LinkedHashMap<>(scores));
        missing = Collections.unmodifiableMap(new LinkedHashMap<>(missing));
    }

    /**
     * Reads a file of columns {@code file, prompt, METRIC, missing}; IllegalArgumentException naming file and row, if
     * one is none.
     */
    static RunScores read(Path file, String metric) throws IOException {
        Map<String, Double> scores = new LinkedHashMap<>();
        Map<String, String> missing = new LinkedHashMap<>();
        Set<String> unasked = new LinkedHashSet<>();
        int number = 1;
        for (List<String> row : Csv.read(file, List.of("file", "prompt", metric, "missing"))) {
            String where = file + ": row " + ++number + ": ";
            if (scores.containsKey(row.get(0)) || missing.containsKey(row.get(0)) || unasked.contains(row.get(0))) {
                throw new IllegalArgumentException(where + row.get(0) + " is there twice");
            }
            if (row.get(3).isEmpty()) {
                scores.put(row.get(0), score(where, row.get(2)));
            } else if (row.get(3).equals(NOT_ASKED)) {
                unasked.add(row.get(0));
            } else {
                missing.put(row.get(0), row.get(3));
            }
        }
        return new RunScores(metric, scores, missing, unasked);
    }

    private static double score(String where, String text) {
        double score;
        try {
            score = Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(where + "the score must be a number, not '" + text + "'", e);
        }
        if (!Double.isFinite(score)) {
            throw new IllegalArgumentException(where + "the score must be finite, not " + score);
        }
        return score;
    }
}
