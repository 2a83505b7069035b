package io.bottleneck4j.cli.generate;

import io.bottleneck4j.cli.options.ModelChoice;
import io.bottleneck4j.cli.options.OutputNames;
import io.bottleneck4j.cli.options.RunOptions;
import io.bottleneck4j.cli.options.StoredSettings;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.options.VideoOptions;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.LatentsFile;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.OutputFile;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.pipeline.Settings;
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

/** {@code decode}: kept latents to picture or video. */
@Command(name = "decode", sortOptions = false, abbreviateSynopsis = true)
public final class DecodeCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "LATENTS.safetensors", descriptionKey = "latents")
    private Path latents = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT")
    private @Nullable Path output;

    @Option(names = "--tile", paramLabel = "PX")
    private @Nullable Integer tile;

    @ArgGroup(validate = false, heading = "%nVideo:%n")
    private VideoOptions video = new VideoOptions();

    @ArgGroup(validate = false, heading = "%nModel (default: the one the latents were made with):%n")
    private RunOptions running = new RunOptions();

    public DecodeCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        Notes notes = new Notes(spec.commandLine().getErr());
        Settings stored = stored();
        Model model = ModelChoice.find(running.modelName(stored), surroundings);
        StoredSettings.requireKind(stored, model);
        if (stored != null && !stored.origin().model().equals(model.name())) {
            notes.note("latents: were made with " + stored.origin().model() + ", but are decoded with " + model.name()
                    + "; if its autoencoder differs, the result is no picture");
        }
        Request.Builder defaults = model.request("");
        if (stored != null && stored.video() != null) {
            defaults.fps(stored.fps());
        }
        video.apply(defaults, model);
        Path target = OutputNames.of(output, model.kind(), 1)
                .requireWritable(model.kind())
                .name(0);
        LatentsFile file = LatentsFile.read(latents, model.latentChannels(), model.kind());
        int fps = model.kind() == Model.Kind.VIDEO ? defaults.build().video().fps() : 0;
        Cancellation cancellation = surroundings.cancellation();
        try (Pipeline pipeline = model.pipeline(running.choose(model, null, surroundings, notes))) {
            OutputFile.of(target, model.kind())
                    .write(
                            file.texts(),
                            fps,
                            sink -> pipeline.decode(file.latents(), tile == null ? 0 : tile, sink, cancellation),
                            cancellation);
            spec.commandLine().getOut().println(target);
        }
        return ExitCode.OK;
    }

    /** What the file says of how it was made; files of other programs say nothing. */
    private @Nullable Settings stored() {
        if (!Files.isRegularFile(latents)) {
            return null; // said clearly where the latents are read
        }
        try (SafetensorsFile file = SafetensorsFile.open(latents)) {
            return Settings.of(file.metadata());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(latents + ": " + e.getMessage(), e);
        }
    }
}
