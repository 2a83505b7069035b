package io.bottleneck4j.spark;

import io.bottleneck4j.emojiflux.EmojiFlux;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.PictureBytes;
import io.bottleneck4j.pipeline.Pipeline;
import io.bottleneck4j.pipeline.Request;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** What tests share: a Spark in this process, prompts, a plan of few steps, and the library without Spark. */
final class Local {
    static final StructType PROMPTS = new StructType()
            .add("id", DataTypes.StringType)
            .add("prompt", DataTypes.StringType)
            .add("seed", DataTypes.LongType)
            .add("kind", DataTypes.StringType);

    private Local() {}

    /** Two tasks at once, each tried twice. */
    static SparkSession spark() {
        return SparkSession.builder()
                .master("local[2,2]")
                .appName("test")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "2")
                .getOrCreate();
    }

    /** A picture of 128 px in so many steps. */
    static String plan(Path folder, int steps) throws IOException {
        Path file = folder.resolve("steps-" + steps + ".yaml");
        Files.writeString(
                file, "stages:\n  - {width: 128, height: 128, steps: " + steps + ", strength: 1.0, shift: 3}\n");
        return file.toString();
    }

    /** Rows 0 to count - 1, in so many partitions; those of odd numbers have no seed. */
    static Dataset<Row> prompts(SparkSession spark, int count, int partitions) {
        List<Row> rows = IntStream.range(0, count)
                .mapToObj(i -> RowFactory.create(
                        "row-" + i, i % 3 == 0 ? "a red fox" : "a panda", i % 2 == 0 ? (long) i : null, "k" + i))
                .toList();
        return spark.createDataFrame(rows, PROMPTS).repartition(partitions);
    }

    /** What the library makes of rows, by id, with as many threads as a task has cores. */
    static Map<String, byte[]> alone(List<Row> rows, String plan) throws IOException {
        Libtorch.setThreads(1);
        Model model = Model.open("emoji-flux", ModelFolder.open(EmojiFlux.folder()));
        Map<String, byte[]> made = new TreeMap<>();
        try (Pipeline pipeline = model.pipeline(new Execution(Device.CPU, DType.FLOAT32))) {
            for (Row row : rows) {
                Request request = model.request(row.getAs("prompt"))
                        .seed(Long.parseLong(row.getAs("seed")))
                        .plan(Path.of(plan))
                        .build();
                made.put(
                        row.getAs("id"),
                        PictureBytes.make(pipeline, List.of(request), PictureBytes.PNG, List.of())
                                .get(0));
            }
        }
        return made;
    }
}
