package io.bottleneck4j.cli.generate;

import io.bottleneck4j.cli.options.FitOptions;
import io.bottleneck4j.cli.options.LoraOptions;
import io.bottleneck4j.cli.options.OutputNames;
import io.bottleneck4j.cli.options.PictureOptions;
import io.bottleneck4j.cli.options.PlanOptions;
import io.bottleneck4j.cli.options.PromptOptions;
import io.bottleneck4j.cli.options.Seeds;
import io.bottleneck4j.cli.options.StoredSettings;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.options.VideoOptions;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Format;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.cli.terminal.Progress;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Job;
import io.bottleneck4j.pipeline.JobLoop;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Residency;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.pipeline.Timings;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.torch.SystemMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code generate}: prompt to picture or video. */
@Command(name = "generate", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExamples:%n")
public final class GenerateCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    // more than one is refused with the words put in quotes
    @Parameters(paramLabel = "[PROMPT]", hideParamSyntax = true, arity = "0..*", descriptionKey = "prompt")
    private List<String> words = List.of();

    @ArgGroup(validate = false, order = 1, heading = "%nPrompt:%n")
    private PromptOptions prompt = new PromptOptions();

    @ArgGroup(validate = false, order = 2, heading = "%nA picture to change:%n")
    private PictureOptions picture = new PictureOptions();

    @ArgGroup(validate = false, order = 3, heading = "%nPlan:%n")
    private PlanOptions planning = new PlanOptions();

    @ArgGroup(validate = false, order = 4, heading = "%nSize and rules of the plan:%n")
    private FitOptions fit = new FitOptions();

    @ArgGroup(validate = false, order = 5, heading = "%nModel:%n")
    private LoraOptions running = new LoraOptions();

    @ArgGroup(validate = false, order = 6, heading = "%nVideo:%n")
    private VideoOptions video = new VideoOptions();

    @ArgGroup(validate = false, order = 7, heading = "%nOutput:%n")
    private OutputOptions output = new OutputOptions();

    @Mixin
    private Format.Choice format = new Format.Choice();

    public GenerateCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        Notes notes = new Notes(spec.commandLine().getErr());
        Settings stored = StoredSettings.read(output.fromPng, output.fromVideo, notes);
        List<String> prompts = prompt.prompts(words, stored == null ? null : stored.prompt());
        int pictures = pictures(prompts.size());
        Previews.require(output.previewEvery, output.previewDir);
        long seed = Seeds.first(output.seed, output.count, stored == null ? null : stored.seed());

        Model model = running.open(stored, surroundings);
        StoredSettings.requireKind(stored, model);
        Request.Builder request = model.request("");
        set(request, stored);
        OutputNames names = names(model.kind(), pictures);
        OutputNames latents = latentNames(pictures);
        planning.sizeLike(request, fit, stored);
        Plan plan = planning.choose(request.planner(), fit, stored);
        model.tell(request.prompt(prompts.get(0)).plan(plan).build().plan(), notes);
        Execution execution = running.choose(model, stored == null ? null : stored.origin(), surroundings, notes);
        fit.requireCacheOf(model, execution.dtype());
        Residency fitting = running.residency(model, execution);
        boolean once = prompts.size() <= JobLoop.ENCODED_AHEAD;
        try (Pipeline pipeline = model.pipeline(execution, once ? fitting.forOneBatch() : fitting)) {
            pipeline.notes().forEach(notes::note);
            List<Job> jobs = new ArrayList<>();
            for (String text : prompts) {
                Request first = request.prompt(text).plan(plan).build();
                for (int i = 0; i < output.count; i++) {
                    int k = jobs.size();
                    jobs.add(new Job(
                            "", first.withSeed(seed + i), names.name(k), latents == null ? null : latents.name(k)));
                }
            }
            prompt.warn(jobs.get(0).request(), notes);
            run(pipeline, jobs, start, notes);
        }
        return ExitCode.OK;
    }

    private void run(Pipeline pipeline, List<Job> jobs, long start, Notes notes) throws IOException {
        Timings timings = pipeline.timings();
        double opening = (System.nanoTime() - start) / 1e9 - timings.seconds(Timings.Phase.LOAD);
        GenerateResult.Forwards forwards = new GenerateResult.Forwards();
        try (Progress progress = Progress.of(jobs, spec.commandLine().getErr(), surroundings.terminal())) {
            new JobLoop(pipeline)
                    .cancellation(surroundings.cancellation())
                    .listener(notes)
                    .listener(progress)
                    .listener(forwards)
                    .listener(new Previews(pipeline, output.previewDir, every(), notes))
                    .run(jobs);
        }
        double total = (System.nanoTime() - start) / 1e9;
        long peak = SystemMemory.peakResidentBytes();
        new GenerateResult(jobs, pipeline.origin(), forwards.counts(), timings, opening, total, peak)
                .print(spec.commandLine().getOut(), format.get());
    }

    private int pictures(int prompts) {
        if (output.count < 1) {
            throw new IllegalArgumentException("n: must be at least 1, not " + output.count);
        }
        long pictures = (long) prompts * output.count;
        if (pictures > 1_000_000) {
            throw new IllegalArgumentException(
                    "n: " + pictures + " pictures are too many; make at most 1000000 at once");
        }
        return (int) pictures;
    }

    private OutputNames names(Model.Kind kind, int pictures) {
        OutputNames names = OutputNames.of(output.output, kind, pictures);
        Path from = output.fromPng != null ? output.fromPng : output.fromVideo;
        if (from != null && names.contains(from)) {
            throw new IllegalArgumentException("output: " + from + " is the "
                    + (output.fromPng != null ? "picture of --from-png" : "video of --from-video")
                    + ", which would be lost; name another with -o");
        }
        return names.requireWritable(kind);
    }

    private @Nullable OutputNames latentNames(int pictures) {
        return output.latents == null
                ? null
                : new OutputNames(output.latents, pictures)
                        .requireEnding("latents-out", ".safetensors")
                        .requireWritable();
    }

    /** What is stored, and over it what options give. */
    private void set(Request.Builder request, @Nullable Settings stored) throws IOException {
        if (stored != null) {
            request.negativePrompt(stored.negativePrompt())
                    .trueCfgScale(stored.trueCfgScale())
                    .guidance(stored.guidance())
                    .maxSequenceLength(stored.maxSequenceLength());
            stored.trueCfgScale2().ifPresent(request::trueCfgScale2);
            Request.Video clip = stored.video();
            if (clip != null) {
                request.fps(clip.fps()).template(clip.template());
            }
        }
        prompt.apply(request);
        picture.apply(request, stored);
        video.apply(request, request.model());
    }

    private int every() {
        return output.previewEvery == null ? 1 : output.previewEvery;
    }
}
