package io.bottleneck4j.cli.evaluate;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code evaluate}: what pictures are worth, by metrics. */
@Command(name = "evaluate", synopsisSubcommandLabel = "COMMAND")
public final class EvaluateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        throw new ParameterException(
                spec.commandLine(),
                "evaluate: needs a command; use one of "
                        + String.join(", ", spec.subcommands().keySet()));
    }
}
