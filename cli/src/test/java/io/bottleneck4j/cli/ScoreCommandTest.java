package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The golden pictures of clip-a, written as PNG files and scored; see tools/golden/make_clip.py. */
class ScoreCommandTest {
    private static final Path CLIP = Cli.FOLDERS.resolve("clip-a");
    private static final Path VISION = Cli.FOLDERS.resolveSibling("vision");

    @TempDir
    private Path temp;

    private Path pictures = Path.of("");
    private Path prompts = Path.of("");
    private float[] cosines = {};

    @BeforeEach
    void write() throws IOException {
        pictures = Files.createDirectory(temp.resolve("pictures"));
        prompts =
                Files.writeString(temp.resolve("prompts.txt"), "a red fox on a blue background, 3d style\ntwo owls\n");
        try (Scope scope = Scope.open();
                SafetensorsFile golden = SafetensorsFile.open(VISION.resolve("clip-a.safetensors"))) {
            for (int i = 0; i < 4; i++) {
                PngWriter.write(
                        pictures.resolve("x-000" + i + ".png"), picture(golden.tensor(i + ".picture")), Map.of());
            }
            cosines = golden.tensor("cosine").toFloats(); // [5 pictures, 5 prompts]
        }
    }

    private static Picture picture(Tensor tensor) {
        byte[] rgb = new byte[(int) tensor.numel()];
        tensor.bytes().get(rgb);
        return new Picture((int) tensor.size(1), (int) tensor.size(0), rgb);
    }

    @Test
    void score_clipCosine_isTheMeanOfTheGoldenCosines() throws IOException {
        Path out = temp.resolve("scores.json");
        Cli.Result result = score("clip-cosine", "--per-prompt", 2, "--batch", 3, "--out", out, "--format", "json");
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        double[] expected = {cosines[0], cosines[5], cosines[2 * 5 + 1], cosines[3 * 5 + 1]};
        JsonNode printed = new ObjectMapper().readTree(result.out());
        double mean = (expected[0] + expected[1] + expected[2] + expected[3]) / 4;
        assertThat(printed.get("mean").asDouble()).isCloseTo(mean, within(1e-5));
        assertThat(printed.get("scored").asInt()).isEqualTo(4);
        assertThat(printed.get("interval_95").get(0).asDouble()).isLessThan(mean);
        JsonNode written = new ObjectMapper().readTree(out.toFile()).get("pictures");
        for (int i = 0; i < 4; i++) {
            assertThat(written.get(i).get("score").asDouble()).isCloseTo(expected[i], within(1e-5));
        }
    }

    @Test
    void score_clipScore_isAHundredCosinesAndNeverBelow0() throws IOException {
        Path out = temp.resolve("scores.json");
        Cli.Result result = score("clip-score", "--per-prompt", 2, "--out", out);
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(result.out()).startsWith("clip-score  ").contains("]  4 pictures");
        JsonNode written = new ObjectMapper().readTree(out.toFile()).get("pictures");
        assertThat(written.get(0).get("score").asDouble()).isCloseTo(Math.max(0, 100 * cosines[0]), within(1e-3));
        assertThat(written.get(2).get("score").asDouble())
                .isCloseTo(Math.max(0, 100 * cosines[2 * 5 + 1]), within(1e-3));
    }

    @Test
    void score_hpsv2_isAHundredCosinesOfPicturesItsWay() throws IOException {
        Path out = temp.resolve("scores.json");
        Cli.Result result = score("hpsv2", "--per-prompt", 2, "--out", out);
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        try (Scope scope = Scope.open();
                SafetensorsFile golden = SafetensorsFile.open(VISION.resolve("hps.safetensors"))) {
            float[] expected = golden.tensor("cosine").toFloats();
            JsonNode written = new ObjectMapper().readTree(out.toFile()).get("pictures");
            for (int i = 0; i < 4; i++) {
                assertThat(written.get(i).get("score").asDouble())
                        .isCloseTo(100 * expected[5 * i + i / 2], within(1e-3));
            }
        }
    }

