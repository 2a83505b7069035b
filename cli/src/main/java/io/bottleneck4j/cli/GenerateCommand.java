package io.bottleneck4j.cli;

import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.models.pipeline.Execution;
import io.bottleneck4j.models.pipeline.FluxFolder;
import io.bottleneck4j.models.pipeline.FluxPipeline;
import io.bottleneck4j.models.pipeline.ImageMetadata;
import io.bottleneck4j.models.pipeline.ImagePlan;
import io.bottleneck4j.models.pipeline.ImageRequest;
import io.bottleneck4j.models.pipeline.Timings;
import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code generate}: prompt to PNG. */
@Command(
        name = "generate",
        description = "Makes pictures from a prompt and writes them as PNG files.",
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

    @ArgGroup(validate = false, order = 5, heading = "%nOutput:%n")
    private OutputOptions output = new OutputOptions();

    GenerateCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        Notes notes = new Notes(spec.commandLine().getErr());
        ImageMetadata stored = output.fromPng == null ? null : stored(output.fromPng, notes);
        List<String> prompts = prompt.prompts(words, stored == null ? null : stored.prompt());
        OutputNames names = names(prompts.size());
        OutputNames latents = latentNames(names.pictures());
        Previews.require(output.previewEvery, output.previewDir);
        long seed = Seeds.first(output.seed, output.count, stored == null ? null : stored.seed());

        String model = running.modelName(stored == null ? null : stored.origin().model());
        FluxFolder folder = FluxFolder.read(ModelChoice.find(model, surroundings));
        ImagePlan plan = planning.choose(FluxPipeline.planner(folder), fit, stored);
        plan.notes().forEach(notes::note);
        Execution execution = running.choose(folder, stored == null ? null : stored.origin());
        try (FluxPipeline flux = FluxPipeline.open(folder, execution)) {
            List<Generation.Job> jobs = new ArrayList<>();
            for (String text : prompts) {
                ImageRequest request = request(flux, text, plan, stored);
                for (int i = 0; i < output.count; i++) {
                    int k = jobs.size();
                    jobs.add(new Generation.Job(
                            "", request.withSeed(seed + i), names.name(k), latents == null ? null : latents.name(k)));
                }
            }
            prompt.warnOfNoEffect(flux, jobs.get(0).request(), notes);
            run(flux, jobs, RunOptions.origin(model, execution), start, notes);
        }
        return ExitCode.OK;
    }

    private void run(FluxPipeline flux, List<Generation.Job> jobs, ImageMetadata.Origin origin, long start, Notes notes)
            throws IOException {
        Timings timings = flux.timings();
        double opening = (System.nanoTime() - start) / 1e9 - timings.seconds(Timings.Phase.LOAD);
        Previews previews = new Previews(flux, output.previewDir, every(), notes);
        try (Progress progress = Progress.of(jobs, spec.commandLine().getErr(), surroundings.terminal())) {
            new Generation(flux, origin, progress, previews, surroundings.cancellation(), notes).run(jobs);
        }
        GenerateResult.Seconds seconds = new GenerateResult.Seconds(
                opening + timings.seconds(Timings.Phase.LOAD),
                timings.seconds(Timings.Phase.ENCODE),
                timings.seconds(Timings.Phase.DENOISE) - previews.seconds(),
                timings.seconds(Timings.Phase.DECODE),
                (System.nanoTime() - start) / 1e9);
        new GenerateResult(jobs, origin, seconds, Memory.peakResidentBytes())
                .print(spec.commandLine().getOut(), output.format);
    }

    private static ImageMetadata stored(Path png, Notes notes) throws IOException {
        String json = PngText.read(png).get(ImageMetadata.KEY);
        if (json == null) {
            throw new IllegalArgumentException("from-png: " + png
                    + " holds no settings of bottleneck4j; give a PNG that bottleneck4j wrote, as it was written");
        }
        try {
            ImageMetadata stored = ImageMetadata.parse(json);
            String now = Libtorch.version();
            if (!stored.origin().libtorch().equals(now)) {
                notes.note(png + " was made with libtorch " + stored.origin().libtorch() + ", this is " + now
                        + "; pixels may differ a little");
            }
            return stored;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("from-png: " + png + ": " + e.getMessage(), e);
        }
    }

    private OutputNames names(int prompts) {
        if (output.count < 1) {
            throw new IllegalArgumentException("n: must be at least 1, not " + output.count);
        }
        long pictures = (long) prompts * output.count;
        if (pictures > 1_000_000) {
            throw new IllegalArgumentException(
                    "n: " + pictures + " pictures are too many; make at most 1000000 at once");
        }
        OutputNames names = new OutputNames(output.output, (int) pictures).requireEnding("output", ".png");
        if (output.fromPng != null && names.contains(output.fromPng)) {
            throw new IllegalArgumentException("output: " + output.fromPng
                    + " is the picture of --from-png, which would be lost; name another with -o");
        }
        return names.requireWritable();
    }

    private @Nullable OutputNames latentNames(int pictures) {
        return output.latents == null
                ? null
                : new OutputNames(output.latents, pictures)
                        .requireEnding("latents-out", ".safetensors")
                        .requireWritable();
    }

    private ImageRequest request(FluxPipeline flux, String text, ImagePlan plan, @Nullable ImageMetadata stored) {
        ImageRequest.Builder request = flux.request(text).plan(plan);
        if (stored != null) {
            request.negativePrompt(stored.negativePrompt())
                    .trueCfgScale(stored.trueCfgScale())
                    .guidance(stored.guidance())
                    .maxSequenceLength(stored.maxSequenceLength());
        }
        prompt.apply(request);
        return request.build();
    }

    private int every() {
        return output.previewEvery == null ? 1 : output.previewEvery;
    }
}
