package io.bottleneck4j.cli;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.models.pipeline.Execution;
import io.bottleneck4j.models.pipeline.FluxFolder;
import io.bottleneck4j.models.pipeline.FluxPipeline;
import io.bottleneck4j.models.pipeline.ImageMetadata;
import io.bottleneck4j.models.pipeline.LatentsFile;
import io.bottleneck4j.torch.io.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code decode}: kept latents to PNG. */
@Command(
        name = "decode",
        description = "Decodes latents that generate kept or wrote with --latents-out.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class DecodeCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "LATENTS.safetensors", description = "Clean latents [1, C, h, w] under the key latents.")
    private Path latents = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT.png",
            description = "The picture's file, replaced if there. Default: out.png.")
    private Path output = Path.of("out.png");

    @Option(
            names = "--tile",
            paramLabel = "PX",
            description =
                    "Decode in tiles of this many pixels, a multiple of 32: takes less memory, may show faint seams.")
    private @Nullable Integer tile;

    @ArgGroup(validate = false, heading = "%nModel (default: the one the latents were made with):%n")
    private RunOptions running = new RunOptions();

    DecodeCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        OutputNames names =
                new OutputNames(output, 1).requireEnding("output", ".png").requireWritable();
        ImageMetadata.Origin stored = origin();
        String model = running.modelName(stored == null ? null : stored.model());
        FluxFolder folder = FluxFolder.read(ModelChoice.find(model, surroundings));
        LatentsFile file = LatentsFile.read(latents, folder.vaeConfig().latentChannels(), LatentsFile.Kind.PICTURE);
        Execution execution = running.choose(folder, null);
        try (FluxPipeline flux = FluxPipeline.open(folder, execution)) {
            Picture picture = tile == null ? flux.decode(file.latents()) : flux.decodeTiled(file.latents(), tile);
            Path target = names.name(0);
            surroundings.cancellation().whole(() -> PngWriter.write(target, picture, file.texts()));
            spec.commandLine().getOut().println(target);
        }
        return ExitCode.OK;
    }

    /** What the file says it was made with; files of other programs say nothing. */
    private ImageMetadata.@Nullable Origin origin() {
        if (!Files.isRegularFile(latents)) {
            return null; // said clearly where the latents are read
        }
        try (SafetensorsFile file = SafetensorsFile.open(latents)) {
            String json = file.metadata().get(ImageMetadata.KEY);
            return json == null ? null : ImageMetadata.parse(json).origin();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(latents + ": " + e.getMessage(), e);
        }
    }
}
