package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.Metric;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.score.Bootstrap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What runs have shown, in their order: by metrics that any of them has, sorted, and by categories of the benchmark,
 * sorted; none where it has none, or one alone.
 */
public record Report(Entrants entrants, List<String> metrics, List<String> categories, List<Row> rows) {
    /** The category of all pictures together. */
    public static final String ALL = "";

    public Report {
        metrics = List.copyOf(metrics);
        categories = List.copyOf(categories);
        rows = List.copyOf(rows);
    }

    /**
     * One run's numbers: the median of a picture's seconds, null if there is no picture; the reference's median divided
     * by this one's, for the same pictures, null if there is none; the reference's FLOPs divided by this one's; and
     * estimates by metric, then by category, {@link #ALL} first.
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

    /**
     * What one metric says of one run alone, as a report would have it: by category, {@link #ALL} first.
     * IllegalArgumentException naming the file, if the run is damaged.
     */
    public static Map<String, Estimate> estimates(RunFolder run, String metric) throws IOException {
        Entry entry = Entry.read(run);
        return of(new Entrants(List.of(entry), entry)).reference().estimates().getOrDefault(metric, Map.of());
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

    /**
     * Turns scores into estimates, by the category of a prompt by its index; these categories apart, besides all
     * together.
     */
    private record Estimates(Entrants entrants, Map<Integer, String> byPrompt, List<String> categories) {

        /** What category a picture is of; empty where it has none. */
        private String category(Slot slot) {
            return byPrompt.getOrDefault(slot.promptIndex(), Report.ALL);
        }

        /** Of a run: by metric, then by category. */
        Map<String, Map<String, Estimate>> of(Entry entry, List<String> metrics) {
            Map<String, Map<String, Estimate>> estimates = new LinkedHashMap<>();
            for (String metric : metrics) {
                Map<String, Estimate> own = new LinkedHashMap<>();
                own.put(Report.ALL, of(entry, metric, slot -> true, Metric.Overall.of(metric)));
                for (String category : categories) {
                    own.put(
                            category,
                            of(entry, metric, slot -> category(slot).equals(category), Metric.Overall.PICTURES));
                }
                estimates.put(metric, own);
            }
            return estimates;
        }

        private Estimate of(Entry entry, String metric, Predicate<Slot> wanted, Metric.Overall overall) {
            Map<Slot, Double> scores = filtered(entry.scores().getOrDefault(metric, Map.of()), wanted);
            boolean asked = covers(scores.keySet(), overall);
            return new Estimate(
                    scores.size(),
                    expected(entry, metric, wanted),
                    asked ? values(scores, overall).mean() : null,
                    versus(entry, metric, scores, wanted, overall));
        }

        /** Against the reference, over the pictures that both have. */
        private Estimate.@Nullable Versus versus(
                Entry entry, String metric, Map<Slot, Double> scores, Predicate<Slot> wanted, Metric.Overall overall) {
            if (entrants.isReference(entry)) {
                return null;
            }
            Map<Slot, Double> others = filtered(entrants.reference().scores().getOrDefault(metric, Map.of()), wanted);
            Map<Slot, Double> differences = new LinkedHashMap<>();
            scores.forEach((slot, score) -> {
                Double other = others.get(slot);
                if (other != null) {
                    differences.put(slot, score - other);
                }
            });
            return covers(differences.keySet(), overall)
                    ? Estimate.Versus.of(values(differences, overall), differences.size(), Metric.Better.of(metric))
                    : null;
        }

        /** Whether the number can be made: with a mean over categories none may be empty, or it would be a mean of others. */
        private boolean covers(Set<Slot> slots, Metric.Overall overall) {
            List<String> needed = overall == Metric.Overall.CATEGORIES ? categories : List.of();
            return !slots.isEmpty()
                    && slots.stream()
                            .map(this::category)
                            .collect(Collectors.toSet())
                            .containsAll(needed);
        }

        private PromptValues values(Map<Slot, Double> values, Metric.Overall overall) {
            return PromptValues.of(values, overall == Metric.Overall.CATEGORIES ? this::category : slot -> Report.ALL);
        }

        private static Map<Slot, Double> filtered(Map<Slot, Double> values, Predicate<Slot> wanted) {
            Map<Slot, Double> left = new LinkedHashMap<>(values);
            left.keySet().removeIf(wanted.negate());
            return left;
        }

        private static int expected(Entry entry, String metric, Predicate<Slot> wanted) {
            return (int) entry.run().slots().stream()
                    .filter(slot -> wanted.test(slot) && !entry.isUnasked(metric, slot))
                    .count();
        }
    }

    /** Seconds of pictures: their median, and how many times it is in that of others; samples are drawn of pictures. */
    static final class Times {
        private Times() {}

        /** The median, at least one time given. */
        static Bootstrap median(Map<Slot, Double> seconds) {
            double[] times = seconds.values().stream().mapToDouble(t -> t).toArray();
            int[] order = order(times);
            return Bootstrap.of(
                    median(times, order, once(times.length)),
                    random -> median(times, order, Bootstrap.drawn(times.length, random)));
        }

        /** The median of others' times divided by that of these, for the same pictures, at least one. */
        static Bootstrap speedUp(Map<Slot, Double> seconds, Map<Slot, Double> others) {
            List<Slot> both =
                    seconds.keySet().stream().filter(others::containsKey).toList();
            double[] own = both.stream().mapToDouble(seconds::get).toArray();
            double[] other = both.stream().mapToDouble(others::get).toArray();
            int[] ownOrder = order(own);
            int[] otherOrder = order(other);
            int[] once = once(own.length);
            return Bootstrap.of(median(other, otherOrder, once) / median(own, ownOrder, once), random -> {
                int[] times = Bootstrap.drawn(own.length, random);
                return median(other, otherOrder, times) / median(own, ownOrder, times);
            });
        }

        private static int[] order(double[] values) {
            return IntStream.range(0, values.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> values[i]))
                    .mapToInt(i -> i)
                    .toArray();
        }

        private static int[] once(int length) {
            return IntStream.range(0, length).map(i -> 1).toArray();
        }

        /** The middle value of a sample, of two the mean, without sorting again. */
        private static double median(double[] values, int[] order, int[] times) {
            int lower = (values.length - 1) / 2;
            int upper = values.length / 2;
            double low = Double.NaN;
            int passed = 0;
            for (int i : order) {
                passed += times[i];
                if (Double.isNaN(low) && passed > lower) {
                    low = values[i];
                }
                if (passed > upper) {
                    return (low + values[i]) / 2;
                }
            }
            throw new IllegalStateException("times: must be at least one");
        }
    }
}
