package io.bottleneck4j.cli.batch;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.bottleneck4j.batch.Batch;
import io.bottleneck4j.batch.FileTypes;
import io.bottleneck4j.batch.Packing;
import io.bottleneck4j.batch.PromptTable;
import io.bottleneck4j.batch.RowDefaults;
import io.bottleneck4j.batch.Shard;
import io.bottleneck4j.cli.options.GuidanceOptions;
import io.bottleneck4j.cli.options.ModelChoice;
import io.bottleneck4j.cli.options.RunOptions;
import io.bottleneck4j.cli.options.Seeds;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.options.VideoOptions;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Failures;
import io.bottleneck4j.cli.terminal.Format;
import io.bottleneck4j.cli.terminal.Notes;
import io.bottleneck4j.cli.terminal.Progress;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.KeptLatentsException;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.PromptStore;
import io.bottleneck4j.torch.SystemMemory;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code batch}: a table of prompts to a folder of pictures or videos. */
@Command(name = "batch", sortOptions = false, abbreviateSynopsis = true, footerHeading = "%nExamples:%n")
public final class BatchCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "TABLE", descriptionKey = "table")
    private Path prompts = Path.of("");

    @ArgGroup(validate = false, multiplicity = "1", order = 1, heading = "%nRun:%n")
    private RunFolderOptions options = new RunFolderOptions();

    @ArgGroup(validate = false, order = 2, heading = "%nDefaults for rows whose own cells are empty:%n")
    private RowOptions rows = new RowOptions();

    @ArgGroup(validate = false, order = 3, heading = "%nGuidance for rows whose own cells are empty:%n")
    private GuidanceOptions guidance = new GuidanceOptions();

    @ArgGroup(validate = false, order = 4, heading = "%nModel:%n")
    private RunOptions running = new RunOptions();

    @ArgGroup(validate = false, order = 5, heading = "%nVideo:%n")
    private VideoOptions video = new VideoOptions();

    @Mixin
    private Format.Choice format = new Format.Choice();

    /** Where the pictures go, and which are made. */
    static final class RunFolderOptions {
        @Option(
                names = {"-o", "--out"},
                required = true,
                paramLabel = "DIR")
        Path out = Path.of("");

        @Option(names = "--shard", paramLabel = "I/N")
        String shard = Shard.WHOLE.toString();

        @Option(names = "--retry-failed")
        boolean retryFailed;

        @Option(names = "--strict")
        boolean strict;

        @Option(names = "--file-type", paramLabel = "T")
        @Nullable
        String fileType;

        @Option(names = "--quality", paramLabel = "Q")
        @Nullable
        Integer quality;

        @Option(names = "--pack", paramLabel = "P")
        String pack = Packing.FILES.toString();

        @Option(names = "--part-rows", paramLabel = "N")
        int partRows = 1000;

        @Option(names = "--embeddings", paramLabel = "DIR")
        @Nullable
        Path embeddings;

        @Option(names = "--embeddings-gb", paramLabel = "GB")
        double embeddingsGb = 10;

        @Nullable
        PromptStore store() {
            if (!(embeddingsGb >= 0 && embeddingsGb <= 1e6)) {
                throw new IllegalArgumentException(
                        "embeddings-gb: must be from 0 (none) to 1000000, not " + embeddingsGb);
            }
            Path folder = embeddings == null ? out.resolve("embeddings") : embeddings;
            return embeddingsGb == 0 ? null : new PromptStore(folder, Math.max(1, (long) (embeddingsGb * 1e9)));
        }
    }

    /** What a row may say too. */
    static final class RowOptions {
        @Option(names = "--plan", paramLabel = "P")
        @Nullable
        String plan;

        @Option(names = "--width", paramLabel = "W")
        @Nullable
        Integer width;

        @Option(names = "--height", paramLabel = "H")
        @Nullable
        Integer height;

        @Option(names = "--frames", paramLabel = "F")
        @Nullable
        Integer frames;

        @Option(names = "--seed", paramLabel = "S", converter = Seeds.Converter.class)
        @Nullable
        BigInteger seed;

        @Option(names = "--lora", paramLabel = "F[:S]")
        List<String> loras = List.of();

        /** A file in an option is one from here, one in a row lies beside the table. */
        private static String here(String file) {
            return Path.of(file).toAbsolutePath().toString();
        }

        @Nullable
        String plan() {
            String name = plan == null ? "" : plan.toLowerCase(Locale.ROOT);
            return plan != null && (name.endsWith(".yaml") || name.endsWith(".yml")) ? here(plan) : plan;
        }
    }

    public BatchCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        PrintWriter err = spec.commandLine().getErr();
        PromptTable table = PromptTable.of(prompts);
        Shard shard = Shard.parse(options.shard);
        Packing packing = Packing.parse(options.pack);
        RowDefaults defaults = defaults(table);
        String name = running.modelName(null);
        Model model = ModelChoice.find(name, surroundings);
        Batch.Options how = new Batch.Options(
                options.out,
                shard,
                defaults,
                facts(name),
                FileTypes.of(model, options.fileType),
                options.quality == null ? OptionalInt.empty() : OptionalInt.of(options.quality),
                packing,
                options.partRows,
                options.strict,
                options.retryFailed,
                options.store(),
                options.embeddings != null);
        try (BatchProgress progress = new BatchProgress(err, surroundings.terminal(), System::nanoTime)) {
            Batch batch = new Batch(
                    table,
                    how,
                    named -> open(named == null ? model : other(named, how.ending()), defaults, err),
                    surroundings.cancellation(),
                    List.of(progress));
            Batch.Summary summary = batch.run();
            print(summary, batch.results(), (System.nanoTime() - start) / 1e9);
            return summary.isWhole() ? ExitCode.OK : ExitCode.PARTIAL;
        } catch (IOException | IllegalStateException | KeptLatentsException e) {
            new Notes(err).note("what was made stays; the same command continues " + Failures.quoted(options.out));
            throw e;
        }
    }

    private RowDefaults defaults(PromptTable table) {
        return new RowDefaults(
                table.folder(),
                rows.plan(),
                rows.width,
                rows.height,
                rows.frames,
                video.fps,
                rows.loras.stream().map(RowOptions::here).toList(),
                rows.seed == null ? null : Seeds.first(rows.seed, 1, null),
                guidance.negativePrompt,
                guidance.guidance,
                guidance.trueCfgScale,
                guidance.maxSequenceLength);
    }

    private Map<String, String> facts(String model) {
        Map<String, String> facts = new TreeMap<>();
        facts.put("model", model);
        if (running.dtype != null) {
            facts.put("dtype", String.valueOf(running.dtype));
        }
        if (running.quantization != null) {
            facts.put("quantize", running.quantization.toString());
        }
        if (options.quality != null) {
            facts.put("quality", options.quality.toString());
        }
        return facts;
    }

    private Model other(String name, String ending) throws IOException {
        Model model = ModelChoice.find(name, surroundings);
        if ((model.kind() == Model.Kind.VIDEO) != FileTypes.isVideo(ending)) {
            throw new IllegalArgumentException("model: " + name + " makes "
                    + (FileTypes.isVideo(ending) ? "pictures, and the run videos" : "videos, and the run pictures")
                    + "; put its rows into a table of their own");
        }
        return model;
    }

    private Pipeline open(Model model, RowDefaults defaults, PrintWriter err) throws IOException {
        Notes notes = new Notes(err);
        defaults.requests(model, plan -> {}).requireSound();
        Execution execution = running.choose(model, null, surroundings, notes);
        Pipeline pipeline = model.pipeline(execution, running.residency(model, execution));
        pipeline.notes().forEach(notes::note);
        return pipeline;
    }

    private void print(Batch.Summary summary, Path results, double seconds) {
        PrintWriter out = spec.commandLine().getOut();
        long there = summary.made() + summary.passed();
        if (format.isJson()) {
            out.println(JsonNodeFactory.instance
                    .objectNode()
                    .put("out", options.out.toString())
                    .put("made", summary.made())
                    .put("made_before", summary.passed())
                    .put("made_again", summary.again())
                    .put("failed", summary.failed())
                    .put("unreadable", summary.unread())
                    .put("seconds", Math.round(seconds * 1000) / 1000.0)
                    .put("peak_rss_bytes", SystemMemory.peakResidentBytes()));
            return;
        }
        long all = there + summary.failed() + summary.unread();
        out.println(options.out + ": " + there + " of " + all + " rows made, " + summary.made() + " of them now in "
                + Progress.duration(seconds)
                + (summary.again() == 0 ? "" : ", " + summary.again() + " again because they were changed or damaged"));
        if (!summary.isWhole()) {
            out.println((summary.failed() == 0 ? "" : summary.failed() + " failed; --retry-failed tries them again. ")
                    + (summary.unread() == 0 ? "" : summary.unread() + " could not be read. ")
                    + "The errors are in " + results);
        }
    }
}
