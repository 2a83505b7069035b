package io.bottleneck4j.cli.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.options.FitOptions;
import io.bottleneck4j.cli.options.LoraOptions;
import io.bottleneck4j.cli.options.PromptOptions;
import io.bottleneck4j.cli.options.Seeds;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.options.VideoOptions;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Format;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.cli.terminal.Progress;
import io.bottleneck4j.cli.terminal.Table;
import io.bottleneck4j.cli.terminal.Word;
import io.bottleneck4j.eval.compare.Axis;
import io.bottleneck4j.eval.compare.Comparison;
import io.bottleneck4j.eval.compare.Comparison.Subject;
import io.bottleneck4j.eval.compare.ComparisonFolder;
import io.bottleneck4j.eval.compare.ComparisonRun;
import io.bottleneck4j.eval.compare.ComparisonTables;
import io.bottleneck4j.eval.compare.Lineup;
import io.bottleneck4j.eval.compare.Lineup.Entrant;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.cost.ForwardCost;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.PlanEstimate;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.cost.PlanCost;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What compare and ablate have in common: from a lineup of plans to a folder of pictures, page, sheet and table. */
public abstract class ComparisonCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "PROMPT", arity = "0..*", descriptionKey = "comparison.prompt")
    private List<String> words = List.of();

    @ArgGroup(validate = false, order = 2, heading = "%nPrompt:%n")
    private PromptOptions prompt = new PromptOptions();

    @ArgGroup(validate = false, order = 3, heading = "%nSize and rules of all plans:%n")
    FitOptions fit = new FitOptions();

    @ArgGroup(validate = false, order = 4, heading = "%nModel:%n")
    private LoraOptions running = new LoraOptions();

    @ArgGroup(validate = false, order = 5, heading = "%nPictures and output:%n")
    private OutputOptions options = new OutputOptions();

    @ArgGroup(validate = false, order = 6, heading = "%nVideo:%n")
    private VideoOptions video = new VideoOptions();

    @Mixin
    private Format.Choice format = new Format.Choice();

    /** What is drawn under each plan, and where it goes. */
    static final class OutputOptions {
        @Option(names = "-n", paramLabel = "K", descriptionKey = "comparison.n")
        int count = 1;

        @Option(names = "--seed", paramLabel = "S", descriptionKey = "comparison.seed")
        long seed;

        @Option(names = "--reference", paramLabel = "P", descriptionKey = "comparison.reference")
        @Nullable
        String reference;

        @Option(names = "--out-dir", paramLabel = "D", descriptionKey = "comparison.out-dir")
        Path folder = Path.of("comparison");
    }

    ComparisonCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Chooses the plans of a model, as the user named it, by the cost of one forward with the text length in use. */
    abstract Lineup lineup(String model, Planner planner, ForwardCost cost);

    /** What a plan is called that the user named: with the cache that {@code --cache} put on it. */
    String nameOf(String plan) {
        String shown = RunRecord.nameOf(plan);
        return fit.cache == null ? shown : shown + "+" + RunRecord.nameOf(fit.cache);
    }

    /** Makes the comparison and prints it. */
    @Override
    public Integer call() throws IOException {
        Notes notes = new Notes(spec.commandLine().getErr());
        List<String> given = prompt.all(words);
        List<String> prompts = given.stream().distinct().toList();
        if (prompts.size() < given.size()) {
            notes.note("prompts given twice are drawn once: " + prompts.size() + " of " + given.size());
        }
        if (options.count < 1) {
            throw new IllegalArgumentException("n: must be at least 1, not " + options.count);
        }
        Seeds.require(options.seed, options.count);
        long seed = options.seed;
        String model = running.modelName(null);
        Model opened = running.open(null, surroundings);
        Execution execution = running.choose(opened, null, surroundings, notes);
        try (Pipeline pipeline = opened.pipeline(execution, running.residency(opened, execution))) {
            pipeline.notes().forEach(notes::note);
            Request.Builder settings = opened.request(prompts.get(0));
            video.apply(settings, opened);
            prompt.apply(settings);
            Request any = settings.build();
            ForwardCost cost = opened.forwardCost(any.maxSequenceLength());
            Lineup lineup = lineup(model, fit.over(opened.planner()), cost);
            fit.requireCacheOf(opened, execution.dtype());
            lineup.entrants().forEach(entrant -> opened.tell(entrant.plan(), notes));
            prompt.warn(any, notes);
            List<Subject> subjects = new ArrayList<>();
            for (String text : prompts) {
                for (int i = 0; i < options.count; i++) {
                    subjects.add(new Subject(text, seed + i));
                }
            }
            Comparison plan = lineup.comparison(any, pipeline.origin(), subjects, options.reference);
            ComparisonFolder folder = ComparisonFolder.open(options.folder);
            ComparisonRun run = new ComparisonRun(pipeline, folder, lineup, plan, any);
            List<Job> jobs = run.resume(notes);
            try (Progress progress = Progress.of(jobs, spec.commandLine().getErr(), surroundings.terminal())) {
                run.make(jobs, surroundings.cancellation(), notes, progress);
            }
            print(run.comparison(), folder, spec.commandLine().getOut());
        }
        return ExitCode.OK;
    }

    private void print(Comparison comparison, ComparisonFolder folder, PrintWriter out) {
        if (format.isJson()) {
            ObjectNode json = ComparisonTables.json(comparison);
            out.println(json.put("out_dir", folder.path().toString()));
        } else {
            Table.print(out, ComparisonTables.medians(comparison));
            out.println("medians; PSNR, SSIM and fine detail are against " + comparison.reference() + "'s pictures");
            out.println(folder.resolve(ComparisonFolder.PAGE));
            out.println(folder.resolve(ComparisonFolder.sheet(0)));
        }
        out.flush();
    }

    /** {@code compare}: the same prompts and seeds under several plans. */
    @Command(name = "compare", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExamples:%n")
    public static final class CompareCommand extends ComparisonCommand {
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
                String shown = nameOf(name);
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

    /** {@code ablate}: one plan, and what becomes of it when a part of the method is left out or changed. */
    @Command(name = "ablate", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExamples:%n")
    public static final class AblateCommand extends ComparisonCommand {
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
                                    OptionalInt.of(preset.width()),
                                    OptionalInt.of(preset.height()),
                                    preset.frames()))));
            String shown = nameOf(plan);
            entrants.add(new Entrant(shown, preset));
            for (Axis axis : new LinkedHashSet<>(axes)) {
                for (PlanSpec varied : axis.variations(preset.spec(), spec -> flops(planner, spec, cost))) {
                    entrants.add(new Entrant(varied.name(), planner.written(varied)));
                }
            }
            return new Lineup("Ablations of " + shown + " on " + model, entrants);
        }

        private static double flops(Planner planner, PlanSpec spec, ForwardCost cost) {
            return PlanCost.of(planner.written(spec).stages(), cost).flops();
        }
    }
}
