package io.bottleneck4j.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.eval.document.Csv;
import io.bottleneck4j.eval.run.RunPicture.Slot;
import io.bottleneck4j.models.media.PngReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportFolderTest {
    @TempDir
    private Path temp;

    private Path out = Path.of("");

    @BeforeEach
    void name() {
        out = temp.resolve("report");
    }

    private Report report() throws IOException {
        ScoredRuns runs = new ScoredRuns(temp, 20, 2);
        Entry baseline = runs.score(runs.write("baseline", 4e12, slot -> 2), "suite", slot -> 1);
        baseline = runs.score(baseline, "clip-score", slot -> 30 + slot.sample());
        Entry fast = runs.score(
                runs.write("x<2>_fast", 1e12, slot -> 1), "suite", slot -> slot.promptIndex() % 3 == 0 ? 0 : 1);
        fast = runs.score(fast, "clip-score", slot -> slot.equals(new Slot(3, 1)) ? Double.NaN : 29.5 + slot.sample());
        return Report.of(new Entrants(List.of(baseline, fast), baseline));
    }

    private String written(String name) throws IOException {
        ReportFolder.open(out).write(report());
        return Files.readString(out.resolve(name));
    }

    @Test
    void markdown_hasARowForEachPlanWithIntervalsAndMarks() throws IOException {
        String markdown = written("report.md");
        assertThat(markdown)
                .startsWith("# Plans of emoji-flux on emoji\n")
                .contains("| plan | forwards | latency (s) ↓ | TFLOPs ↓ | FLOPs speed ↑ | measured speed ↑ |"
                        + " clip-score ↑ | suite ↑ |\n")
                .contains("| baseline | 20 | 2.000 [2.000, 2.000] | 4.00 | 1.00 × | 1.00 × | 30.50 [30.50, 30.50] |"
                        + " 1.000 [1.000, 1.000] |\n")
                .contains("| x\\<2\\>\\_fast | 20 | 1.000 [1.000, 1.000] | 1.00 | 4.00 × | 2.00 × [2.00, 2.00] |")
                .contains("| 29.99 [29.96, 30.00] n 39 of 40 ▼ |")
                .contains("n is how many a mean has")
                .contains("of suite the mean of the categories' means")
                .contains("## suite by category\n", "## Differences to baseline\n", "## What is missing\n")
                .contains("| x\\<2\\>\\_fast | 3-1.png | has no clip-score: cannot be read |\n")
                .contains("![suite against seconds](suite.png)");
    }

    @Test
    void latex_isBalancedAndEscaped() throws IOException {
        String latex = written("report.tex");
        assertThat(latex)
                .startsWith("% needs \\usepackage{booktabs,amssymb}\n")
                .contains("\\begin{tabular}{lrrrrrrr}\n\\toprule\nplan & forwards & latency (s) $\\downarrow$")
                .contains(
                        "x\\textless{}2\\textgreater{}\\_fast & 20 & 1.000 {\\scriptsize [1.000, 1.000]} & 1.00 & 4.00"
                                + " $\\times$")
                .contains("\\label{tab:main}")
                .doesNotContain("▼", "≈", "–");
        assertThat(count(latex, "\\begin{tabular}"))
                .isEqualTo(count(latex, "\\end{tabular}"))
                .isEqualTo(6);
    }

    private static int count(String text, String sought) {
        return text.split(Pattern.quote(sought), -1).length - 1;
    }

    @Test
    void csv_hasOneLineForEachNumber() throws IOException {
        List<List<String>> rows = Csv.rows(written("report.csv"));
        assertThat(rows).allMatch(row -> row.size() == rows.get(0).size());
        assertThat(rows).hasSize(1 + 2 * (5 + 2 * 3));
        List<String> suite = rows.stream()
                .filter(row -> row.get(0).equals("x<2>_fast")
                        && row.get(1).equals("suite")
                        && row.get(2).equals("counting"))
                .findFirst()
                .orElseThrow();
        assertThat(suite.subList(3, 6)).containsExactly("20", "20", "0.6");
        assertThat(suite.get(12)).as("4 of 10 prompts worse give p = .125").isEqualTo("no difference measured");
        assertThat(rows).noneMatch(row -> row.contains("NaN"));
    }

    @Test
    void json_saysWhatIsMissingAndHowItWasTested() throws IOException {
        JsonNode json = new ObjectMapper().readTree(written("report.json"));
        assertThat(json.get("whole").asBoolean()).isFalse();
        JsonNode fast = json.get("rows").get(1);
        assertThat(fast.get("missing").get(0).get("item").asText()).isEqualTo("3-1.png");
        JsonNode clip = fast.get("metrics").get("clip-score").get("overall");
        assertThat(clip.get("pictures").asInt()).isEqualTo(39);
        JsonNode test = clip.get("against_reference");
        assertThat(test.get("difference").get("value").asDouble()).isEqualTo(-0.5);
        assertThat(test.get("verdict").asText()).isEqualTo("worse");
        assertThat(test.get("pairs").asInt()).isEqualTo(39);
        assertThat(json.get("rows")
                        .get(0)
                        .get("metrics")
                        .get("suite")
                        .get("overall")
                        .has("against_reference"))
                .isFalse();
    }

    @Test
    void page_loadsNothingAndEscapesNames() throws IOException {
        String html = written("index.html");
        assertThat(html)
                .contains("<th scope=\"row\" class=\"words\">x&lt;2&gt;_fast</th>")
                .contains("<strong>Not complete:</strong>")
                .contains("<h2 id=\"missing\">")
                .doesNotContain("://");
        Matcher addresses = Pattern.compile("(?:src|href)=\"([^\"]*)\"").matcher(html);
        int pictures = 0;
        while (addresses.find()) {
            assertThat(addresses.group(1)).matches("#missing|data:image/png;base64,[A-Za-z0-9+/=]+");
            pictures += addresses.group(1).startsWith("data:") ? 1 : 0;
        }
        assertThat(pictures).isEqualTo(2);
    }

    @Test
    void write_again_replacesAndPlotsCanBeRead() throws IOException {
        written("report.md");
        String again = written("report.md");
        assertThat(again).contains("## The runs");
        assertThat(PngReader.read(out.resolve("suite.png")).width()).isEqualTo(960);
        try (var files = Files.list(out)) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())))
                    .containsExactlyInAnyOrder(
                            "report.md",
                            "report.csv",
                            "report.tex",
                            "report.json",
                            "index.html",
                            "suite.png",
                            "clip-score.png");
        }
    }

    @Test
    void open_foreignFiles_areNotReplaced() throws IOException {
        Files.createDirectory(out);
        Files.writeString(out.resolve("index.html"), "mine");
        assertThatThrownBy(() -> ReportFolder.open(out))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "out: " + out.resolve("index.html")
                                + " was not written by this command, and would be replaced; move it away, or name another folder");
        Files.writeString(out.resolve("report.json"), "{\"format\": \"another\"}");
        assertThatThrownBy(() -> ReportFolder.open(out)).hasMessageContaining("report.json was not written by");
        Files.writeString(out.resolve("report.json"), "{\"format\"");
        assertThatThrownBy(() -> ReportFolder.open(out)).hasMessageContaining("report.json was not written by");
    }

    @Test
    void open_aFile_isRefused() throws IOException {
        Files.writeString(out, "x");
        assertThatThrownBy(() -> ReportFolder.open(out))
                .hasMessage("out: " + out + " must be a folder, and is a file; name another folder");
        assertThatThrownBy(() -> ReportFolder.open(out.resolve("below"))).hasMessageContaining("cannot be made");
    }
}
