package io.bottleneck4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Tag("slow")
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class BatchJobTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        SparkSession spark = Local.spark(); // the job takes this one, as it takes the one of spark-submit, and ends it
        try {
            CommandLine command = BatchJob.command();
            command.setOut(new PrintWriter(out, true));
            command.setErr(new PrintWriter(err, true));
            return command.execute(args);
        } finally {
            spark.stop();
        }
    }

    private Path table(String name, String... lines) throws IOException {
        return Files.write(folder.resolve(name), List.of(lines));
    }

    private Map<String, Row> made(String name) {
        SparkSession spark = Local.spark();
        Map<String, Row> rows = new TreeMap<>();
        for (Row row : spark.read().parquet(folder.resolve(name).toString()).collectAsList()) {
            assertThat(rows.put(String.valueOf(row.<String>getAs("id")), row)).isNull();
        }
        spark.stop();
        return rows;
    }

    private static String error(Map<String, Row> rows, String id) {
        Row row = rows.get(id);
        return row == null ? "no such row" : String.valueOf(row.<String>getAs("error"));
    }

    @Test
    void csv_becomesParquet_withAnErrorInEachRowThatIsWrong() throws IOException {
        Path csv = table(
                "prompts.csv",
                "id,prompt,seed,kind",
                "a,\"a \"\"red\"\", big",
                "fox\",1,x",
                "b,a panda,minus,y",
                "c,a panda",
                "d,a panda,,z");
        int code = run(
                "--prompts",
                csv.toString(),
                "--out",
                folder.resolve("made").toString(),
                "--plan",
                Local.plan(folder, 2),
                "--part-rows",
                "3");
        assertThat(err.toString()).isEmpty();
        assertThat(code).isEqualTo(5);
        assertThat(out.toString()).contains("2 of 4 rows made, in 2 files", "with the other 2");
        Map<String, Row> rows = made("made");
        assertThat(rows).containsOnlyKeys("a", "b", "c", "d");
        assertThat(error(rows, "a")).isEqualTo("null");
        assertThat(rows.get("a")).extracting(row -> row.<String>getAs("prompt")).isEqualTo("a \"red\", big\nfox");
        assertThat(error(rows, "b")).startsWith("seed: must be a whole number");
        assertThat(error(rows, "c"))
                .startsWith("line: has not the fields of the others")
                .contains("c,a panda");
        assertThat(error(rows, "d")).isEqualTo("null");
    }

    @Test
    void jsonLines_becomeParquet_inTheFileTypeAskedFor() throws IOException {
        Path jsonl = table(
                "prompts.jsonl",
                "{\"id\": 7, \"prompt\": \"a fox\", \"seed\": 18446744073709551615, \"lora\": []}",
                "{\"id\": \"broken\", ",
                "{\"id\": 8, \"prompt\": \"a fox\", \"tags\": [\"x\"]}");
        int code = run(
                "--prompts",
                jsonl.toString(),
                "--out",
                folder.resolve("made").toString(),
                "--plan",
                Local.plan(folder, 2),
                "--file-type",
                "jpg",
                "--quality",
                "80");
        assertThat(err.toString()).isEmpty();
        assertThat(code).isEqualTo(5);
        Map<String, Row> rows = made("made");
        assertThat(rows).containsOnlyKeys("7", "8", "null");
        assertThat(rows.get("7")).extracting(row -> row.<String>getAs("seed")).isEqualTo("18446744073709551615");
        assertThat(rows.get("8"))
                .extracting(row -> row.<String>getAs("media_type"))
                .isEqualTo("image/jpeg");
        assertThat(error(rows, "null")).contains("{\"id\": \"broken\"");
    }

    @Test
    void whatIsWrong_isToldInALine_beforeAnyPicture() throws IOException {
        Path csv = table("prompts.csv", "id,prompt", "a,a fox", "b,a fox", "a ,a panda");
        Path empty = table("empty.csv", "id,prompt");
        String to = folder.resolve("made").toString();
        List<String[]> wrong = new ArrayList<>();
        wrong.add(new String[] {"error: prompts: " + csv + ": id 'a' is that of 2 rows", csv.toString()});
        wrong.add(new String[] {"error: prompts: " + empty + " holds no row", empty.toString()});
        wrong.add(new String[] {"error: prompts: must end in .csv, .tsv, .jsonl or .parquet", "prompts.xlsx"});
        wrong.add(new String[] {"error: seed: must be a whole number", csv.toString(), "--seed", "-1"});
        wrong.add(new String[] {"error: plan", csv.toString(), "--plan", "x99"});
        for (String[] one : wrong) {
            List<String> args = new ArrayList<>(List.of("--out", to, "--prompts"));
            args.addAll(List.of(one).subList(1, one.length));
            err.getBuffer().setLength(0);
            assertThat(run(args.toArray(String[]::new))).as(one[0]).isEqualTo(2);
            assertThat(err.toString()).startsWith(one[0]).hasLineCount(1);
        }
        assertThat(Path.of(to)).doesNotExist();
        err.getBuffer().setLength(0);
        assertThat(run("--out", folder.toString(), "--prompts", csv.toString())).isEqualTo(2);
        assertThat(err.toString()).isEqualTo("error: out: " + folder + " is there already; name a new folder\n");
    }

    @Test
    void modelThatIsNowhere_isToldAsTheTaskToldIt() throws IOException {
        Path csv = table("prompts.csv", "id,prompt", "a,a fox");
        int code =
                run("--prompts", csv.toString(), "--out", folder.resolve("made").toString(), "--model", "/no/model");
        assertThat(code).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("error: model: '/no/model' cannot be opened on ")
                .contains("there is no '/no/model'", "every executor must read it")
                .hasLineCount(1);
    }
}
