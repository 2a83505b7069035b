package io.bottleneck4j.cli;

import io.bottleneck4j.eval.compare.ComparisonFolder;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The plans of a comparison.
 *
 * @param title of the comparison
 * @param entrants at least two, with names that can be told apart, all of one final size
 */
record Lineup(String title, List<Entrant> entrants) {
    Lineup {
        entrants = List.copyOf(entrants);
        if (entrants.size() < 2) {
            throw new IllegalArgumentException("plan: a comparison needs at least two, not " + entrants.size()
                    + "; name another, as --plan baseline");
        }
        ComparisonFolder.requireDistinct(entrants.stream().map(Entrant::name).toList());
        StageSpec first = entrants.get(0).plan().spec().last();
        for (Entrant entrant : entrants) {
            if (!entrant.plan().frames().equals(entrants.get(0).plan().frames())) {
                throw new IllegalArgumentException(
                        "plan: " + entrant.name() + " and " + entrants.get(0).name()
                                + " make videos of other lengths; compare plans of one, as with --frames");
            }
            StageSpec last = entrant.plan().spec().last();
            if (last.width() != first.width() || last.height() != first.height()) {
                throw new IllegalArgumentException("plan: " + entrant.name() + " ends at " + last.width() + "x"
                        + last.height() + " and " + entrants.get(0).name() + " at " + first.width() + "x"
                        + first.height() + "; compare plans of one size, as with --width and --height");
            }
        }
    }

    /**
     * The name of the plan the others are measured against.
     *
     * @param wanted by the user; without it the baseline, else the first
     * @throws IllegalArgumentException if it does not take part
     */
    String reference(@Nullable String wanted) {
        List<String> names = entrants.stream().map(Entrant::name).toList();
        if (wanted == null) {
            return names.contains(Planner.BASELINE) ? Planner.BASELINE : names.get(0);
        }
        if (!names.contains(wanted)) {
            throw new IllegalArgumentException(
                    "reference: '" + wanted + "' is none of the plans compared; use " + String.join(", ", names));
        }
        return wanted;
    }

    /** All, that of this name first. */
    List<Entrant> startingWith(String name) {
        List<Entrant> sorted = new ArrayList<>();
        entrants.stream().filter(entrant -> entrant.name().equals(name)).forEach(sorted::add);
        entrants.stream().filter(entrant -> !entrant.name().equals(name)).forEach(sorted::add);
        return sorted;
    }
}