    @Test
    void score_aesthetic_isTheHeadsGoldenScore() throws IOException {
        Path out = temp.resolve("scores.csv");
        Cli.Result result = score(
                "aesthetic",
                "--per-prompt",
                2,
                "--metric-head",
                VISION.resolve("aesthetic-mlp.safetensors"),
                "--out",
                out);
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        try (Scope scope = Scope.open();
                SafetensorsFile golden = SafetensorsFile.open(VISION.resolve("aesthetic-scores.safetensors"))) {
            float[] expected = golden.tensor("mlp").toFloats();
            String last = Files.readAllLines(out).get(4);
            assertThat(Double.parseDouble(last.split(",", -1)[2])).isCloseTo(expected[3], within(1e-4));
        }
    }

    @Test
    void score_imageReward_isTheGoldenReward() throws IOException {
        Path out = temp.resolve("scores.json");
        Files.writeString(prompts, "a red fox, on a blue Background!\n");
        Path folder = Files.createDirectory(temp.resolve("one"));
        try (Scope scope = Scope.open();
                SafetensorsFile golden = SafetensorsFile.open(VISION.resolve("image-reward.safetensors"))) {
            PngWriter.write(folder.resolve("0.png"), picture(golden.tensor("0.picture")), Map.of());
            Cli.Result result = Cli.run(
                    "evaluate",
                    "score",
                    "--metric",
                    "image-reward",
                    "--metric-model",
                    Cli.FOLDERS.resolve("image-reward"),
                    "--pictures",
                    folder,
                    "--prompts",
                    prompts,
                    "--out",
                    out);
            assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
            JsonNode written = new ObjectMapper().readTree(out.toFile());
            assertThat(written.get("mean").asDouble())
                    .isCloseTo(golden.tensor("rewards").toFloats()[0], within(1e-4));
        }
    }

    @Test
    void score_missingPicture_isRefusedOrReported() throws IOException {
        Files.delete(pictures.resolve("x-0001.png"));
        Cli.Result refused = score("clip-cosine", "--per-prompt", 2);
        assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.errLines())
                .containsExactly("bottleneck4j: picture 1: is missing in " + pictures
                        + "; --skip-bad leaves such pictures out and lists them");
        Cli.Result skipped = score("clip-cosine", "--per-prompt", 2, "--skip-bad");
        assertThat(skipped.code()).isEqualTo(ExitCode.OK);
        assertThat(skipped.out().lines().toList().subList(1, 3))
                .containsExactly("missing: 1 of 4, not in the mean", "  picture 1: is missing in " + pictures);
    }

    @Test
    void score_picturesWithoutStoredPrompts_saysToGiveThem() {
        Cli.Result result =
                Cli.run("evaluate", "score", "--metric", "clip-score", "--metric-model", CLIP, "--pictures", pictures);
        assertThat(result.code()).isEqualTo(ExitCode.USAGE);
        assertThat(result.err()).contains("holds no prompt of bottleneck4j; give the prompts with --prompts");
    }

    @Test
    void score_wrongOptions_sayWhatIsWrong() {
        assertThat(score("clip").err()).contains("metric: 'clip' is unknown; use one of clip-score, clip-cosine");
        assertThat(score("aesthetic", "--per-prompt", 2).err()).contains("metric-head: is missing; aesthetic needs it");
        assertThat(score("clip-score", "--metric-head", "x").err()).contains("metric-head: only aesthetic has one");
        assertThat(score("clip-score", "--out", "scores.txt").err()).contains("out: must end in .csv or .json");
        assertThat(score("clip-score", "--batch", 0).err()).contains("batch: must be at least 1 picture, not 0");
        assertThat(Cli.run("evaluate").err()).contains("evaluate: needs a command; use one of generate, check, score");
    }

    private Cli.Result score(String metric, Object... more) {
        Object[] words = {
            "evaluate",
            "score",
            "--metric",
            metric,
            "--metric-model",
            CLIP,
            "--pictures",
            pictures,
            "--prompts",
            prompts
        };
        Object[] all = Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        return Cli.run(all);
    }
}
