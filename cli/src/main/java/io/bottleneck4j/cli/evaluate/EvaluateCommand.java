package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Table;
import io.bottleneck4j.eval.benchmark.RunCheck;
import io.bottleneck4j.eval.document.Grid;
import io.bottleneck4j.eval.report.Entrants;
import io.bottleneck4j.eval.report.Report;
import io.bottleneck4j.eval.report.ReportFolder;
import io.bottleneck4j.eval.report.ReportTables;
import io.bottleneck4j.eval.report.VBenchTotal;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
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

    /** {@code evaluate check}: whether a run is as its benchmark's scripts expect. */
    @Command(name = "check", sortOptions = false)
    public static final class CheckCommand implements Callable<Integer> {
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
                            ? folder.record().expected() + " of "
                                    + folder.record().expected() + ", as "
                                    + folder.record().benchmark() + "'s scripts read them"
                            : faults.size() + (faults.size() == 1 ? " fault" : " faults")));
            return faults.isEmpty() ? ExitCode.OK : ExitCode.OTHER;
        }
    }

    /** {@code evaluate vbench}: VBench's total. */
    @Command(name = "vbench", sortOptions = false, footerHeading = "%nExample:%n")
    public static final class VBenchCommand implements Callable<Integer> {
        @Spec
        private CommandSpec spec = CommandSpec.create();

        @Parameters(paramLabel = "RESULTS", arity = "1..*", descriptionKey = "results")
        private List<Path> results = List.of();

        @Override
        public Integer call() throws IOException {
            List<VBenchTotal> totals = new ArrayList<>();
            for (Path path : results) {
                totals.add(VBenchTotal.read(path));
            }
            PrintWriter out = spec.commandLine().getOut();
            Grid grid = VBenchTotal.grid(totals);
            Table.print(out, grid);
            out.println(grid.note());
            return ExitCode.OK;
        }
    }

    /** {@code evaluate report}: runs as tables. */
    @Command(name = "report", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExample:%n")
    public static final class ReportCommand implements Callable<Integer> {
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
}
