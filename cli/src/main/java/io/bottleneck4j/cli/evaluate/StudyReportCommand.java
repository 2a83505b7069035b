package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Table;
import io.bottleneck4j.eval.study.Answers;
import io.bottleneck4j.eval.study.Study;
import io.bottleneck4j.eval.study.StudyResult;
import io.bottleneck4j.eval.study.StudyTables;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code evaluate study-report}: what people answered. */
@Command(name = "study-report", sortOptions = false, abbreviateSynopsis = true)
public final class StudyReportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "ANSWERS", arity = "1..*", descriptionKey = "answers")
    private List<Path> files = List.of();

    @Option(names = "--key", required = true, paramLabel = "F")
    private Path key = Path.of("");

    @Option(
            names = {"-o", "--out"},
            required = true,
            paramLabel = "DIR")
    private Path out = Path.of("");

    @Override
    public Integer call() throws IOException {
        Study study = Study.read(key);
        List<Answers> participants = new ArrayList<>();
        for (Path file : files) {
            participants.add(Answers.read(file, study));
        }
        StudyResult result = StudyResult.of(study, participants);
        StudyTables tables = new StudyTables(result);
        tables.write(out);
        Table.print(spec.commandLine().getOut(), tables.main());
        spec.commandLine().getOut().println("written to " + out);
        return ExitCode.OK;
    }
}
