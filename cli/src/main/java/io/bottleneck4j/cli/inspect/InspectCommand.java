package io.bottleneck4j.cli.inspect;

import io.bottleneck4j.cli.options.ModelChoice;
import io.bottleneck4j.cli.options.ModelParts;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Format;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.Model;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inspect}: what a model folder holds, without loading weights. */
@Command(name = "inspect", abbreviateSynopsis = true)
public final class InspectCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "MODEL", arity = "0..1", descriptionKey = "model")
    private String model = ModelChoice.BUNDLED;

    @ArgGroup(validate = false)
    private ModelParts parts = new ModelParts();

    @Mixin
    private Format.Choice format = new Format.Choice();

    public InspectCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        String name = parts.named(model);
        ModelFolder folder = ModelChoice.folder(name, surroundings);
        Model.family(folder);
        Inspection inspection = Inspection.of(folder);
        if (format.isJson()) {
            spec.commandLine().getOut().println(inspection.json(name));
        } else {
            inspection.print(spec.commandLine().getOut(), name);
        }
        if (!inspection.problems().isEmpty()) {
            throw new FolderException(folder.path() + ": "
                    + inspection.problems().size() + " of its parts cannot be used" + "; see above");
        }
        return ExitCode.OK;
    }
}
