package io.bottleneck4j.spark;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.emojiflux.EmojiFlux;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.JobListener;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.torch.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.SparkException;
import org.apache.spark.SparkFiles;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class PicturesTest {
    @TempDir
    static Path folder;

    private static SparkSession spark;
    private static String two;

    @BeforeAll
    static void start() throws IOException {
        spark = Local.spark();
        two = Local.plan(folder, 2);
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static Map<String, Row> byId(Dataset<Row> made) {
        Map<String, Row> rows = new TreeMap<>();
        for (Row row : made.collectAsList()) {
            assertThat(rows.put(row.getAs("id"), row)).as(row.toString()).isNull();
        }
        return rows;
    }

    private static Pictures pictures() {
        return Pictures.of("emoji-flux").plan(two);
    }

    @Test
    void rows_becomeTheBytesThatTheLibraryMakes_inTheirOrder() throws IOException {
        Dataset<Row> prompts = Local.prompts(spark, 6, 2);
        List<Row> made = pictures().generate(prompts).collectAsList();
        List<Row> asked = prompts.collectAsList();
        assertThat(made).hasSize(6);
        Map<String, byte[]> alone = Local.alone(made, two);
        for (int i = 0; i < 6; i++) {
            Row row = made.get(i);
            assertThat(row.<String>getAs("error")).isNull();
            assertThat(row.<String>getAs("id")).isEqualTo(asked.get(i).getAs("id"));
            long seed = Long.parseLong(row.getAs("seed"));
            Long given = asked.get(i).getAs("seed");
            if (given != null) {
                assertThat(seed).isEqualTo(given);
            }
            byte[] image = row.getAs("image");
            assertThat(image).isEqualTo(alone.get(row.<String>getAs("id")));
            assertThat(row.<String>getAs("media_type")).isEqualTo("image/png");
            assertThat(row.<Integer>getAs("width")).isEqualTo(128);
            assertThat(row.<Double>getAs("seconds")).isPositive();
            assertThat(row.getJavaMap(row.fieldIndex("extra")))
                    .isEqualTo(Map.of("kind", asked.get(i).getAs("kind")));
            Path file = folder.resolve("picture.png");
            Files.write(file, image);
            assertThat(Objects.requireNonNull(Settings.read(file, Model.Kind.PICTURE))
                            .toJson())
                    .isEqualTo(row.<String>getAs("settings"));
        }
        assertThat(ExecutorModels.HERE.loaded()).isEqualTo(1);
    }

    @Test
    void columns_areThoseOfTheBatchCommandsParquet_andTheError() throws ReflectiveOperationException {
        Class<?> parquet = Class.forName("io.bottleneck4j.batch.Packing$Columns");
        Map<Class<?>, String> types = new HashMap<>(Map.of(
                String.class,
                "string",
                int.class,
                "int",
                Integer.class,
                "int",
                double.class,
                "double",
                Map.class,
                "map<string,string>"));
        List<String> theirs = new ArrayList<>(Arrays.stream(parquet.getRecordComponents())
                .map(it -> it.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT) + " "
                        + types.getOrDefault(it.getType(), "binary"))
                .toList());
        theirs.add("error string");
        assertThat(Arrays.stream(Pictures.schema().fields())
                        .map((StructField it) -> it.name() + " " + it.dataType().simpleString()))
                .isEqualTo(theirs);
    }

    @Test
    void rowsThatAreWrong_haveTheirError_andTheOthersAreMade() {
        Dataset<Row> prompts = spark.createDataFrame(
                        List.of(
                                RowFactory.create("a", "a fox", "seven", "x", null),
                                RowFactory.create("b", " ", null, "y", null),
                                RowFactory.create(null, "a fox", null, null, null),
                                RowFactory.create("d", "a fox", "7", null, "/no/picture.png"),
                                RowFactory.create("e", "a fox", "7", null, null)),
                        new StructType()
                                .add("id", DataTypes.StringType)
                                .add("prompt", DataTypes.StringType)
                                .add("seed", DataTypes.StringType)
                                .add("kind", DataTypes.StringType)
                                .add("init_image", DataTypes.StringType))
                .coalesce(1);
        List<Row> made = pictures().generate(prompts).collectAsList();
        assertThat(made.stream().map(row -> row.<String>getAs("error")).toList())
                .satisfiesExactly(
                        error -> assertThat(error).startsWith("seed: must be a whole number"),
                        error -> assertThat(error).startsWith("prompt: is empty"),
                        error -> assertThat(error).startsWith("id: is empty"),
                        error -> assertThat(error).contains("/no/picture.png"),
                        error -> assertThat(error).isNull());
        assertThat(made.get(0).<String>getAs("prompt")).isEqualTo("a fox");
        assertThat(made.get(0).getJavaMap(made.get(0).fieldIndex("extra"))).isEqualTo(Map.of("kind", "x"));
        assertThat(made.get(0).<byte[]>getAs("image")).isNull();
        assertThat(made.get(4).<byte[]>getAs("image")).isNotEmpty();
    }

    /** Fails a task's first attempt behind two rows that were made. */
    private static Dataset<Row> failingOnce(Dataset<Row> made) {
        MapPartitionsFunction<Row, Row> failing = rows -> new Iterator<>() {
            private int seen;

            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public Row next() {
                if (++seen == 3 && TaskContext.get().attemptNumber() == 0) {
                    throw new IllegalStateException("the first attempt fails");
                }
                return rows.next();
            }
        };
        return made.mapPartitions(failing, Encoders.row(Pictures.schema()));
    }

    @Test
    void taskThatIsTriedAgain_leavesEachRowOnce_withTheSameBytes() {
        Dataset<Row> prompts = Local.prompts(spark, 8, 2);
        Map<String, Row> plain = byId(pictures().generate(prompts));
        String out = folder.resolve("retried").toString();
        failingOnce(pictures().generate(prompts)).write().parquet(out);
        Map<String, Row> again = byId(spark.read().parquet(out));
        assertThat(again.keySet()).isEqualTo(plain.keySet()).hasSize(8);
        again.forEach((id, row) -> assertThat(row.<byte[]>getAs("image"))
                .as(id)
                .isEqualTo(Objects.requireNonNull(plain.get(id)).<byte[]>getAs("image")));
    }

    @Test
    void secondModel_takesThePlaceOfTheFirst_andRowsMayNameTheirs() throws IOException {
        String other = EmojiFlux.folder().toString();
        Dataset<Row> prompts =
                Local.prompts(spark, 4, 1).withColumn("model", when(col("seed").isNull(), lit(other)));
        List<Row> made = pictures().generate(prompts).collectAsList();
        assertThat(made).allMatch(row -> row.<String>getAs("error") == null);
        assertThat(made.stream().map(row -> row.<String>getAs("model"))).containsOnly("emoji-flux", other);
        assertThat(ExecutorModels.HERE.loaded()).isEqualTo(1);
    }

    @Test
    void modelThatIsNowhere_failsTheJob_withItsNameAndMachine() {
        Dataset<Row> made = Pictures.of("/no/such/model").generate(Local.prompts(spark, 2, 1));
        assertThatThrownBy(made::collectAsList)
                .isInstanceOf(SparkException.class)
                .hasRootCauseMessage("model: there is no '/no/such/model' on " + ModelPlace.host()
                        + "; every executor must read it: name a folder of a disk that all machines share, or send it"
                        + " with --archives and name its folder there, or use the bundled emoji-flux");
    }

    @Test
    void optionsThatAreWrong_areRefusedBeforeAnyTask() {
        Dataset<Row> prompts = Local.prompts(spark, 2, 1);
        assertThatThrownBy(() -> Pictures.of("emoji-flux").dtype("int7"))
                .hasMessage("dtype: must be auto, float32, bfloat16 or float16, not 'int7'");
        assertThatThrownBy(() -> Pictures.of("emoji-flux").quantize("int7"))
                .hasMessageStartingWith("quantize: must be");
        assertThatThrownBy(() -> Pictures.of("emoji-flux").fileType("gif"))
                .hasMessage("file-type: must be png, jpg or webp, not 'gif'");
        assertThatThrownBy(() -> Pictures.of("emoji-flux").quality(101)).hasMessageContaining("not 101");
        assertThatThrownBy(() -> Pictures.of("emoji-flux").plan("x99").generate(prompts))
                .hasMessageContaining("x99");
        assertThatThrownBy(() -> Pictures.of("emoji-flux").size(100, 100).generate(prompts))
                .hasMessageContaining("100");
        assertThatThrownBy(() -> Pictures.of("emoji-flux").fileType("mp4").generate(prompts))
                .hasMessageContaining("makes pictures");
    }

    @Test
    void columnsThatAreWrong_areRefusedBeforeAnyTask() {
        Dataset<Row> prompts = Local.prompts(spark, 2, 1);
        assertThatThrownBy(() -> pictures().generate(prompts.drop("id")))
                .hasMessageStartingWith("column 'id': is missing, the columns are prompt, seed, kind; give each row");
        assertThatThrownBy(() -> pictures().generate(prompts.drop("prompt"))).hasMessageContaining("'prompt'");
        assertThatThrownBy(() -> pictures()
                        .generate(prompts.withColumnRenamed("kind", "caption").drop("prompt")))
                .hasMessageContaining("is called 'prompt' here");
        assertThatThrownBy(() -> pictures().generate(prompts.withColumn("at", struct(col("seed")))))
                .hasMessage("column 'at': must hold texts, numbers, truth values or lists of texts, not"
                        + " struct<seed:bigint>; cast it to a string, or drop it");
        assertThatThrownBy(() -> pictures().generate(prompts.withColumn("Prompt ", lit("a"))))
                .hasMessageContaining("is there twice");
        pictures().generate(prompts.withColumn("tags", array(lit("a"))));
    }

    @Test
    void jobThatIsCancelled_stopsInItsPicture_andLeavesTheModelToTheNext() throws Exception {
        String long_ = Local.plan(folder, 5000);
        Dataset<Row> prompts = Local.prompts(spark, 2, 1);
        Thread job = new Thread(() -> {
            spark.sparkContext().setJobGroup("cancelled", "a picture of minutes", false);
            assertThatThrownBy(() -> Pictures.of("emoji-flux")
                            .plan(long_)
                            .generate(prompts)
                            .collectAsList())
                    .isInstanceOf(SparkException.class);
        });
        job.start();
        while (temporary() == 0) {
            Thread.sleep(50);
        }
        Thread.sleep(1000);
        spark.sparkContext().cancelJobGroup("cancelled");
        job.join();
        while (temporary() > 0) { // as the task ends; the test's limit is less than the picture would take
            Thread.sleep(50);
        }
        assertThat(pictures().generate(prompts).collectAsList()).hasSize(2);
    }

    private static long temporary() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(SparkFiles.getRootDirectory()))) {
            return files.count();
        }
    }

    @Test
    void model_isHeldForOneTaskAtATime_andFreedWhenNobodyUsesIt() throws Exception {
        ExecutorModels models = new ExecutorModels(Duration.ofMillis(1));
        PictureOptions options = new PictureOptions(
                "emoji-flux",
                null,
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
        JobListener nobody = new JobListener() {};
        Cancellation first = new Cancellation();
        try (ExecutorModels.Lease lease = models.lease("emoji-flux", options, Device.CPU, 1, folder, first, nobody)) {
            assertThat(lease.pipeline().model().name()).isEqualTo("emoji-flux");
            Cancellation second = new Cancellation();
            Runnable ended = models.watch(() -> true, second); // Spark kills the task that waits
            assertThat(CompletableFuture.supplyAsync(
                            () -> models.lease("emoji-flux", options, Device.CPU, 1, folder, second, nobody)))
                    .failsWithin(Duration.ofMinutes(1))
                    .withThrowableThat()
                    .withMessageContaining("cancelled before its turn came");
            ended.run();
            assertThat(models.loaded()).isEqualTo(1);
        }
        while (models.loaded() > 0) {
            Thread.sleep(20);
        }
    }

    @Test
    void gpu_isTheOneThatSparkGives() {
        assertThat(RowsOfPartition.device(Map.of("gpu", new ResourceInformation("gpu", new String[] {"3"}))))
                .isEqualTo(new Device(Device.Kind.CUDA, 3));
        assertThatThrownBy(() ->
                        RowsOfPartition.device(Map.of("gpu", new ResourceInformation("gpu", new String[] {"GPU-5b"}))))
                .hasMessageStartingWith("gpu: the address must be a number");
    }
}
