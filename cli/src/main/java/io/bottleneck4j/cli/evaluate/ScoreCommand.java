package io.bottleneck4j.cli.evaluate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.options.DeviceOptions;
import io.bottleneck4j.cli.options.OutputNames;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Format;
import io.bottleneck4j.emojijudge.EmojiJudge;
import io.bottleneck4j.eval.Metric;
import io.bottleneck4j.eval.MetricModel;
import io.bottleneck4j.eval.report.Estimate;
import io.bottleneck4j.eval.report.Report;
import io.bottleneck4j.eval.run.Fault;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.score.Bootstrap;
import io.bottleneck4j.eval.score.PictureSet;
import io.bottleneck4j.eval.score.ScoreReport;
import io.bottleneck4j.eval.score.Scorer;
import io.bottleneck4j.eval.score.Scoring;
import io.bottleneck4j.eval.score.SetScoring;
import io.bottleneck4j.eval.suite.SuiteScore;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.models.vision.InceptionEncoder;
import io.bottleneck4j.models.vision.KernelDistance;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code evaluate score}: one metric over a folder of pictures. */
@Command(name = "score", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExamples:%n")
public final class ScoreCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @ArgGroup(exclusive = false, multiplicity = "1", order = 0, heading = "%nMetric:%n")
    private MetricOptions metric = new MetricOptions();

    @ArgGroup(exclusive = false, order = 1, heading = "%nComparison:%n")
    private ReferenceOptions references = new ReferenceOptions();

    @ArgGroup(exclusive = false, order = 2, heading = "%nPictures:%n")
    private ScoredOptions scored = new ScoredOptions();

    @Option(names = "--skip-bad")
    private boolean skipBad;

    @Option(names = "--batch", paramLabel = "B")
    private int batch = 16;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "F")
    private @Nullable Path out;

    @Mixin
    private Format.Choice format = new Format.Choice();

    public ScoreCommand(Surroundings surroundings) {
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
        MetricModel model = metric.model(scored.run(), surroundings);
        try (Scorer scorer = model.open()) {
            ScoreReport report = new Scoring(scorer, batch, faults())
                    .run(
                            set,
                            model.name(),
                            done -> surroundings
                                    .cancellation()
                                    .check("after " + done + " of " + set.expected() + " pictures"));
            write(report.csv(), report.json());
            print(report, keep(report, scorer));
        }
    }

    private void compare(Path reference) throws IOException {
        KernelDistance kernel = references.kernel(metric.chosen());
        MetricModel model = metric.model(scored.run(), surroundings);
        try (InceptionEncoder inception = model.openInception()) {
            SetScoring.Report report = new SetScoring(kernel, inception, batch, faults())
                    .run(
                            scored.folder(),
                            reference,
                            model.name(),
                            done -> surroundings.cancellation().check("after " + done + " pictures"));
            write(report.csv(), report.json());
            PrintWriter to = spec.commandLine().getOut();
            if (format.isJson()) {
                to.println(report.json());
            } else {
                ScoreText.print(report, to);
            }
        }
    }

    private Fault.Handling faults() {
        return skipBad ? Fault.Handling.SKIP : Fault.Handling.REFUSE;
    }

    private void requireTarget() {
        if (out == null) {
            return;
        }
        if (!isCsv(out) && !isJson(out)) {
            throw new IllegalArgumentException("out: must end in .csv or .json, not '" + out + "'");
        }
        new OutputNames(out, 1).requireWritable();
    }

    private void write(String csv, ObjectNode json) throws IOException {
        if (out != null) {
            String text = isCsv(out) ? csv : json.toPrettyString() + "\n";
            WholeFile.write(out, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Writes the scores into the run that is scored, and sums it up; null for a plain folder. */
    private @Nullable Map<String, Estimate> keep(ScoreReport report, Scorer scorer) throws IOException {
        RunFolder run = scored.run();
        if (run == null) {
            return null;
        }
        Path file = run.scores(report.metric());
        Files.createDirectories(file.toAbsolutePath().getParent());
        ScoreReport own = report.within(run.images());
        WholeFile.write(file, own.csv().getBytes(StandardCharsets.UTF_8));
        if (scorer instanceof SuiteScore suite) {
            WholeFile.write(
                    file.resolveSibling(SuiteScore.FILE),
                    suite.jsonl(own.rows()).getBytes(StandardCharsets.UTF_8));
        }
        return Report.estimates(run, report.metric());
    }

    /** The same with the mean of the run in place of that of the pictures, and with its categories. */
    private static ObjectNode summed(ObjectNode json, Map<String, Estimate> summary) {
        ObjectNode categories = json.objectNode();
        summary.forEach((category, estimate) -> {
            boolean isAll = category.equals(Report.ALL);
            ObjectNode to = isAll ? json : categories.putObject(category).put("scored", estimate.pictures());
            Bootstrap mean = estimate.value();
            to.putPOJO("mean", mean == null ? null : mean.mean());
            to.putPOJO("interval_95", mean == null ? null : mean.interval());
        });
        return json.set("categories", categories);
    }

    private static boolean isCsv(Path file) {
        return file.toString().endsWith(".csv");
    }

    private static boolean isJson(Path file) {
        return file.toString().endsWith(".json");
    }

    private void print(ScoreReport report, @Nullable Map<String, Estimate> summary) {
        PrintWriter to = spec.commandLine().getOut();
        if (format.isJson()) {
            to.println(summary == null ? report.summary() : summed(report.summary(), summary));
        } else {
            ScoreText.print(report, summary, to);
        }
    }

    /** What pictures are compared with, by the metrics that compare. */
    static final class ReferenceOptions {
        private static final long SEED = 0;

        @Option(names = "--reference", paramLabel = "DIR")
        private @Nullable Path reference;

        @Option(names = "--kid-subset-size", paramLabel = "N")
        private @Nullable Integer subsetSize;

        /**
         * The folder, null for a metric that compares nothing.
         *
         * @throws IllegalArgumentException if an option is missing, or has no meaning for the metric
         */
        @Nullable
        Path folder(Metric metric, @Nullable Path prompts) {
            if (metric.hasReference() != (reference != null)) {
                throw new IllegalArgumentException(
                        reference == null
                                ? "reference: is missing; " + metric + " compares pictures with those of another folder"
                                : "reference: only " + Metric.comparing() + " have one; leave it out for " + metric);
            }
            if (metric.hasReference() && prompts != null) {
                throw new IllegalArgumentException("prompts: " + metric + " does not use prompts; leave them out");
            }
            if (metric != Metric.KID && subsetSize != null) {
                throw new IllegalArgumentException("kid-subset-size: only kid has subsets; leave it out for " + metric);
            }
            return reference;
        }

        /** What KID is computed by; null for FID. */
        @Nullable
        KernelDistance kernel(Metric metric) {
            int size = subsetSize == null ? KernelDistance.SIZE : subsetSize;
            return metric == Metric.FID ? null : new KernelDistance(KernelDistance.SUBSETS, size, SEED);
        }
    }

    /** Which metric, and what computes it. */
    static final class MetricOptions {
        @Option(names = "--metric", required = true, paramLabel = "M")
        private String metric = "";

        @Option(names = "--metric-model", paramLabel = "PATH")
        private @Nullable Path model;

        @Option(names = "--metric-head", paramLabel = "F")
        private @Nullable Path head;

        @Option(names = "--device", paramLabel = "D")
        private String device = "auto";

        @Option(names = "--threads", paramLabel = "T")
        private @Nullable Integer threads;

        /** The metric; IllegalArgumentException if there is none of the name. */
        Metric chosen() {
            return Metric.named(metric);
        }

        /**
         * The metric with what computes it.
         *
         * @param run that is scored; null for a plain folder
         * @throws IllegalArgumentException if an option is wrong, or missing
         */
        MetricModel model(@Nullable RunFolder run, Surroundings surroundings) {
            return new MetricModel(chosen(), model, head, run, this::device, new MetricModel.BundledJudges() {
                @Override
                public Path clip() throws IOException {
                    return EmojiJudge.clip(surroundings.cache());
                }

                @Override
                public Path detector() throws IOException {
                    return EmojiJudge.detector(surroundings.cache());
                }
            });
        }

        private Device device() {
            if (threads != null) {
                Libtorch.setThreads(threads);
            }
            return DeviceOptions.device(device);
        }
    }
}
