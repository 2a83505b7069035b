package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.score.Bootstrap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What runs have shown.
 *
 * @param entrants the runs
 * @param metrics that any of them has, sorted
 * @param categories of the benchmark, sorted; none where it has none, or one alone
 * @param rows in the order of the runs
 */
public record Report(Entrants entrants, List<String> metrics, List<String> categories, List<Row> rows) {
    /** The category of all pictures together. */
    static final String ALL = "";

    public Report {
        metrics = List.copyOf(metrics);
        categories = List.copyOf(categories);
        rows = List.copyOf(rows);
    }

    /**
     * One run's numbers.
     *
     * @param name of the run
     * @param entry the run
     * @param missing of it
     * @param seconds the median of a picture's; null if there is no picture
     * @param speedUp the reference's median divided by this one's, for the same pictures; null if there is none
     * @param flopRatio the reference's FLOPs divided by this one's
     * @param estimates by metric, then by category, {@link #ALL} first
     */
    record Row(
            String name,
            Entry entry,
            List<Fault> missing,
            @Nullable Bootstrap seconds,
            @Nullable Bootstrap speedUp,
            double flopRatio,
            Map<String, Map<String, Estimate>> estimates) {
        Estimate estimate(String metric, String category) {
            Estimate estimate = estimates.getOrDefault(metric, Map.of()).get(category);
            if (estimate == null) {
                throw new IllegalArgumentException(name + ": has no " + metric + " of '" + category + "'");
            }
            return estimate;
        }
    }

    /** Computes everything; what is missing is left out of the numbers, and named in the rows. */
    public static Report of(Entrants entrants) {
        List<String> metrics = entrants.metrics();
        Map<Integer, String> byPrompt = entrants.categories();
        TreeSet<String> categories = new TreeSet<>(byPrompt.values());
        categories.remove(ALL);
        List<String> shown = categories.size() > 1 ? List.copyOf(categories) : List.of();
        Estimates estimates = new Estimates(entrants, byPrompt, shown);
        Map<Slot, Double> others = seconds(entrants.reference());
        List<Row> rows = new ArrayList<>();
        for (Entry entry : entrants.entries()) {
            Map<Slot, Double> own = seconds(entry);
            boolean paired = own.keySet().stream().anyMatch(others::containsKey);
            rows.add(new Row(
                    entrants.name(entry),
                    entry,
                    entrants.missing(entry),
                    own.isEmpty() ? null : Times.median(own),
                    paired ? Times.speedUp(own, others) : null,
                    entrants.reference().run().flops() / entry.run().flops(),
                    estimates.of(entry, metrics)));
        }
        return new Report(entrants, metrics, shown, rows);
    }

    private static Map<Slot, Double> seconds(Entry entry) {
        Map<Slot, Double> seconds = new LinkedHashMap<>();
        entry.pictures().forEach((slot, picture) -> seconds.put(slot, picture.seconds()));
        return seconds;
    }

    /** The row that the others are measured against. */
    Row reference() {
        return rows.get(entrants.entries().indexOf(entrants.reference()));
    }

    /** Whether a row is the one that the others are measured against. */
    boolean isReference(Row row) {
        return entrants.isReference(row.entry());
    }

    /** Whether no picture and no score is missing in any run. */
    public boolean isWhole() {
        return rows.stream().allMatch(row -> row.missing().isEmpty());
    }
}
