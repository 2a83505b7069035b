package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.batch.Shard;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.eval.run.RunFolder;
import io.bottleneck4j.eval.run.RunPicture;
import io.bottleneck4j.eval.run.RunRecord;
import io.bottleneck4j.eval.run.RunScores;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code evaluate score --run}: pictures of a run, scored into it. */
class RunScoreTest {
    private static final Path CLIP = Cli.FOLDERS.resolve("clip-a");
    private static final List<String> PROMPTS = List.of("a red fox", "two owls");

    @TempDir
    private Path temp;

    @Test
    void score_ofARun_isWrittenIntoItByTheFilesOfItsTable() throws IOException {
        RunFolder run = run("x2", 1, 4);
        Cli.Result result = score(run, "clip-cosine");
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(result.out()).startsWith("clip-cosine  ").contains("]  4 pictures");
        RunScores scores = scores(run, "clip-cosine");
        assertThat(scores.scores().keySet()).containsExactly("0/0.png", "0/1.png", "1/0.png", "1/1.png");
        assertThat(scores.missing()).isEmpty();
        assertThat(Files.readAllLines(run.scores("clip-cosine")).get(3)).startsWith("1/0.png,two owls,");
    }

    @Test
    void score_ofAnUnfinishedRun_isRefusedOrListsWhatIsMissing() throws IOException {
        RunFolder run = run("x2", 1, 3);
        Files.write(run.images().resolve("0/1.png"), new byte[] {1, 2, 3});
        Cli.Result refused = score(run, "clip-cosine");
        assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.errLines())
                .containsExactly("bottleneck4j: sample 1 of prompt 1: was not made; 'evaluate generate' continues the"
                        + " run; --skip-bad leaves such pictures out and lists them");
        assertThat(run.scores()).isEmpty();
        Cli.Result skipped = score(run, "clip-cosine", "--skip-bad");
        assertThat(skipped.code()).as(skipped.err()).isEqualTo(ExitCode.OK);
        RunScores scores = scores(run, "clip-cosine");
        assertThat(scores.scores()).containsOnlyKeys("0/0.png", "1/0.png");
        assertThat(scores.missing()).containsOnlyKeys("0/1.png", "sample 1 of prompt 1");
    }

    @Test
    void score_ofARunWithAReference_comparesPicturesOfOnePromptAndSeed() throws IOException {
        RunFolder baseline = run("baseline", 1, 4);
        RunFolder same = run("same", 1, 4);
        Cli.Result result = lpips(same, baseline);
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(scores(same, "lpips").scores().values()).allMatch(score -> Math.abs(score) < 1e-6);
        RunFolder other = run("other", 2, 4);
        assertThat(lpips(other, baseline).err())
                .contains("reference: ", "'a red fox' with seed 2", "'a red fox' with seed 1 in its place");
    }

    @Test
    void score_optionsThatDoNotGoTogether_areNamed() throws IOException {
        RunFolder run = run("x2", 1, 4);
        assertThat(score(run, "clip-cosine", "--pictures", temp).err())
                .contains("run: takes the place of --pictures; give only one of them");
        assertThat(score(run, "clip-cosine", "--prompts", temp).err())
                .contains("prompts: a run knows its own; leave them out with --run");
        assertThat(score(run, "clip-cosine", "--per-prompt", 2).err()).contains("which a run does not use");
        assertThat(Cli.run("evaluate", "score", "--metric", "clip-score", "--metric-model", CLIP)
                        .err())
                .contains("pictures: are missing; give a folder with --pictures, or a run with --run");
        assertThat(score(new RunFolder(temp.resolve("none")), "clip-cosine").err())
                .contains("run.json: is missing; name a folder that 'evaluate generate' made");
    }

    private static RunScores scores(RunFolder run, String metric) throws IOException {
        return Objects.requireNonNull(run.scores().get(metric));
    }

    private static Cli.Result score(RunFolder run, String metric, Object... more) {
        List<Object> words = new ArrayList<>(
                List.of("evaluate", "score", "--metric", metric, "--metric-model", CLIP, "--run", run.path()));
        words.addAll(List.of(more));
        return Cli.run(words.toArray());
    }

    private static Cli.Result lpips(RunFolder run, RunFolder reference) {
        Path model = Cli.FOLDERS.resolveSibling("vision").resolve("lpips-alex.safetensors");
        return Cli.run(
                "evaluate",
                "score",
                "--metric",
                "lpips",
                "--metric-model",
                model,
                "--run",
                run.path(),
                "--reference",
                reference.path());
    }

    /** Two prompts, two samples of each, of which the first {@code made} are there. */
    private RunFolder run(String plan, long seed, int made) throws IOException {
        RunFolder run = new RunFolder(Files.createDirectory(temp.resolve(plan)));
        run.write(new RunRecord(
                new RunRecord.PromptSet("prompts.jsonl", "0".repeat(64), 2),
                "geneval",
                "emoji-flux",
                plan,
                List.of("64x64, 2 of 2 steps"),
                2,
                1e9,
                false,
                64,
                64,
                1,
                "float32",
                Map.of(),
                2,
                seed,
                1,
                "cpu, 1 thread",
                "0.1.0"));
        List<RunPicture> pictures = new ArrayList<>();
        for (int i = 0; i < made; i++) {
            String file = i / 2 + "/" + i % 2 + ".png";
            Path path = run.images().resolve(file);
            Files.createDirectories(path.getParent());
            PngWriter.write(path, noise(i), Map.of());
            pictures.add(new RunPicture(file, i / 2, i % 2, seed + i % 2, "colours", PROMPTS.get(i / 2), .5));
        }
        run.write(Shard.WHOLE, pictures);
        return run;
    }

    private static Picture noise(int seed) {
        byte[] rgb = new byte[64 * 64 * 3];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) random.nextInt(256);
        }
        return new Picture(64, 64, rgb);
    }
}
