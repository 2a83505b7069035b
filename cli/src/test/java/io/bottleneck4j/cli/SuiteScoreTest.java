package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.batch.Shard;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.eval.run.RunScores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundled judges on pictures that the bundled model made: docs/gallery. */
class SuiteScoreTest {
    private static final Path GALLERY = Path.of("..", "docs", "gallery");
    /** Of the first four pictures what is right, then three untruths of the second. */
    private static final List<String> TRUTHS = List.of(
            "a strawberry, 3d style|single_object|strawberry|",
            "a rocket on a blue background, 3d style|colours|rocket|blue",
            "a hamburger on a yellow background, noto style|colours|hamburger|yellow",
            "a fox on a green background, flat style|single_object|fox|green",
            "a rocket on a pink background|colours|rocket|pink",
            "a whale on a blue background|single_object|whale|blue",
            "two rockets|counting|rocket|");

    private static final List<Integer> SHOWN = List.of(0, 1, 2, 3, 1, 1, 1);

    @TempDir
    private Path temp;

    @Test
    void suite_rightAndWrongPictures_areToldApartByCategory() throws IOException {
        RunFolder run = run();
        Cli.Result result = Cli.run("evaluate", "score", "--metric", "suite", "--run", run.path());
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(scores(run, "suite").scores().values()).containsExactly(1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0);
        // two of three colours, no counting, two of three single objects: the mean of these
        assertThat(result.out().lines())
                .satisfiesExactly(
                        all -> assertThat(all).startsWith("suite  0.4444  [").endsWith("]  7 pictures"),
                        one -> assertThat(one).startsWith("  colours  0.6667  ["),
                        one -> assertThat(one).startsWith("  counting  0.0000  [0.0000, 0.0000]  1 pictures"),
                        one -> assertThat(one).startsWith("  single_object  0.6667  ["));
        assertThat(Files.readAllLines(run.scores("suite").resolveSibling("suite.jsonl")))
                .hasSize(7)
                .anySatisfy(line -> assertThat(line)
                        .contains("\"category\":\"colours\",\"correct\":false")
                        .contains("must have a pink background, has a blue one"))
                .anySatisfy(line -> assertThat(line).contains("must show whale, shows 1 rocket"))
                .anySatisfy(line -> assertThat(line).contains("must show 2 rocket alone, shows 1 rocket"));
    }

    @Test
    void background_ofPromptsThatNameOne_leavesTheOthersOut() throws IOException {
        RunFolder run = run();
        Cli.Result result = Cli.run("evaluate", "score", "--metric", "background", "--run", run.path());
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(result.out())
                .startsWith("background  0.8000  [")
                .endsWith("not asked: 2 pictures, whose prompts name no background" + System.lineSeparator());
        assertThat(scores(run, "background").unasked()).containsExactly("0.png", "6.png");
        Cli.Result json =
                Cli.run("evaluate", "score", "--metric", "background", "--run", run.path(), "--format", "json");
        assertThat(json.out()).contains("\"not_asked\":2", "\"categories\":{\"colours\":{\"scored\":3");
        Cli.Result report = Cli.run("evaluate", "report", run.path(), "--out", temp.resolve("report"));
        assertThat(report.code()).as(report.err()).isEqualTo(ExitCode.OK);
    }

    @Test
    void clipScore_ofTheBundledClip_isHigherForTheRightPrompt() throws IOException {
        RunFolder run = run();
        Cli.Result result =
                Cli.run("evaluate", "score", "--metric", "clip-score", "--metric-model", "emoji", "--run", run.path());
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        Map<String, Double> scores = scores(run, "clip-score").scores();
        double right = Objects.requireNonNull(scores.get("1.png"));
        assertThat(scores.get("4.png")).isLessThan(right);
        assertThat(scores.get("5.png")).isLessThan(right);
    }

    @Test
    void suite_withoutWhatItNeeds_saysWhat() throws IOException {
        assertThat(Cli.run("evaluate", "score", "--metric", "suite", "--pictures", GALLERY)
                        .err())
                .contains("run: is missing; suite must know what pictures should show");
        RunFolder run = run();
        assertThat(Cli.run(
                                "evaluate",
                                "score",
                                "--metric",
                                "background",
                                "--metric-model",
                                "emoji",
                                "--run",
                                run.path())
                        .err())
                .contains("metric-model: background looks at pixels alone; leave it out");
        assertThat(Cli.run("evaluate", "score", "--metric", "hpsv2", "--metric-model", "emoji", "--run", run.path())
                        .err())
                .contains("metric-model: emoji is a small CLIP and a detector");
        assertThat(Cli.run("evaluate", "score", "--metric", "clip-score", "--run", run.path())
                        .err())
                .contains("metric-model: is missing; clip-score needs one");
        Files.writeString(run.prompts(), Files.readString(run.prompts()) + "\n");
        assertThat(Cli.run("evaluate", "score", "--metric", "suite", "--run", run.path())
                        .err())
                .contains("prompts.jsonl: is not the emoji.jsonl that the run was drawn from: its SHA-256 is");
        run.write(record("geneval", "0".repeat(64)));
        assertThat(Cli.run("evaluate", "score", "--metric", "suite", "--run", run.path())
                        .err())
                .contains("is of geneval, which does not say what a detector is to find; give a run of emoji");
        run.write(record("emoji", "0".repeat(64)));
        Files.delete(run.prompts());
        assertThat(Cli.run("evaluate", "score", "--metric", "suite", "--run", run.path())
                        .err())
                .contains("prompts.jsonl: is missing; the suite judges runs of 'evaluate generate --benchmark emoji'");
    }

    private static RunScores scores(RunFolder run, String metric) throws IOException {
        return Objects.requireNonNull(run.scores().get(metric));
    }

    private RunFolder run() throws IOException {
        RunFolder run = new RunFolder(Files.createDirectory(temp.resolve("run")));
        Files.createDirectories(run.images());
        StringBuilder lines = new StringBuilder();
        List<RunPicture> pictures = new ArrayList<>();
        for (int i = 0; i < TRUTHS.size(); i++) {
            String[] words = TRUTHS.get(i).split("\\|", -1);
            String background = words[3].isEmpty() ? "" : ", \"background\": \"" + words[3] + "\"";
            lines.append(
                    "{\"prompt\": \"%s\", \"category\": \"%s\", \"include\": [{\"label\": \"%s\", \"count\": %s}]%s}\n"
                            .formatted(words[0], words[1], words[2], words[1].equals("counting") ? 2 : 1, background));
            Files.copy(
                    GALLERY.resolve("bottleneck-000" + SHOWN.get(i) + ".png"),
                    run.images().resolve(i + ".png"));
            pictures.add(new RunPicture(i + ".png", i, 0, 1, words[1], words[0], .5));
        }
        Files.writeString(run.prompts(), lines);
        run.write(record("emoji", sha256(run.prompts())));
        run.write(Shard.WHOLE, pictures);
        return run;
    }

    private static RunRecord record(String benchmark, String sha256) {
        return new RunRecord(
                new RunRecord.PromptSet("emoji.jsonl", sha256, TRUTHS.size()),
                benchmark,
                "emoji-flux",
                "x2",
                List.of("256x256, 2 of 2 steps"),
                2,
                1e9,
                false,
                256,
                256,
                1,
                "bfloat16",
                Map.of(),
                1,
                1,
                1,
                "cpu, 1 thread",
                "0.1.0");
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
