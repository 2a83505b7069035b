package io.bottleneck4j.cli.plan;

import io.bottleneck4j.cli.options.FitOptions;
import io.bottleneck4j.cli.options.LoraOptions;
import io.bottleneck4j.cli.options.OutputNames;
import io.bottleneck4j.cli.options.PlanOptions;
import io.bottleneck4j.cli.options.PromptOptions;
import io.bottleneck4j.cli.options.Seeds;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.cli.terminal.Progress;
import io.bottleneck4j.cli.terminal.Word;
import io.bottleneck4j.core.cache.OverFeature.Feature;
import io.bottleneck4j.pipeline.CacheSchedule;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.plan.Plan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dpcache}: finds which steps of a plan to compute, by runs that compute all. */
@Command(name = "dpcache", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExamples:%n")
public final class DpCacheCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "PROMPT", arity = "0..*", descriptionKey = "dpcache.prompt")
    private List<String> words = List.of();

    @Option(
            names = {"-o", "--output"},
            order = 0,
            required = true,
            paramLabel = "F.json")
    private Path output = Path.of("");

    @Option(names = "--part", order = 1, paramLabel = "P")
    private double part = 0.5;

    @Option(
            names = "--feature",
            order = 2,
            paramLabel = "F",
            converter = FeatureWords.class,
            completionCandidates = FeatureWords.class)
    private Feature feature = Feature.VELOCITY;

    @Option(names = "--seed", order = 3, paramLabel = "S")
    private long seed;

    @ArgGroup(validate = false, order = 4, heading = "%nPrompts of the runs:%n")
    private PromptOptions prompt = new PromptOptions();

    @ArgGroup(validate = false, order = 5, heading = "%nPlan:%n")
    private PlanOptions planning = new PlanOptions();

    @ArgGroup(validate = false, order = 6, heading = "%nSize and rules:%n")
    private FitOptions fit = new FitOptions();

    @ArgGroup(validate = false, order = 7, heading = "%nModel:%n")
    private LoraOptions running = new LoraOptions();

    /** The words of {@code --feature}. */
    static final class FeatureWords extends Word<Feature> {
        FeatureWords() {
            super(lower(Feature.values()), word -> Feature.valueOf(word.toUpperCase(Locale.ROOT)));
        }
    }

    public DpCacheCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        Notes notes = new Notes(spec.commandLine().getErr());
        new OutputNames(output, 1).requireEnding("output", ".json").requireWritable();
        CacheSchedule.requireReplaceable(output);
        CacheSchedule.requirePart(part);
        List<String> prompts = prompt.all(words);
        Seeds.require(seed, prompts.size());
        Model model = running.open(null, surroundings);
        fit.refuseCaches(planning.plan, model.planner());
        Plan plan = planning.choose(model.planner(), fit);
        if (plan.stages().isCached()) {
            notes.note("plan " + plan.name() + ": its own caches are left out; the new file replaces them");
        }
        model.tell(plan, notes);
        Execution execution = running.choose(model, null, surroundings, notes);
        try (Pipeline pipeline = model.pipeline(execution, running.residency(model, execution))) {
            pipeline.notes().forEach(notes::note);
            CacheSchedule.Calibration calibration = new CacheSchedule.Calibration(pipeline, plan, feature);
            Request.Builder request = model.request("").plan(plan);
            prompt.apply(request);
            List<Job> jobs = new ArrayList<>();
            for (String text : prompts) {
                jobs.add(new Job(
                        "", request.prompt(text).seed(seed + jobs.size()).build(), output, null));
            }
            prompt.warn(jobs.get(0).request(), notes);
            try (Progress progress = Progress.of(jobs, spec.commandLine().getErr(), surroundings.terminal())) {
                for (int i = 0; i < jobs.size(); i++) {
                    progress.begin(i);
                    calibration.run(jobs.get(i).request(), progress, surroundings.cancellation());
                }
            }
            CacheSchedule found = calibration.choose(part);
            surroundings.cancellation().whole(() -> found.write(output));
            print(found, plan);
        }
        return ExitCode.OK;
    }

    private void print(CacheSchedule found, Plan plan) {
        for (int i = 0; i < found.steps().size(); i++) {
            String steps = found.steps().get(i).stream().map(String::valueOf).collect(Collectors.joining(" "));
            spec.commandLine()
                    .getOut()
                    .printf(
                            Locale.ROOT,
                            "stage %d computes %d of %d steps: %s; the predicted ones are off by %.4f in total%n",
                            i + 1,
                            found.steps().get(i).size(),
                            plan.stages().stages().get(i).executedSteps(),
                            steps,
                            found.errors().get(i));
        }
        spec.commandLine().getOut().println(output);
        spec.commandLine().getOut().flush();
    }
}
