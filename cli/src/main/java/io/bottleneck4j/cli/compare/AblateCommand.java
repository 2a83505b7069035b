package io.bottleneck4j.cli.compare;

import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.Word;
import io.bottleneck4j.eval.compare.Axis;
import io.bottleneck4j.eval.compare.Lineup;
import io.bottleneck4j.eval.compare.Lineup.Entrant;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.pipeline.cost.PlanCost;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ablate}: one plan, and what becomes of it when a part of the method is left out or changed. */
@Command(name = "ablate", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExamples:%n")
public final class AblateCommand extends ComparisonCommand {
    @Option(names = "--plan", order = 0, paramLabel = "P")
    private String plan = Planner.BOTTLENECK;

    @Option(
            names = "--axis",
            order = 1,
            paramLabel = "A",
            converter = AxisWords.class,
            completionCandidates = AxisWords.class)
    private List<Axis> axes = List.of(Axis.TABLE3, Axis.TABLE7);

    /** The words of {@code --axis}. */
    static final class AxisWords extends Word<Axis> {
        AxisWords() {
            super(lower(Axis.values()), Axis::parse);
        }
    }

    public AblateCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    Lineup lineup(String model, Planner planner, ForwardCost cost) {
        Plan preset = fit.resolve(planner, plan);
        List<Entrant> entrants = new ArrayList<>();
        entrants.add(new Entrant(
                Planner.BASELINE,
                planner.named(
                        Planner.BASELINE,
                        new Planner.Size(
                                OptionalInt.of(preset.width()), OptionalInt.of(preset.height()), preset.frames()))));
        entrants.add(new Entrant(RunRecord.nameOf(plan), preset));
        for (Axis axis : new LinkedHashSet<>(axes)) {
            for (PlanSpec varied : axis.variations(preset.spec(), spec -> flops(planner, spec, cost))) {
                entrants.add(new Entrant(varied.name(), planner.written(varied)));
            }
        }
        return new Lineup("Ablations of " + RunRecord.nameOf(plan) + " on " + model, entrants);
    }

    private static double flops(Planner planner, PlanSpec spec, ForwardCost cost) {
        return PlanCost.of(planner.written(spec).stages(), cost).flops();
    }
}
