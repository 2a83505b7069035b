package io.bottleneck4j.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.score.Bootstrap;
import io.bottleneck4j.eval.score.Faults;
import io.bottleneck4j.eval.score.PictureSet;
import io.bottleneck4j.eval.score.ScoreReport;
import io.bottleneck4j.eval.score.Scorer;
import io.bottleneck4j.eval.score.Scoring;
import io.bottleneck4j.eval.score.SetMetric;
import io.bottleneck4j.eval.score.SetReport;
import io.bottleneck4j.eval.score.SetScoring;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.models.vision.InceptionEncoder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code evaluate score}: one metric over a folder of pictures. */
@Command(
        name = "score",
        description = {
            "Scores the PNG pictures of a folder or a run, each by its prompt or a reference, and prints the mean with",
            "the interval that holds 95 % of the means of resampled pictures (bootstrap)."
        },
        sortOptions = false,
        abbreviateSynopsis = true,
        footerHeading = "%nExamples:%n",
        footer = {
            "  bottleneck4j evaluate score --metric clip-score --metric-model clip-vit-large-patch14 \\",
            "      --pictures out --prompts prompts.txt --out scores.csv",
            "      pictures out/x-0000.png, out/x-0001.png, ... of the prompts, one each",
            "  bottleneck4j evaluate score --metric clip-cosine --metric-model clip --pictures out",
            "      pictures that generate made, each by the prompt stored in it",
            "  bottleneck4j evaluate score --metric lpips --metric-model lpips-alex.safetensors \\",
            "      --pictures bottleneck --reference baseline",
            "  bottleneck4j evaluate score --metric clip-score --metric-model clip --run runs/x2",
            "      a run of evaluate generate; writes runs/x2/scores/clip-score.csv for evaluate report"
        })
final class ScoreCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @ArgGroup(exclusive = false, multiplicity = "1", order = 0, heading = "%nMetric:%n")
    private MetricOptions metric = new MetricOptions();

    @ArgGroup(exclusive = false, order = 1, heading = "%nComparison:%n")
    private ReferenceOptions references = new ReferenceOptions();

    @ArgGroup(exclusive = false, order = 2, heading = "%nPictures:%n")
    private ScoredOptions scored = new ScoredOptions();

    @Option(
            names = "--skip-bad",
            description =
                    "Leave out pictures that are missing or cannot be read, and list them; else they end the run.")
    private boolean skipBad;

    @Option(names = "--batch", paramLabel = "B", description = "Pictures computed at once. Default: 16.")
    private int batch = 16;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "F",
            description = "Also write the score of every picture to F.csv or F.json.")
    private @Nullable Path out;

    @Option(names = "--format", paramLabel = "F", description = "Of what is printed: text (default) or json.")
    private Format format = Format.TEXT;

    ScoreCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        scored.require();
        requireTarget();
        Path reference = references.folder(metric.chosen(), scored.prompts());
        if (reference != null && metric.chosen().ofSets()) {
            compare(scored.folder(reference));
        } else {
            score(reference == null ? scored.set() : scored.paired(reference));
        }
        return ExitCode.OK;
    }

    private void score(PictureSet set) throws IOException {
        try (Scorer scorer = metric.open()) {
            ScoreReport report = new Scoring(scorer, batch, faults())
                    .run(
                            set,
                            metric.modelName(),
                            done -> surroundings
                                    .cancellation()
                                    .check("after " + done + " of " + set.expected() + " pictures"));
            write(report.csv(), report.json());
            keep(report);
            print(report);
        }
    }

    private void compare(Path reference) throws IOException {
        SetMetric ofSets = references.ofSets(metric.chosen());
        try (InceptionEncoder inception = metric.openInception()) {
            SetReport report = new SetScoring(ofSets, inception, batch, faults())
                    .run(
                            scored.folder(),
                            reference,
                            metric.modelName(),
                            done -> surroundings.cancellation().check("after " + done + " pictures"));
            write(report.csv(), report.json());
            PrintWriter to = spec.commandLine().getOut();
            if (format == Format.JSON) {
                to.println(report.json());
            } else {
                SetReportText.print(report, to);
            }
        }
    }

    private Faults faults() {
        return skipBad ? Faults.SKIP : Faults.REFUSE;
    }

    private void requireTarget() {
        if (out == null) {
            return;
        }
        if (!isCsv(out) && !isJson(out)) {
            throw new IllegalArgumentException("out: must end in .csv or .json, not '" + out + "'");
        }
        try {
            WholeFile.requireTarget(out);
        } catch (IOException e) {
            throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
        }
    }

    private void write(String csv, ObjectNode json) throws IOException {
        if (out != null) {
            String text = isCsv(out) ? csv : json.toPrettyString() + "\n";
            WholeFile.write(out, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private void keep(ScoreReport report) throws IOException {
        RunFolder run = scored.run();
        if (run != null) {
            Path file = run.scores(report.metric());
            Files.createDirectories(file.toAbsolutePath().getParent());
            WholeFile.write(file, report.within(run.images()).csv().getBytes(StandardCharsets.UTF_8));
        }
    }

    private static boolean isCsv(Path file) {
        return file.toString().endsWith(".csv");
    }

    private static boolean isJson(Path file) {
        return file.toString().endsWith(".json");
    }

    private void print(ScoreReport report) {
        PrintWriter to = spec.commandLine().getOut();
        if (format == Format.JSON) {
            to.println(report.summary());
            return;
        }
        Bootstrap mean = report.mean();
        to.printf(
                Locale.ROOT,
                "%s  %.4f  [%.4f, %.4f]  %d pictures%n",
                report.metric(),
                mean.mean(),
                mean.low(),
                mean.high(),
                report.rows().size());
        if (!report.missing().isEmpty()) {
            to.println("missing: " + report.missing().size() + " of "
                    + (report.rows().size() + report.missing().size()) + ", not in the mean");
            report.missing().forEach(fault -> to.println("  " + fault));
        }
    }
}
