package io.bottleneck4j.cli.quantize;

import io.bottleneck4j.cli.options.ModelChoice;
import io.bottleneck4j.cli.options.ModelParts;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Word;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.QuantizedFolder;
import io.bottleneck4j.torch.Quantization;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code quantize}: writes a model as a folder with a quantized transformer. */
@Command(name = "quantize", sortOptions = false, abbreviateSynopsis = true)
public final class QuantizeCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "MODEL", descriptionKey = "model")
    private String model = ModelChoice.BUNDLED;

    @ArgGroup(validate = false)
    private ModelParts parts = new ModelParts();

    @Option(
            names = "--quantize",
            required = true,
            paramLabel = "Q",
            converter = Word.OfQuantization.class,
            completionCandidates = Word.OfQuantization.class)
    private Quantization quantization = Quantization.NONE;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FOLDER")
    private Path output = Path.of("");

    public QuantizeCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        Model source = ModelChoice.find(parts.named(model), surroundings);
        QuantizedFolder.write(source, quantization, output, surroundings.cancellation());
        spec.commandLine().getOut().println(output);
        return ExitCode.OK;
    }
}
