package io.bottleneck4j.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.trim;
import static org.apache.spark.sql.functions.when;

import io.bottleneck4j.batch.Batch;
import io.bottleneck4j.batch.PromptRow;
import io.bottleneck4j.models.media.WholeFile;
import io.bottleneck4j.pipeline.FailureKind;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A table of prompts to Parquet files of pictures: what {@code spark-submit --class io.bottleneck4j.spark.BatchJob} runs. */
@API(status = API.Status.EXPERIMENTAL)
@Command(
        name = "spark-submit --class io.bottleneck4j.spark.BatchJob ...",
        resourceBundle = "io.bottleneck4j.spark.help",
        abbreviateSynopsis = true,
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class BatchJob implements Callable<Integer> {
    /** By these rows are sorted in a file, so that plans, LoRAs and prompts that are alike come together. */
    private static final List<String> ALIKE =
            List.of("model", "lora", "plan", "width", "height", "frames", "negative_prompt", "prompt");

    private static final String CORRUPT = "_corrupt_record";
    private static final int LONGEST = 600;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--prompts", required = true, paramLabel = "TABLE")
    private String prompts = "";

    @Option(names = "--format", paramLabel = "F")
    private @Nullable String format;

    @Option(
            names = {"-o", "--out"},
            required = true,
            paramLabel = "DIR")
    private String out = "";

    @Option(names = "--model", paramLabel = "M")
    private String model = "emoji-flux";

    @Option(names = "--part-rows", paramLabel = "N")
    private int partRows = 64;

    @Option(names = "--plan", paramLabel = "P")
    private @Nullable String plan;

    @Option(names = "--width", paramLabel = "W")
    private @Nullable Integer width;

    @Option(names = "--height", paramLabel = "H")
    private @Nullable Integer height;

    @Option(names = "--frames", paramLabel = "F")
    private @Nullable Integer frames;

    @Option(names = "--fps", paramLabel = "N")
    private @Nullable Integer fps;

    @Option(names = "--guidance", paramLabel = "G")
    private @Nullable Double guidance;

    @Option(names = "--true-cfg-scale", paramLabel = "G")
    private @Nullable Double trueCfgScale;

    @Option(names = "--negative-prompt", paramLabel = "T")
    private @Nullable String negativePrompt;

    @Option(names = "--max-sequence-length", paramLabel = "N")
    private @Nullable Integer maxSequenceLength;

    @Option(names = "--seed", paramLabel = "S")
    private @Nullable BigInteger seed;

    @Option(names = "--lora", paramLabel = "F[:S]")
    private List<String> loras = List.of();

    @Option(names = "--dtype", paramLabel = "D")
    private @Nullable String dtype;

    @Option(names = "--quantize", paramLabel = "Q")
    private @Nullable String quantization;

    @Option(names = "--file-type", paramLabel = "T")
    private @Nullable String fileType;

    @Option(names = "--quality", paramLabel = "Q")
    private @Nullable Integer quality;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            hidden = true)
    @SuppressWarnings("UnusedVariable") // picocli asks for it
    private boolean help;

    private BatchJob() {}

    /** Runs the job, and ends the process with the exit codes of {@code bottleneck4j batch} where something failed. */
    public static void main(String[] args) {
        int code = command().execute(args);
        if (code != 0) {
            System.exit(code);
        }
    }

    /** The job as a command; a failure is told in one line. */
    static CommandLine command() {
        return new CommandLine(new BatchJob()).setExecutionExceptionHandler((failure, command, parsed) -> {
            Throwable cause = cause(failure);
            String said = WholeFile.message(cause).lines().findFirst().orElse(""); // Spark goes on for pages
            command.getErr().println("error: " + (said.length() > LONGEST ? said.substring(0, LONGEST) + "..." : said));
            return kind(cause).exitCode();
        });
    }

    /** What a task said, else what Spark said. */
    private static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof SparkException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static FailureKind kind(Throwable failure) {
        FailureKind kind = FailureKind.of(failure);
        return kind == FailureKind.OTHER && failure.getCause() != null ? kind(failure.getCause()) : kind;
    }

    @Override
    public Integer call() throws IOException {
        if (partRows < 1) {
            throw new IllegalArgumentException("part-rows: must be at least 1, not " + partRows);
        }
        Pictures pictures = pictures();
        String read = format();
        SparkSession spark =
                SparkSession.builder().appName("bottleneck4j " + out).getOrCreate();
        try {
            return run(spark, pictures, read);
        } finally {
            spark.stop();
        }
    }

    private int run(SparkSession spark, Pictures pictures, String read) throws IOException {
        long start = System.nanoTime();
        requireNew(spark);
        Dataset<Row> table = table(spark, read);
        pictures.generate(table); // refuses what is wrong before any row is read
        Column id = col(Arrays.stream(table.columns())
                .filter(column -> PromptRow.column(column).equals("id"))
                .findFirst()
                .orElseThrow());
        long rows = requireOnce(table, id);
        int parts = Math.toIntExact((rows + partRows - 1) / partRows);
        Column[] alike = ALIKE.stream()
                .filter(List.of(table.columns())::contains)
                .map(functions::col)
                .toArray(Column[]::new);
        // by id, so that a task that is tried again finds the same rows
        Dataset<Row> made = pictures.generate(table.repartition(parts, id).sortWithinPartitions(alike));
        made.write()
                .mode(SaveMode.ErrorIfExists)
                .option("compression", "uncompressed") // pictures are compressed already
                .option("parquet.page.size.row.check.min", "4") // rows are large
                .parquet(out);
        Map<Boolean, Long> counts = new HashMap<>();
        for (Row row : spark.read()
                .parquet(out)
                .groupBy(col("error").isNull())
                .agg(count("*"))
                .collectAsList()) {
            counts.put(row.getBoolean(0), row.getLong(1));
        }
        long failed = counts.getOrDefault(false, 0L);
        spec.commandLine()
                .getOut()
                .println(String.format(
                        Locale.ROOT,
                        "%s: %d of %d rows made, in %d files, in %.1f s%s",
                        out,
                        counts.getOrDefault(true, 0L),
                        rows,
                        parts,
                        (System.nanoTime() - start) / 1e9,
                        failed == 0 ? "" : "; the column error says what is wrong with the other " + failed));
        return failed == 0 ? 0 : Batch.PARTIAL_EXIT;
    }

    private void requireNew(SparkSession spark) throws IOException {
        Path folder = new Path(out);
        if (folder.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(folder)) {
            throw new IllegalArgumentException("out: " + out + " is there already; name a new folder");
        }
    }

    private Pictures pictures() {
        Pictures pictures = Pictures.of(model);
        if (plan != null) {
            pictures.plan(plan);
        }
        if (width != null) {
            pictures.width(width);
        }
        if (height != null) {
            pictures.height(height);
        }
        if (frames != null) {
            pictures.frames(frames);
        }
        if (fps != null) {
            pictures.fps(fps);
        }
        if (guidance != null) {
            pictures.guidance(guidance);
        }
        if (trueCfgScale != null) {
            pictures.trueCfgScale(trueCfgScale);
        }
        if (negativePrompt != null) {
            pictures.negativePrompt(negativePrompt);
        }
        if (maxSequenceLength != null) {
            pictures.maxSequenceLength(maxSequenceLength);
        }
        if (seed != null) {
            pictures.seed(PromptRow.requireSeed(seed));
        }
        loras.forEach(pictures::lora);
        if (dtype != null) {
            pictures.dtype(dtype);
        }
        if (quantization != null) {
            pictures.quantize(quantization);
        }
        if (fileType != null) {
            pictures.fileType(fileType);
        }
        if (quality != null) {
            pictures.quality(quality);
        }
        return pictures;
    }

    private String format() {
        String name = prompts.toLowerCase(Locale.ROOT).replaceAll("(\\.gz)?/*$", "");
        String word = format != null ? format : name.substring(name.lastIndexOf('.') + 1);
        return switch (word) {
            case "csv", "tsv", "jsonl", "parquet" -> word;
            default ->
                throw new IllegalArgumentException(
                        format != null
                                ? "format: must be csv, tsv, jsonl or parquet, not '" + format + "'"
                                : "prompts: must end in .csv, .tsv, .jsonl or .parquet, not '" + prompts
                                        + "'; name another table, or say it with --format");
        };
    }

    /** The table, all cells of texts as they are written; lines that cannot be read are in a column of their own. */
    private Dataset<Row> table(SparkSession spark, String read) {
        spark.conf().set("spark.sql.columnNameOfCorruptRecord", CORRUPT);
        DataFrameReader reader = spark.read();
        if (read.equals("parquet")) {
            return reader.parquet(prompts);
        }
        if (read.equals("jsonl")) {
            return withCorrupt(reader.option("primitivesAsString", "true"), DataFrameReader::json);
        }
        return withCorrupt(
                reader.option("header", "true")
                        .option("sep", read.equals("tsv") ? "\t" : ",")
                        .option("quote", "\"")
                        .option("escape", "\"") // as RFC 4180 has it
                        .option("multiLine", "true"),
                DataFrameReader::csv);
    }

    private Dataset<Row> withCorrupt(DataFrameReader reader, BiFunction<DataFrameReader, String, Dataset<Row>> read) {
        List<StructField> fields = new ArrayList<>();
        for (StructField field : read.apply(reader, prompts).schema().fields()) {
            if (!field.name().equals(CORRUPT)) {
                fields.add(field);
            }
        }
        fields.add(DataTypes.createStructField(CORRUPT, DataTypes.StringType, true));
        return read.apply(reader.schema(new StructType(fields.toArray(StructField[]::new))), prompts);
    }

    /**
     * How many rows there are.
     *
     * @throws IllegalArgumentException if there is none, or one id of several
     */
    private long requireOnce(Dataset<Row> table, Column id) {
        Dataset<Row> ids =
                table.groupBy(trim(id.cast("string")).as("id")).agg(count("*").as("rows"));
        Row all = ids.agg(sum("rows"), max(when(col("id").isNotNull(), col("rows"))))
                .head();
        if (all.isNullAt(0)) {
            throw new IllegalArgumentException("prompts: " + prompts + " holds no row; name another table");
        }
        if (!all.isNullAt(1) && all.getLong(1) > 1) {
            Row twice = ids.where(col("id").isNotNull().and(col("rows").gt(1)))
                    .orderBy("id")
                    .head();
            throw new IllegalArgumentException("prompts: " + prompts + ": id '" + twice.get(0) + "' is that of "
                    + twice.get(1) + " rows; give each its own, as pictures are found by it");
        }
        return all.getLong(0);
    }
}
