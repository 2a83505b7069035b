package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.eval.benchmark.RunCheck;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code evaluate check}: whether a run is as its benchmark's scripts expect. */
@Command(name = "check", sortOptions = false)
public final class CheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "RUN", descriptionKey = "run")
    private Path run = Path.of("");

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        RunFolder folder = new RunFolder(run);
        List<Fault> faults = RunCheck.of(folder);
        faults.forEach(out::println);
        out.println(run + ": "
                + (faults.isEmpty()
                        ? folder.record().expected() + " of " + folder.record().expected() + ", as "
                                + folder.record().benchmark() + "'s scripts read them"
                        : faults.size() + (faults.size() == 1 ? " fault" : " faults")));
        return faults.isEmpty() ? ExitCode.OK : ExitCode.OTHER;
    }
}
