package io.bottleneck4j.cli;

import io.bottleneck4j.eval.benchmark.Benchmark;
import io.bottleneck4j.eval.benchmark.RunMaking;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.ImageMetadata;
import io.bottleneck4j.pipeline.ImageRequest;
import io.bottleneck4j.pipeline.LatentsFile;
import io.bottleneck4j.pipeline.plan.Plan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code evaluate generate}: the pictures of a benchmark. */
@Command(
        name = "generate",
        description = {
            "Makes the pictures or videos of a benchmark under one plan, in a folder that the benchmark's own scripts read.",
            "Goes on with what is missing when it is run again; runs of several plans with one seed can be compared."
        },
        sortOptions = false,
        abbreviateSynopsis = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  bottleneck4j evaluate generate --benchmark emoji --plan x2 --out runs/x2",
            "      the bundled model's own benchmark",
            "  bottleneck4j evaluate generate --benchmark geneval --prompts evaluation_metadata.jsonl \\",
            "      --model black-forest-labs/FLUX.1-dev --plan paper --shard 1/4 --out runs/paper",
            "      a quarter of GenEval; its scripts read runs/paper/images"
        })
final class BenchmarkCommand implements Callable<Integer> {
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
    private RunOptions running = new RunOptions();

    @ArgGroup(validate = false, order = 6, heading = "%nVideo:%n")
    private VideoOptions video = new VideoOptions();

    BenchmarkCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        Notes notes = new Notes(spec.commandLine().getErr());
        BenchmarkOptions.Chosen chosen = options.read(notes);
        String model = running.modelName(null);
        ModelSource source = ModelSource.read(ModelChoice.find(model, surroundings), video, null);
        requireKind(chosen.benchmark(), source, model);
        Plan plan = planning.choose(source.planner(), fit);
        plan.notes().forEach(notes::note);
        Execution execution = running.choose(source.transformer(), null);
        try (Maker maker = source.open(execution, OptionalInt.empty())) {
            ImageRequest any = request(maker, plan, "");
            guidance.warnOfNoEffect(maker, any, notes);
            ImageMetadata.Origin origin = RunOptions.origin(model, execution);
            RunRecord run = new RunFacts(chosen, options.seed).record(source, maker, any, origin);
            RunFolder folder = new RunFolder(options.out);
            RunMaking making = RunMaking.begin(folder, chosen.shard(), chosen.layout(), chosen.prompts(), run);
            try {
                make(maker, plan, origin, chosen, making, notes);
            } finally {
                making.close();
            }
            report(folder, run, making);
        }
        return ExitCode.OK;
    }

    private ImageRequest request(Maker maker, Plan plan, String prompt) {
        return maker.request(prompt, settings -> guidance.apply(settings.plan(plan)));
    }

    private static void requireKind(Benchmark benchmark, ModelSource source, String model) {
        boolean videos = source.kind() == LatentsFile.Kind.VIDEO;
        if (videos != benchmark.isOfVideos()) {
            throw new IllegalArgumentException("benchmark: " + benchmark.name() + " is of "
                    + (videos ? "pictures" : "videos") + ", and " + model + " makes " + (videos ? "videos" : "pictures")
                    + "; name another model with --model");
        }
        if (videos) {
            VideoFormat.MP4.requireEncoder();
        }
    }

    private void make(
            Maker maker,
            Plan plan,
            ImageMetadata.Origin origin,
            BenchmarkOptions.Chosen chosen,
            RunMaking making,
            Notes notes)
            throws IOException {
        making.lost().forEach(fault -> notes.warning(fault + "; it is made again"));
        if (making.finished() > 0) {
            notes.note(making.finished() + " of "
                    + (making.finished() + making.missing().size()) + " pictures are there already");
        }
        Map<Generation.Job, Slot> slots = new LinkedHashMap<>();
        for (Slot slot : making.missing()) {
            ImageRequest request =
                    request(maker, plan, chosen.layout().prompt(slot).text());
            slots.put(
                    new Generation.Job(
                            "", request.withSeed(options.seed + slot.sample()), making.unfinished(slot), null),
                    slot);
        }
        if (slots.isEmpty()) {
            return;
        }
        List<Generation.Job> jobs = new ArrayList<>(slots.keySet());
        BenchmarkRun run = new BenchmarkRun(maker, making, slots, surroundings.cancellation());
        try (Progress progress = Progress.of(jobs, spec.commandLine().getErr(), surroundings.terminal())) {
            new Generation(maker, origin, progress, run, surroundings.cancellation(), notes)
                    .run(jobs, WarmUps.of(maker, jobs.subList(0, 1)));
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
}
