package io.bottleneck4j.cli.evaluate;

import io.bottleneck4j.cli.options.OutputNames;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Table;
import io.bottleneck4j.eval.report.Entrants;
import io.bottleneck4j.eval.study.Answers;
import io.bottleneck4j.eval.study.Aspect;
import io.bottleneck4j.eval.study.Draw;
import io.bottleneck4j.eval.study.Study;
import io.bottleneck4j.eval.study.StudyPage;
import io.bottleneck4j.eval.study.StudyResult;
import io.bottleneck4j.eval.study.StudyTables;
import io.bottleneck4j.models.media.WholeFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code evaluate study}: a page that asks people. */
@Command(name = "study", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExample:%n")
public final class StudyCommand implements Callable<Integer> {
    private static final String PAGE = ".html";

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "RUN", arity = "2..*", descriptionKey = "run")
    private List<Path> runs = List.of();

    @Option(names = "--questions", paramLabel = "N")
    private int questions = 40;

    @Option(names = "--aspect", paramLabel = "A")
    private List<String> aspects = List.of();

    @Option(names = "--seed", paramLabel = "S")
    private long seed;

    @Option(
            names = {"-o", "--out"},
            required = true,
            paramLabel = "F")
    private Path out = Path.of("");

    @Option(names = "--skip-bad")
    private boolean skipBad;

    @Override
    public Integer call() throws IOException {
        String name = String.valueOf(out.getFileName());
        if (!name.endsWith(PAGE) || name.equals(PAGE)) {
            throw new IllegalArgumentException("out: must end in .html, not '" + out + "'");
        }
        Path key = out.resolveSibling(name.substring(0, name.length() - PAGE.length()) + ".key.json");
        new OutputNames(out, 1).requireWritable();
        new OutputNames(key, 1).requireWritable();
        List<Aspect> asked = aspects.isEmpty()
                ? List.of(Aspect.OVERALL)
                : aspects.stream().map(Aspect::named).toList();
        Entrants entrants = Entrants.read(runs, null);
        if (!skipBad) {
            entrants.requirePictures();
        }
        StudyPage made = StudyPage.of(new Draw(entrants, questions, seed), asked);
        made.study().write(key);
        WholeFile.write(out, made.html().getBytes(StandardCharsets.UTF_8));
        PrintWriter to = spec.commandLine().getOut();
        to.println(out + ": " + made.study().answers() + " questions, study "
                + made.study().id());
        to.println(key + ": says which run made which picture; do not give it to participants");
        return ExitCode.OK;
    }

    /** {@code evaluate study-report}: what people answered. */
    @Command(name = "study-report", sortOptions = false, abbreviateSynopsis = true)
    public static final class StudyReportCommand implements Callable<Integer> {
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
}
