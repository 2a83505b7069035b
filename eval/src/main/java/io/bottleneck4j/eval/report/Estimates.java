package io.bottleneck4j.eval.report;

import io.bottleneck4j.eval.Metric;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Turns scores into estimates.
 *
 * @param entrants the runs
 * @param byPrompt the category of a prompt by its index
 * @param categories to estimate apart, besides all together
 */
record Estimates(Entrants entrants, Map<Integer, String> byPrompt, List<String> categories) {

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
                own.put(category, of(entry, metric, slot -> category(slot).equals(category), Metric.Overall.PICTURES));
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
        if (overall == Metric.Overall.PICTURES) {
            return !slots.isEmpty();
        }
        Set<String> there = new HashSet<>();
        slots.forEach(slot -> there.add(category(slot)));
        return !slots.isEmpty() && there.containsAll(categories);
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
        int expected = 0;
        for (int prompt = 0; prompt < entry.run().prompts().count(); prompt++) {
            for (int sample = 0; sample < entry.run().samples(); sample++) {
                Slot slot = new Slot(prompt, sample);
                expected += wanted.test(slot) && !entry.isUnasked(metric, slot) ? 1 : 0;
            }
        }
        return expected;
    }
}
