package io.bottleneck4j.cli.compare;

import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.Word;
import io.bottleneck4j.eval.compare.Axis;
import io.bottleneck4j.eval.compare.Lineup;
import io.bottleneck4j.eval.compare.Lineup.Entrant;
import io.bottleneck4j.eval.run.PlanWords;
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
@Command(
        name = "ablate",
        description = {
            "Shows what becomes of a plan when one part of the method is left out or changed.",
            "The pictures stand beside those of the plan and of the baseline, as compare sets them."
        },
        sortOptions = false,
        abbreviateSynopsis = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  bottleneck4j ablate --prompt-file prompts.txt --out-dir ablation",
            "      the paper's Tables 3 and 7 for the model's bottleneck plan",
            "  bottleneck4j ablate \"a panda\" --plan x3 --axis shift --axis until --out-dir shifts"
        })
public final class AblateCommand extends ComparisonCommand {
    @Option(
            names = "--plan",
            order = 0,
            paramLabel = "P",
            description = "The plan to vary: one of the model's, a preset or a YAML file. Default: bottleneck.")
    private String plan = Planner.BOTTLENECK;

    @Option(
            names = "--axis",
            order = 1,
            paramLabel = "A",
            converter = AxisWords.class,
            completionCandidates = AxisWords.class,
            description = {
                "What to vary; once for each. Default: table3 and table7.",
                "table3: no re-shift, no re-noise, a cascade, five stages; table7: the resamplers;",
                "rounding; shift: one for all stages; strength: of the low and the last stage;",
                "until: where stages but the last hand over."
            })
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
        entrants.add(new Entrant(PlanWords.name(plan), preset));
        for (Axis axis : new LinkedHashSet<>(axes)) {
            for (PlanSpec varied : axis.variations(preset.spec(), spec -> flops(planner, spec, cost))) {
                entrants.add(new Entrant(varied.name(), planner.written(varied)));
            }
        }
        return new Lineup("Ablations of " + PlanWords.name(plan) + " on " + model, entrants);
    }

    private static double flops(Planner planner, PlanSpec spec, ForwardCost cost) {
        return PlanCost.of(planner.written(spec).stages(), cost).flops();
    }
}
