package io.bottleneck4j.cli;

import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.LatentsFile;
import io.bottleneck4j.torch.io.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code decode}: kept latents to picture or video. */
@Command(
        name = "decode",
        description = "Decodes latents that generate kept or wrote with --latents-out.",
        sortOptions = false,
        abbreviateSynopsis = true)
final class DecodeCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(
            paramLabel = "LATENTS.safetensors",
            description = "Clean latents under the key latents: [1, C, h, w], of a video [1, C, F, h, w].")
    private Path latents = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "The picture's or video's file, replaced if there. Default: out.png, of a video out.mp4.")
    private @Nullable Path output;

    @Option(
            names = "--tile",
            paramLabel = "PX",
            description =
                    "Decode in tiles of this many pixels, a multiple of 32: takes less memory, may show faint seams.")
    private @Nullable Integer tile;

    @ArgGroup(validate = false, heading = "%nVideo:%n")
    private VideoOptions video = new VideoOptions();

    @ArgGroup(validate = false, heading = "%nModel (default: the one the latents were made with):%n")
    private RunOptions running = new RunOptions();

    DecodeCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        Stored stored = stored();
        String model =
                running.modelName(stored == null ? null : stored.run().origin().model());
        ModelSource source = ModelSource.read(ModelChoice.find(model, surroundings), video, stored);
        Path target = OutputNames.of(output, source.kind(), 1)
                .requireWritable(source.kind())
                .name(0);
        LatentsFile file = LatentsFile.read(latents, source.latentChannels(), source.kind());
        Execution execution = running.choose(source.transformer(), null);
        try (Maker maker = source.open(execution, tile == null ? OptionalInt.empty() : OptionalInt.of(tile))) {
            maker.make(target, file, surroundings.cancellation());
            spec.commandLine().getOut().println(target);
        }
        return ExitCode.OK;
    }

    /** What the file says of how it was made; files of other programs say nothing. */
    private @Nullable Stored stored() {
        if (!Files.isRegularFile(latents)) {
            return null; // said clearly where the latents are read
        }
        try (SafetensorsFile file = SafetensorsFile.open(latents)) {
            return Stored.of(file.metadata());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(latents + ": " + e.getMessage(), e);
        }
    }
}
