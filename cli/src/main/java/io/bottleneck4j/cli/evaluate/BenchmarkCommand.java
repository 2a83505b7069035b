package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.batch.Shard;
import io.bottleneck4j.cli.options.FitOptions;
import io.bottleneck4j.cli.options.GuidanceOptions;
import io.bottleneck4j.cli.options.LoraOptions;
import io.bottleneck4j.cli.options.PlanOptions;
import io.bottleneck4j.cli.options.Seeds;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.options.VideoOptions;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.cli.terminal.Progress;
import io.bottleneck4j.eval.benchmark.Benchmark;
import io.bottleneck4j.eval.benchmark.Layout;
import io.bottleneck4j.eval.benchmark.PromptFiles;
import io.bottleneck4j.eval.benchmark.RunMaking;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.plan.Plan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code evaluate generate}: the pictures of a benchmark. */
@Command(name = "generate", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExamples:%n")
public final class BenchmarkCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @ArgGroup(validate = false, multiplicity = "1", order = 1, heading = "%nBenchmark:%n")
    private BenchmarkOptions options = new BenchmarkOptions();

    @ArgGroup(validate = false, order = 2, heading = "%nPlan:%n")
    private PlanOptions planning = new PlanOptions();

    @ArgGroup(validate = false, order = 3, heading = "%nSize and rules of the plan:%n")
    private FitOptions fit = new FitOptions();

    @ArgGroup(validate = false, order = 4, heading = "%nGuidance:%n")
    private GuidanceOptions guidance = new GuidanceOptions();

    @ArgGroup(validate = false, order = 5, heading = "%nModel:%n")
    private LoraOptions running = new LoraOptions();

    @ArgGroup(validate = false, order = 6, heading = "%nVideo:%n")
    private VideoOptions video = new VideoOptions();

    public BenchmarkCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        Notes notes = new Notes(spec.commandLine().getErr());
        BenchmarkOptions.Chosen chosen = options.read(notes);
        String model = running.modelName(null);
        Model source = running.open(null, surroundings);
        requireKind(chosen.benchmark(), source, model);
        Plan plan = planning.choose(source.planner(), fit);
        source.tell(plan, notes);
        Execution execution = running.choose(source, null, surroundings, notes);
        fit.requireCacheOf(source, execution.dtype());
        try (Pipeline pipeline = source.pipeline(execution, running.residency(source, execution))) {
            pipeline.notes().forEach(notes::note);
            Request any = request(source, plan);
            guidance.warn(any, notes);
            RunRecord run = RunMaking.record(
                    chosen.layout(), chosen.prompts(), chosen.shard(), options.seed, any, pipeline.origin());
            RunFolder folder = new RunFolder(options.out);
            RunMaking making = RunMaking.begin(folder, chosen.shard(), chosen.layout(), chosen.prompts(), run);
            try (making) {
                make(pipeline, any, making, notes);
            }
            report(folder, run, making);
        }
        return ExitCode.OK;
    }

    private Request request(Model model, Plan plan) {
        Request.Builder request = model.request("").plan(plan);
        video.apply(request, model);
        guidance.apply(request);
        return request.build();
    }

    private static void requireKind(Benchmark benchmark, Model source, String model) {
        boolean videos = source.kind() == Model.Kind.VIDEO;
        if (videos != benchmark.ofVideos()) {
            throw new IllegalArgumentException("benchmark: " + benchmark + " is of "
                    + (videos ? "pictures" : "videos") + ", and " + model + " makes " + (videos ? "videos" : "pictures")
                    + "; name another model with --model");
        }
        if (videos) {
            VideoFormat.MP4.requireEncoder();
        }
    }

    private void make(Pipeline pipeline, Request any, RunMaking making, Notes notes) throws IOException {
        making.lost().forEach(fault -> notes.warning(fault + "; it is made again"));
        List<Job> jobs = making.jobs(any);
        if (making.finished() > 0) {
            notes.note(making.finished() + " of " + (making.finished() + jobs.size()) + " pictures are there already");
        }
        try (Progress progress = Progress.of(jobs, spec.commandLine().getErr(), surroundings.terminal())) {
            making.make(pipeline, jobs, surroundings.cancellation(), notes, progress);
        }
    }

    private void report(RunFolder folder, RunRecord run, RunMaking making) throws IOException {
        int missing = folder.missing().size();
        spec.commandLine()
                .getOut()
                .println(folder.path() + ": " + (run.expected() - missing) + " of " + run.expected()
                        + (making.finished() == run.expected() ? "" : ", " + making.finished() + " of this shard")
                        + "; " + run.benchmark() + "'s scripts read " + folder.images());
    }

    /** What of which benchmark is made. */
    static final class BenchmarkOptions {
        @Option(names = "--benchmark", required = true, paramLabel = "B")
        private String benchmark = "";

        @Option(names = "--prompts", arity = "1..*", paramLabel = "FILE")
        private List<Path> prompts = List.of();

        @Option(
                names = {"-o", "--out"},
                required = true,
                paramLabel = "RUN")
        Path out = Path.of("");

        @Option(names = "-n", paramLabel = "K")
        private @Nullable Integer samples;

        @Option(names = "--limit", paramLabel = "N")
        private @Nullable Integer limit;

        @Option(names = "--seed", paramLabel = "S")
        long seed = 42;

        @Option(names = "--shard", paramLabel = "I/N")
        private String shard = Shard.WHOLE.toString();

        @Option(names = "--skip-bad")
        private boolean skipBad;

        /** What is chosen, with everything in it that needs no model looked into. */
        record Chosen(PromptFiles prompts, Layout layout, Shard shard) {
            Benchmark benchmark() {
                return layout.benchmark();
            }
        }

        /**
         * Reads the prompts.
         *
         * @throws IllegalArgumentException if options or files are wrong, or a prompt has no place and is not to be skipped
         */
        Chosen read(Notes notes) throws IOException {
            Benchmark chosen = Benchmark.named(benchmark);
            PromptFiles files = prompts.isEmpty() ? chosen.bundled() : PromptFiles.read(prompts);
            int perPrompt = samples == null ? chosen.samples() : samples;
            Layout layout = Layout.of(chosen, files, limit == null ? Integer.MAX_VALUE : limit, perPrompt);
            Seeds.require(seed, perPrompt);
            layout.faults().forEach(fault -> {
                if (!skipBad) {
                    throw new IllegalArgumentException(fault + "; --skip-bad leaves such prompts out and lists them");
                }
                notes.warning(fault + "; it is left out");
            });
            if (perPrompt != chosen.samples()) {
                notes.note("n: " + chosen + " has " + chosen.samples() + " samples of each prompt, this run "
                        + perPrompt + "; mention this beside its scores");
            }
            if (chosen.advice() != null) {
                notes.note(chosen.advice());
            }
            return new Chosen(files, layout, Shard.parse(shard));
        }
    }
}
