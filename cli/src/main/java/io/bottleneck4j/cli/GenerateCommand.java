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
import java.util.concurrent.ThreadLocalRandom;
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
        long seed = seed(stored);

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
                            request.withSeed(seed + i), names.name(k), latents == null ? null : latents.name(k)));
                }
            }
            warnOfNoEffect(flux, jobs.get(0).request(), notes);
            run(flux, jobs, origin(model, execution), start, notes);
        }
        return ExitCode.OK;
    }

    private void run(FluxPipeline flux, List<Generation.Job> jobs, ImageMetadata.Origin origin, long start, Notes notes)
            throws IOException {
        Timings timings = flux.timings();
        double opening = (System.nanoTime() - start) / 1e9 - timings.seconds(Timings.Phase.LOAD);
        Previews previews = new Previews(flux, output.previewDir, every(), notes);
        try (Progress progress = progress(jobs)) {
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

    private long seed(@Nullable ImageMetadata stored) {
        if (output.seed == null) {
            return stored != null ? stored.seed() : ThreadLocalRandom.current().nextLong(1L << 32);
        }
        long last = Long.MAX_VALUE - output.count + 1;
        if (output.seed < 0 || output.seed > last) {
            throw new IllegalArgumentException(
                    "seed: must be between 0 and " + last + ", not " + output.seed + "; leave it out for a random one");
        }
        return output.seed;
    }

    private ImageRequest request(FluxPipeline flux, String text, ImagePlan plan, @Nullable ImageMetadata stored) {
        ImageRequest.Builder request = flux.request(text).plan(plan);
        if (stored != null) {
            request.negativePrompt(stored.negativePrompt())
                    .trueCfgScale(stored.trueCfgScale())
                    .guidance(stored.guidance())
                    .maxSequenceLength(stored.maxSequenceLength());
        }
        if (prompt.negativePrompt != null) {
            request.negativePrompt(prompt.negativePrompt);
        }
        if (prompt.trueCfgScale != null) {
            request.trueCfgScale(prompt.trueCfgScale);
        }
        if (prompt.guidance != null) {
            request.guidance(prompt.guidance);
        }
        if (prompt.maxSequenceLength != null) {
            request.maxSequenceLength(prompt.maxSequenceLength);
        }
        return request.build();
    }

    private void warnOfNoEffect(FluxPipeline flux, ImageRequest request, Notes notes) {
        if (prompt.guidance != null && !flux.usesGuidance()) {
            notes.warning("--guidance has no effect: this model has no guidance embedding; --true-cfg-scale guides it");
        }
        if (prompt.negativePrompt != null && !request.usesTrueCfg()) {
            notes.warning("--negative-prompt has no effect without --true-cfg-scale above 1");
        }
    }

    private static ImageMetadata.Origin origin(String model, Execution execution) {
        return new ImageMetadata.Origin(
                Version.text(),
                model,
                execution.dtype().toString(),
                execution.device().toString(),
                Libtorch.threads(),
                Libtorch.version());
    }

    private int every() {
        return output.previewEvery == null ? 1 : output.previewEvery;
    }

    private Progress progress(List<Generation.Job> jobs) {
        ImageRequest first = jobs.get(0).request();
        return new Progress(
                spec.commandLine().getErr(),
                surroundings.terminal(),
                System::nanoTime,
                first.plan(),
                jobs.size(),
                first.maxSequenceLength());
    }
}
