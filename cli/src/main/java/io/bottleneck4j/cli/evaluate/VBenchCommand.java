package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Table;
import io.bottleneck4j.eval.document.Grid;
import io.bottleneck4j.eval.report.VBenchTotal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code evaluate vbench}: VBench's total. */
@Command(name = "vbench", sortOptions = false, footerHeading = "%nExample:%n")
public final class VBenchCommand implements Callable<Integer> {
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
