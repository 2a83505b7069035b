package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.batch.Shard;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code evaluate report}, {@code study} and {@code study-report} on two runs of eight prompts. */
class ReportCommandTest {
    private static final int PROMPTS = 8;

    @TempDir
    private Path temp;

    private Path baseline = Path.of("");
    private Path fast = Path.of("");
    private Path out = Path.of("");

    @BeforeEach
    void runs() throws IOException {
        baseline = run("baseline", 7, 2);
        fast = run("fast", 7, 1);
        out = temp.resolve("report");
    }

    /** A run whose pictures take {@code seconds} each and score as many. */
    private Path run(String plan, long seed, int seconds) throws IOException {
        RunFolder folder = new RunFolder(Files.createDirectory(temp.resolve(plan)));
        Files.createDirectory(folder.images());
        Files.createDirectory(folder.path().resolve("scores"));
        folder.write(new RunRecord(
                new RunRecord.PromptSet("prompts.jsonl", "0".repeat(64), PROMPTS),
                "emoji",
                "emoji-flux",
                plan,
                List.of("64x64, 20 of 20 steps"),
                20,
                seconds * 1e9,
                false,
                64,
                64,
                1,
                "float32",
                Map.of(),
                1,
                seed,
                1,
                "cpu",
                "0.1.0"));
        List<RunPicture> pictures = new ArrayList<>();
        StringBuilder scores = new StringBuilder("file,prompt,clip-score,missing\n");
        for (int i = 0; i < PROMPTS; i++) {
            pictures.add(new RunPicture(i + ".png", i, 0, seed, "counting", "prompt " + i, seconds));
            PngWriter.write(folder.images().resolve(i + ".png"), new Picture(1, 1, new byte[3]), Map.of());
            scores.append(i + ".png,prompt " + i + "," + seconds + ",\n");
        }
        folder.write(Shard.WHOLE, pictures);
        Files.writeString(folder.scores("clip-score"), scores);
        return folder.path();
    }

    @Test
    void report_twoRuns_printsTheTableAndWritesTheFolder() throws IOException {
        Cli.Result result = Cli.run("evaluate", "report", baseline, fast, "--out", out);
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(result.out().lines().toList())
                .containsExactly(
                        "plan      forwards         latency (s) ↓  GFLOPs ↓  FLOPs speed ↑     measured speed ↑"
                                + "            clip-score ↑",
                        "baseline        20  2.000 [2.000, 2.000]      2.00         1.00 ×               1.00 ×"
                                + "    2.000 [2.000, 2.000]",
                        "fast            20  1.000 [1.000, 1.000]      1.00         2.00 ×  2.00 × [2.00, 2.00]"
                                + "  1.000 [1.000, 1.000] ▼",
                        "written to " + out);
        assertThat(Cli.names(out))
                .containsExactly(
                        "clip-score.png", "index.html", "report.csv", "report.json", "report.md", "report.tex");
    }

    @Test
    void report_otherReference_turnsTheComparisonAround() throws IOException {
        Cli.Result result = Cli.run("evaluate", "report", baseline, fast, "--reference", fast, "--out", out);
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(result.out()).contains("0.50 × [0.50, 0.50]", "2.000 [2.000, 2.000] ▲");
        Cli.Result unknown = Cli.run("evaluate", "report", baseline, "--reference", fast, "--out", out);
        assertThat(unknown.code()).isEqualTo(ExitCode.USAGE);
        assertThat(unknown.errLines())
                .containsExactly("bottleneck4j: reference: " + fast + " is none of the runs; name it among them");
    }

    @Test
    void report_pictureMissing_isRefusedOrListed() throws IOException {
        Files.delete(fast.resolve("images").resolve("3.png"));
        Cli.Result refused = Cli.run("evaluate", "report", baseline, fast, "--out", out);
        assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.errLines())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("bottleneck4j: " + fast + ": 3.png: is listed, and is not in ")
                .endsWith("--skip-bad leaves such pictures out and lists them");
        assertThat(out).doesNotExist();
        Cli.Result skipped = Cli.run("evaluate", "report", baseline, fast, "--out", out, "--skip-bad");
        assertThat(skipped.code()).as(skipped.err()).isEqualTo(ExitCode.OK);
        assertThat(skipped.out()).contains("n 7 of 8");
        assertThat(Files.readString(out.resolve("report.md"))).contains("| fast | 3.png | is listed, and is not in ");
    }

    @Test
    void report_runsThatCannotBeCompared_areRefused() throws IOException {
        Path other = run("other", 8, 1);
        Cli.Result result = Cli.run("evaluate", "report", baseline, other, "--out", out);
        assertThat(result.code()).isEqualTo(ExitCode.USAGE);
        assertThat(result.err()).contains("has seed 7, and " + other + " has seed 8");
        assertThat(Cli.run("evaluate", "report", temp, "--out", out).err())
                .contains("run.json: is missing; name a folder that 'evaluate generate' made");
        assertThat(Cli.run("evaluate", "report", "--out", out).code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void study_fromPageToTable_saysWhatWasAnswered() throws IOException {
        Path page = temp.resolve("study.html");
        Cli.Result made = Cli.run("evaluate", "study", baseline, fast, "--questions", 4, "--seed", 1, "--out", page);
        assertThat(made.code()).as(made.err()).isEqualTo(ExitCode.OK);
        assertThat(made.out()).contains(page + ": 4 questions, study ").contains("do not give it to participants");
        assertThat(Files.readString(page)).contains("data:image/png;base64,").doesNotContain("baseline");
        Path key = temp.resolve("study.key.json");
        String id = Files.readString(key).replaceAll("(?s).*\"study\" : \"([0-9a-f]+)\".*", "$1");
        Path answers = Files.writeString(
                temp.resolve("answers.json"),
                "{\"format\": \"bottleneck4j study answers 1\", \"study\": \"" + id
                        + "\", \"session\": \"s\", \"participant\": \"\", \"answers\": [{\"question\": 1, \"aspect\":"
                        + " \"overall\", \"answer\": \"same\"}]}");
        Cli.Result report = Cli.run("evaluate", "study-report", "--key", key, answers, "--out", out);
        assertThat(report.code()).as(report.err()).isEqualTo(ExitCode.OK);
        assertThat(report.out()).contains("overall  baseline  fast", "100 % [21, 100]", "written to " + out);
        assertThat(Cli.names(out)).containsExactly("study.csv", "study.json", "study.md", "study.tex");
        Cli.Result twice = Cli.run("evaluate", "study-report", "--key", key, answers, answers, "--out", out);
        assertThat(twice.code()).isEqualTo(ExitCode.USAGE);
        assertThat(twice.err()).contains("are of one participant's session; leave out the older one");
    }

    @Test
    void study_wrongOptions_sayWhatIsWrong() throws IOException {
        Path page = temp.resolve("study.html");
        assertThat(Cli.run("evaluate", "study", baseline, fast, "--out", temp.resolve("study.txt"))
                        .err())
                .contains("out: must end in .html");
        assertThat(Cli.run("evaluate", "study", baseline, fast, "--questions", 9, "--out", page)
                        .err())
                .contains("questions: 9 of baseline and fast need as many pictures that both have, there are 8");
        assertThat(Cli.run("evaluate", "study", baseline, fast, "--aspect", "taste", "--out", page)
                        .err())
                .contains("aspect: 'taste' is unknown; use one of overall, quality, prompt");
        assertThat(Cli.run("evaluate", "study", baseline, fast, "--out", temp.resolve("none/study.html"))
                        .err())
                .contains("is missing; create it first");
        assertThat(page).doesNotExist();
    }
}
