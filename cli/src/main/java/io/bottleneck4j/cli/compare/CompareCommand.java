package io.bottleneck4j.cli.compare;

import io.bottleneck4j.cli.options.RunOptions;
import io.bottleneck4j.cli.options.FitOptions;
import io.bottleneck4j.cli.options.PromptOptions;
import io.bottleneck4j.cli.options.VideoOptions;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.ExitCode;

import io.bottleneck4j.eval.compare.Lineup;
import io.bottleneck4j.eval.compare.Lineup.Entrant;
import io.bottleneck4j.eval.run.PlanWords;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.pipeline.PlanEstimate;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code compare}: the same prompts and seeds under several plans. */
@Command(
        name = "compare",
        description = {
            "Draws the same prompts and seeds under several plans, and sets them side by side: a page for",
            "the browser, a contact sheet, a table of seconds, FLOPs and distances. Run again, it makes only",
            "what is not there yet."
        },
        sortOptions = false,
        abbreviateSynopsis = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  bottleneck4j compare \"a panda\" --seed 4",
            "      the baseline, the model's bottleneck plan, and as many plain steps as that costs",
            "  bottleneck4j compare --prompt-file prompts.txt -n 3 --plan baseline --plan x2 --plan x3 \\",
            "      --step-cuts --out-dir presets",
            "      two presets, each beside the step cut of its cost, three seeds of each prompt"
        })
public final class CompareCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "PROMPT", arity = "0..*", description = "What the pictures show, in quotes.")
    private List<String> words = List.of();

    @Option(
            names = "--plan",
            order = 0,
            paramLabel = "P",
            description = {
                "A plan of the model's, a preset or a YAML file; once for each, in the order of columns.",
                "Default: baseline and bottleneck, with --step-cuts."
            })
    private List<String> plans = List.of();

    @Option(
            names = "--step-cuts",
            order = 1,
            description =
                    "Before each plan of several stages also its step cut: the baseline with as many steps as cost no"
                            + " more.")
    private boolean stepCuts;

    @ArgGroup(validate = false, order = 2, heading = "%nPrompt:%n")
    private PromptOptions prompt = new PromptOptions();

    @ArgGroup(validate = false, order = 3, heading = "%nSize and rules of all plans:%n")
    private FitOptions fit = new FitOptions();

    @ArgGroup(validate = false, order = 4, heading = "%nModel:%n")
    private RunOptions running = new RunOptions();

    @ArgGroup(validate = false, order = 5, heading = "%nPictures and output:%n")
    private ComparisonOptions options = new ComparisonOptions();

    @ArgGroup(validate = false, order = 6, heading = "%nVideo:%n")
    private VideoOptions video = new VideoOptions();

    public CompareCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        new ComparisonRunner(
                        surroundings,
                        spec.commandLine().getOut(),
                        spec.commandLine().getErr(),
                        prompt,
                        running,
                        video,
                        options)
                .run(words, this::lineup);
        return ExitCode.OK;
    }

    private Lineup lineup(String model, Planner planner, ForwardCost cost) {
        boolean cuts = stepCuts || plans.isEmpty();
        List<Entrant> entrants = new ArrayList<>();
        for (String name : plans.isEmpty() ? List.of(Planner.BASELINE, Planner.BOTTLENECK) : plans) {
            Plan plan = fit.resolve(planner, name);
            String shown = PlanWords.name(name);
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
