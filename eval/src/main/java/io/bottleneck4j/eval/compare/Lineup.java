package io.bottleneck4j.eval.compare;

import io.bottleneck4j.eval.compare.Comparison.Contender;
import io.bottleneck4j.eval.compare.Comparison.Fact;
import io.bottleneck4j.eval.compare.Comparison.Subject;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.pipeline.cost.PlanCost;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.Processors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The plans of a comparison, at least two, with names that can be told apart, all of one final size. */
public record Lineup(String title, List<Entrant> entrants) {

    /** A plan that takes part, by a name of its own. */
    public record Entrant(String name, Plan plan) {}

    /** Checks that they can be compared; IllegalArgumentException if they cannot. */
    public Lineup {
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
     * What is compared, nothing of it made yet, from a request for one of the pictures. The others are measured against
     * the plan wanted; null is the baseline, or the first where that does not take part. IllegalArgumentException if
     * the plan wanted does not take part.
     */
    public Comparison comparison(Request any, Settings.Origin origin, List<Subject> subjects, @Nullable String wanted) {
        ForwardCost cost = any.model().forwardCost(any.maxSequenceLength());
        int perStep = any.forwardsPerStep();
        List<String> names = entrants.stream().map(Entrant::name).toList();
        String reference = names.contains(Planner.BASELINE) ? Planner.BASELINE : names.get(0);
        return new Comparison(
                title,
                facts(any, origin),
                entrants.stream()
                        .map(entrant -> {
                            PlanCost priced = PlanCost.of(entrant.plan().stages(), cost);
                            return new Contender(
                                    entrant.name(),
                                    RunRecord.stagesOf(entrant.plan()),
                                    perStep * priced.forwards(),
                                    perStep * priced.flops(),
                                    entrant.plan().stages().decidesAsItRuns());
                        })
                        .toList(),
                wanted == null ? reference : wanted,
                subjects,
                List.of());
    }

    private List<Fact> facts(Request any, Settings.Origin origin) {
        Plan plan = entrants.get(0).plan();
        List<Fact> facts = new ArrayList<>(List.of(
                new Fact("model", origin.model()),
                new Fact("size", plan.width() + "x" + plan.height()),
                new Fact("dtype", origin.precision()),
                new Fact("device", origin.device()),
                new Fact("threads", String.valueOf(origin.threads())),
                new Fact("processor", Processors.name()),
                new Fact("libtorch", origin.libtorch()),
                new Fact("bottleneck4j", origin.version())));
        origin.loras().forEach(lora -> facts.add(new Fact("lora", lora.toString())));
        plan.frames().ifPresent(frames -> facts.add(new Fact("frames", String.valueOf(frames))));
        if (any.usesTrueCfg()) {
            facts.add(new Fact("true guidance", String.valueOf(any.trueCfgScale())));
            any.trueCfgScale2().ifPresent(scale -> facts.add(new Fact("true guidance 2", String.valueOf(scale))));
        }
        return facts;
    }

    /** All, that of this name first. */
    List<Entrant> startingWith(String name) {
        List<Entrant> sorted = new ArrayList<>(entrants);
        sorted.sort((one, other) ->
                Boolean.compare(other.name().equals(name), one.name().equals(name)));
        return sorted;
    }
}
