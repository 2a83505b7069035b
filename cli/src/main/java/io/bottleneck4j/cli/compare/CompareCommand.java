package io.bottleneck4j.cli.compare;

import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.eval.compare.Lineup;
import io.bottleneck4j.eval.compare.Lineup.Entrant;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.pipeline.PlanEstimate;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code compare}: the same prompts and seeds under several plans. */
@Command(name = "compare", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExamples:%n")
public final class CompareCommand extends ComparisonCommand {
    @Option(names = "--plan", order = 0, paramLabel = "P")
    private List<String> plans = List.of();

    @Option(names = "--step-cuts", order = 1)
    private boolean stepCuts;

    public CompareCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    Lineup lineup(String model, Planner planner, ForwardCost cost) {
        boolean cuts = stepCuts || plans.isEmpty();
        List<Entrant> entrants = new ArrayList<>();
        for (String name : plans.isEmpty() ? List.of(Planner.BASELINE, Planner.BOTTLENECK) : plans) {
            Plan plan = fit.resolve(planner, name);
            String shown = RunRecord.nameOf(name);
            if (cuts && plan.stages().stages().size() > 1) {
                entrants.add(new Entrant(
                        shown + "-step-cut",
                        PlanEstimate.of(planner, cost, plan).stepCut(planner)));
            }
            entrants.add(new Entrant(shown, plan));
        }
        return new Lineup("Plans of " + model + " compared", entrants);
    }
}
