package io.bottleneck4j.cli;

import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.ImageMetadata;
import io.bottleneck4j.pipeline.ImageRequest;
import io.bottleneck4j.pipeline.LatentsFile;
import io.bottleneck4j.pipeline.RequestBuilder;
import io.bottleneck4j.pipeline.Timings;
import io.bottleneck4j.pipeline.plan.ImagePlan;
import io.bottleneck4j.torch.SystemMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code generate}: prompt to picture or video. */
@Command(
        name = "generate",
        description = "Makes pictures or videos from a prompt: PNG files, or mp4, webm, gif and numbered frames.",
        sortOptions = false,
        abbreviateSynopsis = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  bottleneck4j generate \"a red fox on a blue background, 3d style\"",
            "      the bundled model, its bottleneck plan, a random seed; writes out.png",
            "  bottleneck4j generate \"a panda\" --plan baseline --steps 30 --seed 7 -o panda.png",
            "      every step at full size, as diffusers does",
            "  bottleneck4j generate \"a panda\" --plan x3 --seed 7 -o panda-x3.png",
            "      a third of the work; 'bottleneck4j presets' lists such plans",
            "  bottleneck4j generate \"a lighthouse at dusk\" --model black-forest-labs/FLUX.1-dev \\",
            "      --width 1024 --height 1024 -n 4 -o lighthouse.png",
            "      four pictures by a model from the local Hugging Face cache",
            "  bottleneck4j generate --prompt-file prompts.txt -o cat.png --format json",
            "      one picture a line of the file; the result as JSON for scripts",
            "  bottleneck4j generate --from-png panda.png --seed 8 -o other.png",
            "      the same settings with another seed",
            "  bottleneck4j generate \"a cat walks on the grass\" --model hunyuanvideo-community/HunyuanVideo \\",
            "      --frames 61 -o cat.mp4",
            "      a video; --from-video cat.mp4 makes it again",
        })
final class GenerateCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "PROMPT", arity = "0..*", description = "What the picture shows, in quotes.")
    private List<String> words = List.of();

    @ArgGroup(validate = false, order = 1, heading = "%nPrompt:%n")
    private PromptOptions prompt = new PromptOptions();

    @ArgGroup(validate = false, order = 2, heading = "%nPlan:%n")
    private PlanOptions planning = new PlanOptions();

    @ArgGroup(validate = false, order = 3, heading = "%nSize and rules of the plan:%n")
    private FitOptions fit = new FitOptions();

    @ArgGroup(validate = false, order = 4, heading = "%nModel:%n")
    private RunOptions running = new RunOptions();

    @ArgGroup(validate = false, order = 5, heading = "%nVideo:%n")
    private VideoOptions video = new VideoOptions();

    @ArgGroup(validate = false, order = 6, heading = "%nOutput:%n")
    private OutputOptions output = new OutputOptions();

    GenerateCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        Notes notes = new Notes(spec.commandLine().getErr());
        Stored stored = Stored.of(output.fromPng, output.fromVideo, notes);
        ImageMetadata run = stored == null ? null : stored.run();
        List<String> prompts = prompt.prompts(words, run == null ? null : run.prompt());
        int pictures = pictures(prompts.size());
        Previews.require(output.previewEvery, output.previewDir);
        long seed = Seeds.first(output.seed, output.count, run == null ? null : run.seed());

        String model = running.modelName(run == null ? null : run.origin().model());
        ModelSource source = ModelSource.read(ModelChoice.find(model, surroundings), video, stored);
        OutputNames names = names(source.kind(), pictures);
        OutputNames latents = latentNames(pictures);
        ImagePlan plan = planning.choose(source.planner(), fit, run);
        plan.notes().forEach(notes::note);
        Execution execution = running.choose(source.transformer(), run == null ? null : run.origin());
        try (Maker maker = source.open(execution, OptionalInt.empty())) {
            List<Generation.Job> jobs = new ArrayList<>();
            for (String text : prompts) {
                ImageRequest request = maker.request(text, settings -> set(settings.plan(plan), run));
                for (int i = 0; i < output.count; i++) {
                    int k = jobs.size();
                    jobs.add(new Generation.Job(
                            "", request.withSeed(seed + i), names.name(k), latents == null ? null : latents.name(k)));
                }
            }
            prompt.warnOfNoEffect(maker, jobs.get(0).request(), notes);
            run(maker, jobs, RunOptions.origin(model, execution), start, notes);
        }
        return ExitCode.OK;
    }

    private void run(Maker maker, List<Generation.Job> jobs, ImageMetadata.Origin origin, long start, Notes notes)
            throws IOException {
        Timings timings = maker.timings();
        double opening = (System.nanoTime() - start) / 1e9 - timings.seconds(Timings.Phase.LOAD);
        Previews previews = new Previews(maker, output.previewDir, every(), notes);
        try (Progress progress = Progress.of(jobs, spec.commandLine().getErr(), surroundings.terminal())) {
            new Generation(maker, origin, progress, previews, surroundings.cancellation(), notes).run(jobs);
        }
        GenerateResult.Seconds seconds = new GenerateResult.Seconds(
                opening + timings.seconds(Timings.Phase.LOAD),
                timings.seconds(Timings.Phase.ENCODE),
                timings.seconds(Timings.Phase.DENOISE) - previews.seconds(),
                timings.seconds(Timings.Phase.DECODE),
                (System.nanoTime() - start) / 1e9);
        new GenerateResult(maker.kind(), jobs, origin, seconds, SystemMemory.peakResidentBytes())
                .print(spec.commandLine().getOut(), output.format);
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

    private OutputNames names(LatentsFile.Kind kind, int pictures) {
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
    private void set(RequestBuilder<?> request, @Nullable ImageMetadata stored) {
        if (stored != null) {
            request.negativePrompt(stored.negativePrompt())
                    .trueCfgScale(stored.trueCfgScale())
                    .guidance(stored.guidance())
                    .maxSequenceLength(stored.maxSequenceLength());
        }
        prompt.apply(request);
    }

    private int every() {
        return output.previewEvery == null ? 1 : output.previewEvery;
    }
}
