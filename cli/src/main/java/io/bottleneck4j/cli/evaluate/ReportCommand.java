package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Table;
import io.bottleneck4j.eval.report.Entrants;
import io.bottleneck4j.eval.report.Report;
import io.bottleneck4j.eval.report.ReportFolder;
import io.bottleneck4j.eval.report.ReportTables;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code evaluate report}: runs as tables. */
@Command(name = "report", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExample:%n")
public final class ReportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "RUN", arity = "1..*", descriptionKey = "run")
    private List<Path> runs = List.of();

    @Option(names = "--reference", paramLabel = "RUN")
    private @Nullable Path reference;

    @Option(
            names = {"-o", "--out"},
            required = true,
            paramLabel = "DIR")
    private Path out = Path.of("");

    @Option(names = "--skip-bad")
    private boolean skipBad;

    @Override
    public Integer call() throws IOException {
        Entrants entrants = Entrants.read(runs, reference);
        if (!skipBad) {
            entrants.requireWhole();
        }
        ReportFolder folder = ReportFolder.open(out);
        Report report = Report.of(entrants);
        folder.write(report);
        Table.print(spec.commandLine().getOut(), new ReportTables(report).main());
        spec.commandLine().getOut().println("written to " + out);
        return ExitCode.OK;
    }
}
