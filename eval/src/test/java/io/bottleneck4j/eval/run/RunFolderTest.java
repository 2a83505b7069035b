package io.bottleneck4j.eval.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.batch.Shard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunFolderTest {
    @TempDir
    private Path path;

    private RunFolder run;

    @BeforeEach
    void open() {
        run = new RunFolder(path);
    }

    @Test
    void record_writtenAndRead_isEqual() throws IOException {
        assertThat(run.isBegun()).isFalse();
        run.write(Runs.record("x2", 3, 4));
        assertThat(run.isBegun()).isTrue();
        assertThat(run.record()).isEqualTo(Runs.record("x2", 3, 4));
        assertThat(run.record().expected()).isEqualTo(12);
    }

    @Test
    void pictures_ofTwoShards_areReadInOrderOfPrompts() throws IOException {
        run.write(new Shard(1, 2), List.of(Runs.picture(2, 0), Runs.picture(0, 1), Runs.picture(0, 0)));
        run.write(new Shard(2, 2), List.of(Runs.picture(1, 0)));
        assertThat(path.resolve("pictures-2-of-2.csv")).exists();
        assertThat(run.pictures())
                .containsExactly(Runs.picture(0, 0), Runs.picture(0, 1), Runs.picture(1, 0), Runs.picture(2, 0));
        assertThat(run.pictures(new Shard(2, 2))).containsExactly(Runs.picture(1, 0));
    }

    @Test
    void missing_picturesThatNoTableLists_areNamed() throws IOException {
        run.write(Runs.record("x2", 2, 2));
        run.write(Shard.WHOLE, List.of(Runs.picture(0, 0), Runs.picture(1, 0)));
        assertThat(run.missing()).containsExactly(new RunPicture.Slot(0, 1), new RunPicture.Slot(1, 1));
        assertThat(run.missing().get(0)).hasToString("sample 1 of prompt 0");
    }

    @Test
    void missing_pictureBeyondTheRun_isRefused() throws IOException {
        run.write(Runs.record("x2", 2, 2));
        run.write(Shard.WHOLE, List.of(Runs.picture(2, 0)));
        assertThatThrownBy(run::missing)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("00002/samples/0000.png")
                .hasMessageContaining("the run has 2 prompts");
    }

    @Test
    void pictures_listedByTwoShards_areRefusedByName() throws IOException {
        run.write(new Shard(1, 2), List.of(Runs.picture(0, 0)));
        run.write(new Shard(2, 2), List.of(Runs.picture(0, 0)));
        assertThatThrownBy(run::pictures)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(path.resolve("pictures-2-of-2.csv") + ": 00000/samples/0000.png")
                .hasMessageContaining("twice");
    }

    @Test
    void pictures_ofACutTable_areRefusedByRow() throws IOException {
        run.write(Shard.WHOLE, List.of(Runs.picture(0, 0), Runs.picture(0, 1)));
        Path table = path.resolve("pictures.csv");
        String whole = Files.readString(table);
        Files.writeString(table, whole.substring(0, whole.length() - 3));
        assertThatThrownBy(run::pictures)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(table + ": is cut off in row 3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.png,x,0,7,,a,1.5\n", "a.png,0,0,7,,a,0\n", "a.png,0,-1,7,,a,1\n", "a.png,0,0\n"})
    void pictures_ofAWrongLine_areRefusedByRow(String line) throws IOException {
        Path table = path.resolve("pictures.csv");
        Files.writeString(table, "file,prompt_index,sample,seed,category,prompt,seconds\n" + line);
        assertThatThrownBy(run::pictures)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(table + ": row 2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"format\"|is cut off",
                "{}|is no 'bottleneck4j evaluation run 1'",
                "{\"format\":\"bottleneck4j evaluation run 1\"}|has no 'prompts'",
            })
    void record_ofADamagedFile_isRefusedByName(String text, String says) throws IOException {
        Path file = Files.writeString(path.resolve("run.json"), text);
        assertThatThrownBy(run::record)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + ": " + says);
    }

    @Test
    void record_ofACacheThatDecides_saysAtMost() throws IOException {
        run.write(Runs.record("x2", 3, 4));
        assertThat(run.record().forwardsAreAtMost()).isFalse();
        assertThat(run.record().atMost("20")).isEqualTo("20");
        Path file = path.resolve("run.json");
        assertThat(Files.readString(file)).doesNotContain("at_most");
        Files.writeString(
                file,
                Files.readString(file).replace("\"forwards\" :", "\"forwards_are_at_most\" : true,\n  \"forwards\" :"));
        assertThat(run.record().atMost("20")).isEqualTo("at most 20");
        run.write(run.record());
        assertThat(Files.readString(file)).contains("\"forwards_are_at_most\" : true");
    }

    @ParameterizedTest
    @CsvSource({
        "\"forwards\" : 20, \"forwards\" : 0",
        "\"samples\" : 4, \"samples\" : 1.5",
        "\"seed\" : 7, \"seed\" : \"x\""
    })
    void record_ofAWrongNumber_isRefusedByName(String right, String wrong) throws IOException {
        run.write(Runs.record("x2", 3, 4));
        Path file = path.resolve("run.json");
        Files.writeString(file, Files.readString(file).replace(right, wrong));
        assertThatThrownBy(run::record)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + ": ");
    }

    @Test
    void record_ofNoRun_isRefusedWithARemedy() {
        assertThatThrownBy(run::record)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("run.json: is missing; name a folder that 'evaluate generate' made");
    }

    @Test
    void differences_ofTwoPlans_nameThem() {
        RunRecord one = Runs.record("x2", 3, 4);
        assertThat(one.differences(one)).isEmpty();
        assertThat(one.differences(Runs.record("x3", 3, 2))).containsExactly("plan: x2 and x3", "samples: 4 and 2");
    }

    @Test
    void scores_ofTwoMetrics_areReadByName() throws IOException {
        Files.createDirectory(path.resolve("scores"));
        Files.writeString(
                run.scores("clip-score"), "file,prompt,clip-score,missing\na.png,\"x, y\",25.5,\nb.png,,,is cut off\n");
        Files.writeString(run.scores("aesthetic"), "file,prompt,aesthetic,missing\na.png,x,5,\n");
        assertThat(run.scores().keySet()).containsExactly("aesthetic", "clip-score");
        assertThat(run.scores().get("clip-score"))
                .isEqualTo(new RunScores("clip-score", Map.of("a.png", 25.5), Map.of("b.png", "is cut off"), Set.of()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.png,x,NaN,\n", "a.png,x,,\n", "a.png,x,1,\na.png,x,1,\n", "a.png,x,1\n"})
    void scores_ofAWrongLine_areRefusedByRow(String lines) throws IOException {
        Files.createDirectory(path.resolve("scores"));
        Files.writeString(run.scores("psnr"), "file,prompt,psnr,missing\n" + lines);
        assertThatThrownBy(run::scores)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(run.scores("psnr") + ": row ");
    }
}
