package io.bottleneck4j.eval.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.eval.compare.Comparison.Made;
import io.bottleneck4j.eval.compare.ComparisonFolder.ForeignFileException;
import io.bottleneck4j.eval.document.Cell;
import io.bottleneck4j.eval.document.JsonFile;
import io.bottleneck4j.eval.metrics.Distance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComparisonTablesTest {
    @TempDir
    Path folder;

    @Test
    void json_holdsPicturesAndMedians() throws IOException {
        JsonNode json = new ObjectMapper().readTree(JsonFile.text(ComparisonTables.json(Comparisons.made(2, 2))));
        assertThat(json.get("reference").asText()).isEqualTo("baseline");
        assertThat(json.get("complete").asBoolean()).isTrue();
        assertThat(json.get("setup").get("threads").asText()).isEqualTo("2");
        assertThat(json.get("timing").asText()).contains("thrown away before the first picture");
        JsonNode fast = json.get("plans").get(1);
        assertThat(fast.get("forwards").asInt()).isEqualTo(8);
        assertThat(fast.get("flop_ratio").asDouble()).isEqualTo(4);
        assertThat(fast.get("medians").toString())
                .isEqualTo(
                        "{\"pictures\":2,\"seconds\":1.5,\"psnr\":20.5,\"ssim\":0.5,\"high_frequency_ratio\":0.75,\"flicker_ratio\":null}");
        assertThat(json.get("pictures")).hasSize(4);
        assertThat(json.get("pictures").get(1).toString())
                .isEqualTo("{\"plan\":\"fast\",\"prompt\":\"a <fox> &"
                        + " \\\"0\\\"\",\"seed\":4,\"file\":\"pictures/fast/0.png\","
                        + "\"previews\":[\"pictures/fast/0-stage-1.png\"],\"seconds\":1.0,\"forwards\":8,\"flops\":1.0E12,"
                        + "\"psnr\":20.0,\"ssim\":0.5,\"high_frequency_ratio\":0.75,\"flicker_ratio\":null}");
        assertThat(json.get("pictures").get(0).get("psnr").isNull()).isTrue();
    }

    @Test
    void json_equalPictures_haveInfinitePsnr() {
        Comparison comparison = Comparisons.empty(1);
        Made equal = new Made(
                comparison.subjects().get(0),
                "fast",
                "f.png",
                List.of(),
                1,
                null,
                new Distance(Double.POSITIVE_INFINITY, 1, Double.NaN, 1.25));
        JsonNode picture = ComparisonTables.json(comparison.with(List.of(equal)))
                .get("pictures")
                .get(0);
        assertThat(picture.get("psnr").asText()).isEqualTo("Infinity");
        assertThat(picture.get("high_frequency_ratio").isNull()).isTrue();
        assertThat(ComparisonTables.csv(comparison.with(List.of(equal)))).contains(",Infinity,1.0,,1.25\n");
    }

    @Test
    void seconds_ofAWrittenTable_areThoseOfItsPictures() throws IOException {
        Path file = folder.resolve("results.json");
        Files.writeString(file, JsonFile.text(ComparisonTables.json(Comparisons.made(2, 2))));
        assertThat(new ComparisonFolder(folder).seconds())
                .isEqualTo(Map.of(
                        "pictures/baseline/0.png", 2.0,
                        "pictures/baseline/1.png", 3.0,
                        "pictures/fast/0.png", 1.0,
                        "pictures/fast/1.png", 2.0));
        assertThat(new ComparisonFolder(folder.resolve("none")).seconds()).isEmpty();
    }

    /** Of 50 steps that a cache decides about, 28 and 31 ran. */
    @Test
    void tables_ofACacheThatDecides_showWhatRan() throws IOException {
        Comparison empty = Comparisons.empty(2);
        Comparison.Contender decides = new Comparison.Contender("easy", List.of("64x64"), 50, 5e12, true);
        Comparison nothing = new Comparison(
                "", List.of(), List.of(empty.contenders().get(0), decides), "baseline", empty.subjects(), List.of());
        assertThat(ComparisonTables.medians(nothing).rows().get(1).stream().map(Cell::text))
                .startsWith("easy", "at most 50", "at most 5.00 TFLOPs", "at most 1.25");
        List<Made> made = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            made.add(new Made(
                    empty.subjects().get(i),
                    "easy",
                    i + ".png",
                    List.of(),
                    1,
                    new Comparison.Work(28 + 3 * i, 2e12 + i * 2e12),
                    null));
        }
        Comparison comparison = nothing.with(made);
        assertThat(ComparisonTables.medians(comparison).rows().get(1).stream().map(Cell::text))
                .startsWith("easy", "29.5", "3.00 TFLOPs", "0.75");
        assertThat(ComparisonTables.csv(comparison))
                .contains(",1.0,28,2.0E12,2.0,", ",1.0,31,4.0E12,1.0,", "median,easy,,,,1.0,29.5,3.0E12,");
        JsonNode json = ComparisonTables.json(comparison);
        JsonNode plan = json.get("plans").get(1);
        assertThat(plan.get("forwards_are_at_most").asBoolean()).isTrue();
        assertThat(plan.get("forwards_run").asDouble()).isEqualTo(29.5);
        assertThat(json.get("pictures").get(1).get("forwards_run").asInt()).isEqualTo(31);
        Files.writeString(folder.resolve("results.json"), JsonFile.text(json));
        assertThat(new ComparisonFolder(folder).work())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "0.png", new Comparison.Work(28, 2e12),
                        "1.png", new Comparison.Work(31, 4e12)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[1]",
                "hello",
                "{\"format\": \"bottleneck4j comparison 0\"}",
                "{\"format\": \"bottleneck4j comparison 1\", \"pictures\": [{\"file\": \"a.png\"}]}",
                "{\"format\": \"bottleneck4j comparison 1\", \"pictures\": [{\"file\": \"a.png\", \"seconds\": -1}]}",
                "{\"format\": \"bottleneck4j comparison 1\", \"pictures\": [{\"file\""
            })
    void seconds_ofAForeignOrCutFile_isRefusedByName(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("results.json"), text);
        assertThatThrownBy(() -> new ComparisonFolder(folder).seconds())
                .isInstanceOf(ForeignFileException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageEndingWith("move it away, or name another folder with --out-dir");
    }

    @Test
    void csv_promptsWithCommasAndQuotes_areQuoted() {
        List<String> lines =
                ComparisonTables.csv(Comparisons.made(1, 1)).lines().toList();
        assertThat(lines)
                .containsExactly(
                        "row,plan,prompt,seed,file,seconds,forwards,flops,flop_ratio,psnr,ssim,high_frequency_ratio,"
                                + "flicker_ratio",
                        "picture,baseline,\"a <fox> & \"\"0\"\"\",4,pictures/baseline/0.png,2.0,30,4.0E12,1.0,,,,",
                        "picture,fast,\"a <fox> & \"\"0\"\"\",4,pictures/fast/0.png,1.0,8,1.0E12,4.0,20.0,0.5,0.75,",
                        "median,baseline,,,,2.0,30,4.0E12,1.0,,,,",
                        "median,fast,,,,1.0,8,1.0E12,4.0,20.0,0.5,0.75,");
    }
}
