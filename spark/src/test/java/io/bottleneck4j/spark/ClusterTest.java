package io.bottleneck4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real cluster of two workers, one of which is lost or slow in the middle of a job. */
@Tag("slow")
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class ClusterTest {
    private static final int ROWS = 48;
    private static final int PART_ROWS = 4;

    @TempDir
    private Path folder;

    private List<String> args(int steps) throws IOException {
        List<String> lines = new ArrayList<>(List.of("id,prompt,kind"));
        for (int i = 0; i < ROWS; i++) {
            lines.add("row-" + i + "," + (i % 3 == 0 ? "a red fox" : "a panda") + ",k" + i);
        }
        Path csv = Files.write(folder.resolve("prompts.csv"), lines);
        return List.of(
                "--prompts",
                csv.toString(),
                "--out",
                out().toString(),
                "--plan",
                Local.plan(folder, steps),
                "--part-rows",
                String.valueOf(PART_ROWS));
    }

    private Path out() {
        return folder.resolve("made");
    }

    /** Tasks whose files Spark took. */
    private long committed() throws IOException {
        Path tasks = out().resolve("_temporary").resolve("0");
        if (!Files.isDirectory(tasks)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(tasks)) {
            return files.filter(it -> String.valueOf(it.getFileName()).startsWith("task_"))
                    .count();
        }
    }

    private void awaitCommitted(Cluster cluster, Process job, long count) throws IOException {
        while (committed() < count) {
            assertThat(job.isAlive()).as(() -> said(cluster, job)).isTrue();
            Cluster.pause();
        }
    }

    private static String said(Cluster cluster, Process process) {
        try {
            return cluster.said(process);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void requireAllOnce(int steps) throws IOException {
        SparkSession spark = Local.spark();
        try {
            List<Row> rows = spark.read().parquet(out().toString()).collectAsList();
            assertThat(rows).hasSize(ROWS);
            assertThat(rows).allMatch(row -> row.<String>getAs("error") == null);
            Map<String, byte[]> images = new TreeMap<>();
            rows.forEach(row -> images.put(row.getAs("id"), row.getAs("image")));
            assertThat(images).hasSize(ROWS);
            Local.alone(rows, Local.plan(folder, steps))
                    .forEach((id, bytes) -> assertThat(images.get(id)).as(id).isEqualTo(bytes));
        } finally {
            spark.stop();
        }
    }

    @Test
    void workerThatIsLost_costsNoRow_andDoublesNone() throws Exception {
        try (Cluster cluster = new Cluster(Files.createDirectories(folder.resolve("spark")))) {
            cluster.worker("127.0.0.1");
            Process lost = cluster.worker("127.0.0.2");
            Process job = cluster.submit(List.of(), args(4));
            awaitCommitted(cluster, job, 3);
            assertThat(Cluster.executors(lost)).isNotEmpty();
            Cluster.kill(lost);
            assertThat(job.waitFor()).as(() -> said(cluster, job)).isZero();
            assertThat(said(cluster, job)).contains("Lost executor", "48 of 48 rows made, in 12 files");
        }
        requireAllOnce(4);
    }

    @Test
    void workerThatIsSlow_isOvertaken_andItsResultsAreNotTakenTwice() throws Exception {
        try (Cluster cluster = new Cluster(Files.createDirectories(folder.resolve("spark")))) {
            cluster.worker("127.0.0.1");
            Process slow = cluster.worker("127.0.0.2");
            Process job = cluster.submit(
                    List.of(
                            "spark.speculation=true",
                            "spark.speculation.quantile=0.3",
                            "spark.speculation.minTaskRuntime=1s"),
                    args(4));
            awaitCommitted(cluster, job, 2);
            List<ProcessHandle> executors = Cluster.executors(slow);
            while (!job.waitFor(50, TimeUnit.MILLISECONDS)) { // it runs a twentieth of the time
                signal("-STOP", executors);
                Thread.sleep(950);
                signal("-CONT", executors);
            }
            assertThat(job.exitValue()).as(() -> said(cluster, job)).isZero();
            assertThat(said(cluster, job))
                    .contains("as speculatable")
                    .containsPattern("Killing attempt 0 for task .* as the attempt 1 succeeded")
                    .contains("48 of 48 rows made");
        }
        requireAllOnce(4);
    }

    /** To processes that may have ended meanwhile. */
    private static void signal(String signal, List<ProcessHandle> processes) throws Exception {
        for (ProcessHandle process : processes) {
            new ProcessBuilder("kill", signal, String.valueOf(process.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        }
    }
}
