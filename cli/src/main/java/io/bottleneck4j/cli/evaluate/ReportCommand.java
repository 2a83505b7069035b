package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.GridPrinter;
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
@Command(
        name = "report",
        description = {
            "Puts scored runs of several plans into tables, plots and a page.",
            "Cost, latency and every metric with its interval, by category too; each plan is tested against the reference on",
            "the same prompts and seeds. Writes report.md, .csv, .tex, .json, index.html, and a plot of quality against time",
            "for each metric."
        },
        sortOptions = false,
        abbreviateSynopsis = true,
        footerHeading = "%nExample:%n",
        footer = {
            "  bottleneck4j evaluate report runs/baseline runs/step-cut runs/x2 --out report",
            "      runs of evaluate generate, scored by evaluate score --run; the first is the reference"
        })
public final class ReportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "RUN", arity = "1..*", description = "Folders of runs, in the order of rows.")
    private List<Path> runs = List.of();

    @Option(
            names = "--reference",
            paramLabel = "RUN",
            description = "The run that the others are tested against. Default: the first.")
    private @Nullable Path reference;

    @Option(
            names = {"-o", "--out"},
            required = true,
            paramLabel = "DIR",
            description = "The folder to write to; made if it is not there.")
    private Path out = Path.of("");

    @Option(
            names = "--skip-bad",
            description = "Leave out pictures that are missing or have no score, and list them; else they end the run.")
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
        GridPrinter.print(spec.commandLine().getOut(), new ReportTables(report).main());
        spec.commandLine().getOut().println("written to " + out);
        return ExitCode.OK;
    }
}
