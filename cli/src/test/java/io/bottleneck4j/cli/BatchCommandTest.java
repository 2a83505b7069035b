package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.pipeline.Cancellation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchCommandTest {
    @TempDir
    Path folder;

    private Path plan;

    @BeforeEach
    void plan() throws IOException {
        plan = Files.writeString(
                folder.resolve("tiny.yaml"),
                "stages:\n  - {width: 64, height: 32, steps: 1, strength: 1.0, shift: 1}\n");
    }

    private Path table(String text) throws IOException {
        return Files.writeString(folder.resolve("prompts.csv"), text);
    }

    private Cli.Result batch(Path table, Object... more) {
        List<Object> words = new ArrayList<>(
                List.of("batch", table, "-o", folder.resolve("out"), "--model", Cli.TINY, "--plan", plan));
        words.addAll(List.of(more));
        return Cli.run(words.toArray());
    }

    private long pictures() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("out/images"))) {
            return files.filter(file -> file.toString().endsWith(".png")).count();
        }
    }

    @Test
    void table_becomesPictures_andARunThatIsWholeSaysSo() throws IOException {
        Path table = table("id,prompt\na,a fox\nb,a cat\n");
        Cli.Result first = batch(table);
        assertThat(first.err()).isEmpty();
        assertThat(first.out()).contains("2 of 2 rows made, 2 of them now");
        assertThat(first.code()).isZero();
        assertThat(pictures()).isEqualTo(2);
        assertThat(batch(table).out()).contains("2 of 2 rows made, 0 of them now");
    }

    @Test
    void rowsThatFail_areTold_andTheExitCodeSaysSo() throws IOException {
        Cli.Result result = batch(table("id,prompt,true_cfg_scale\na,a fox,\nb,,\nc,a cat,0.5\n"), "--format", "json");
        assertThat(result.code()).isEqualTo(5);
        assertThat(result.err())
                .contains("warning: line 3: prompt: is empty or missing")
                .contains("warning: line 4, id 'c': true-cfg-scale: must be at least 1 (off), not 0.5");
        JsonNode json = new ObjectMapper().readTree(result.out());
        assertThat(json.get("made").asInt()).isEqualTo(1);
        assertThat(json.get("failed").asInt()).isEqualTo(1);
        assertThat(json.get("unreadable").asInt()).isEqualTo(1);
        assertThat(batch(table("id,prompt,true_cfg_scale\na,a fox,\nb,,\nc,a cat,0.5\n"))
                        .out())
                .contains("1 failed; --retry-failed tries them again. 1 could not be read. The errors are in ");
    }

    @Test
    void wrongCommands_areRefused_beforeAnyRow() throws IOException {
        Path table = table("id,prompt\na,a fox\n");
        assertThat(Cli.run("batch", table, "-o", folder.resolve("x"), "--plan", "no-plan")
                        .err())
                .contains("plan: 'no-plan' is neither a file nor a plan");
        assertThat(batch(table, "--shard", "3/2").err()).contains("shard: must be i/n");
        assertThat(batch(table, "--pack", "zip").err()).contains("pack: must be files, webdataset or parquet");
        assertThat(batch(table, "--file-type", "gif").err()).contains("file-type: must be png, jpg or webp");
        assertThat(batch(table, "--embeddings-gb", "-1").err()).contains("embeddings-gb: must be from 0");
        assertThat(batch(table, "--part-rows", "0").err()).contains("part-rows: must be at least 1");
        assertThat(batch(folder.resolve("none.csv")).err()).contains("none.csv does not exist");
        assertThat(batch(table("id,prompt\n")).err()).contains("holds no row");
        assertThat(pictures(folder.resolve("out"))).isZero();
    }

    private static long pictures(Path out) throws IOException {
        try (Stream<Path> files = Files.exists(out) ? Files.walk(out) : Stream.empty()) {
            return files.filter(file -> file.toString().endsWith(".png")).count();
        }
    }

    @Test
    void otherSettings_areRefused_inAFolderOfARun() throws IOException {
        Path table = table("id,prompt\na,a fox\n");
        batch(table);
        Cli.Result other = batch(table, "--seed", "4");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("is a run with other settings").contains("seed: none and 4");
    }

    @Test
    void cancelled_saysThatItGoesOn() throws IOException {
        Cancellation cancellation = new Cancellation();
        cancellation.request();
        Cli.Result result = Cli.run(
                cancellation,
                Map.of(),
                "batch",
                table("id,prompt\na,a fox\n"),
                "-o",
                folder.resolve("out"),
                "--model",
                Cli.TINY,
                "--plan",
                plan);
        assertThat(result.code()).isEqualTo(130);
        assertThat(result.err()).contains("what was made stays; the same command continues");
    }

    @Test
    void jpegs_ofAnotherModelInARow_andPacked() throws IOException {
        Path table = table("id,prompt,model\na,a fox,\nb,a cat," + Cli.TINY + "\n");
        Cli.Result result = batch(table, "--file-type", "jpg", "--quality", "80", "--pack", "parquet");
        assertThat(result.code()).isZero();
        assertThat(folder.resolve("out/parts/part-00000.parquet")).exists();
    }
}
