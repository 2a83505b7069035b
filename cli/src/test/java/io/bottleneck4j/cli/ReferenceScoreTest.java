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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Metrics that compare two folders, on golden pictures written as PNG files; see tools/golden/make_distances.py. */
class ReferenceScoreTest {
    private static final Path VISION = Cli.FOLDERS.resolveSibling("vision");

    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({"lpips, lpips-alex", "lpips-vgg, lpips-vgg"})
    void lpips_goldenPairs_hasTheirDistances(String metric, String model) throws IOException {
        Path pictures = write(model + "-distances", "picture", 0, 1, 2);
        Path reference = write(model + "-distances", "reference", 0, 1, 2);
        Path out = temp.resolve("scores.json");
        Cli.Result result = score(metric, model, pictures, reference, "--out", out);
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(result.out()).startsWith(metric + "  ").contains("]  3 pictures");
        JsonNode written = new ObjectMapper().readTree(out.toFile()).get("pictures");
        float[] expected = floats(model + "-distances", "distances");
        for (int i = 0; i < expected.length; i++) {
            assertThat(written.get(i).get("score").asDouble()).isCloseTo(expected[i], within(1e-6));
        }
    }

    @Test
    void lpips_picturesThatLackEachOther_areRefusedOrListed() throws IOException {
        Path pictures = write("lpips-alex-distances", "picture", 0, 1);
        Path reference = write("lpips-alex-distances", "reference", 1, 2);
        Path out = temp.resolve("scores.csv");
        assertThat(score("lpips", "lpips-alex", pictures, reference).errLines())
                .containsExactly("bottleneck4j: " + pictures.resolve("deep/0.png") + ": has no picture of its name in "
                        + reference + "; --skip-bad leaves such pictures out and lists them");
        Cli.Result skipped = score("lpips", "lpips-alex", pictures, reference, "--skip-bad", "--out", out);
        assertThat(skipped.code()).isEqualTo(ExitCode.OK);
        assertThat(skipped.out().lines().toList().subList(1, 4))
                .containsExactly(
                        "missing: 2 of 3, not in the mean",
                        "  " + pictures.resolve("deep/0.png") + ": has no picture of its name in " + reference,
                        "  " + pictures.resolve("deep/2.png") + ": is missing; the reference has it");
        assertThat(Files.readAllLines(out)).hasSize(4).first().isEqualTo("file,prompt,lpips,missing");
    }

    @Test
    void lpips_pairsThatCannotBeCompared_areNamed() throws IOException {
        Path pictures = write("lpips-alex-distances", "picture", 0, 1);
        Path reference = write("lpips-alex-distances", "reference", 0, 1);
        PngWriter.write(reference.resolve("deep/0.png"), new Picture(9, 8, new byte[3 * 9 * 8]), Map.of());
        assertThat(score("lpips", "lpips-alex", pictures, reference).err())
                .contains("0.png: is 64 x 48 px, its reference 9 x 8; compare pictures of one size");
        PngWriter.write(pictures.resolve("deep/0.png"), new Picture(9, 8, new byte[3 * 9 * 8]), Map.of());
        assertThat(score("lpips", "lpips-alex", pictures, reference).err())
                .contains("0.png: is 9 x 8 px; lpips needs at least 31 px on both sides");
        Files.writeString(reference.resolve("deep/0.png"), "half a picture");
        assertThat(score("lpips", "lpips-alex", pictures, reference).err()).contains("must be a PNG file");
        assertThat(score("lpips", "lpips-alex", pictures, reference, "--skip-bad")
                        .out())
                .contains("missing: 1 of 2, not in the mean");
    }

    @Test
    void fid_ofGoldenPictures_isThatOfTheirFeatures() throws IOException {
        Path pictures = write("inception-features", "picture", 0, 1, 2);
        Path reference = Files.createDirectories(temp.resolve("reference"));
        for (String name : new String[] {"0.png", "1.png"}) {
            Files.copy(pictures.resolve("deep").resolve(name), reference.resolve(name));
        }
        Path out = temp.resolve("fid.json");
        Cli.Result result = score("fid", "inception", pictures, reference, "--batch", 2, "--out", out);
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(result.out().lines().toList())
                .hasSize(2)
                .satisfies(lines -> assertThat(lines.get(0)).endsWith("  3 pictures, 2 references"))
                .satisfies(lines -> assertThat(lines.get(1))
                        .startsWith("caution: 2 pictures do not determine a covariance of 64 features"));
        JsonNode written = new ObjectMapper().readTree(out.toFile());
        assertThat(written.get("distance").asDouble())
                .isCloseTo(value("inception-features", "fid_of_first_two"), within(1e-4));
        assertThat(written.has("deviation")).isFalse();
        assertThat(written.get("caution").asText()).contains("compare it only with FIDs of as many pictures");
    }

    @Test
    void kid_ofASubsetThatIsAll_isThatOfTheirFeatures() throws IOException {
        Path pictures = write("inception-features", "picture", 0, 1, 2);
        Path out = temp.resolve("kid.csv");
        Cli.Result result = score("kid", "inception", pictures, pictures, "--kid-subset-size", 3, "--out", out);
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.OK);
        assertThat(result.out()).startsWith("kid  -").contains(" over subsets  3 pictures, 3 references");
        String[] line = Files.readAllLines(out).get(1).split(",", -1);
        assertThat(line[0]).isEqualTo("kid");
        assertThat(Double.parseDouble(line[1])).isCloseTo(value("inception-features", "kid_of_itself"), within(1e-4));
        assertThat(Double.parseDouble(line[2])).isCloseTo(0, within(1e-9));
    }

    @Test
    void kid_ofTooFewPictures_isRefusedBeforeTheyAreRead() throws IOException {
        Path pictures = write("inception-features", "picture", 0, 1, 2);
        Files.writeString(pictures.resolve("deep/0.png"), "half a picture");
        assertThat(score("kid", "inception", pictures, pictures).err())
                .contains(
                        "subset-size: must be at most the pictures of the smaller side, 3, not 1000; use a smaller one");
    }

    @Test
    void fid_unreadablePicture_isRefusedOrListed() throws IOException {
        Path pictures = write("inception-features", "picture", 0, 1, 2);
        Path reference = Files.createDirectories(temp.resolve("reference"));
        for (String name : new String[] {"0.png", "1.png"}) {
            Files.copy(pictures.resolve("deep").resolve(name), reference.resolve(name));
        }
        Path bad = Files.writeString(reference.resolve("2.png"), "half a picture");
        assertThat(score("fid", "inception", pictures, reference).errLines())
                .singleElement()
                .asString()
                .startsWith("bottleneck4j: " + bad + ": must be a PNG file")
                .endsWith("; --skip-bad leaves such pictures out and lists them");
        Cli.Result skipped = score("fid", "inception", pictures, reference, "--skip-bad", "--format", "json");
        JsonNode json = new ObjectMapper().readTree(skipped.out());
        assertThat(json.get("references").asInt()).isEqualTo(2);
        assertThat(json.get("expected_references").asInt()).isEqualTo(3);
        assertThat(json.get("missing").get(0).get("item").asText()).isEqualTo(bad.toString());
        assertThat(score("fid", "inception", pictures, reference, "--skip-bad").out())
                .contains("missing: 1 of 6, not compared");
    }

    @Test
    void score_wrongOptions_sayWhatIsWrong() throws IOException {
        Path folder = write("lpips-alex-distances", "picture", 0);
        Path model = VISION.resolve("lpips-alex.safetensors");
        assertThat(run("lpips", model, "--pictures", folder).err())
                .contains("reference: is missing; lpips compares pictures with those of another folder");
        assertThat(run("clip-score", model, "--pictures", folder, "--reference", folder)
                        .err())
                .contains(
                        "reference: only lpips, lpips-vgg, ssim, ms-ssim, fid and kid have one; leave it out for clip-score");
        assertThat(run("fid", model, "--pictures", folder, "--reference", folder, "--prompts", "x")
                        .err())
                .contains("prompts: fid does not use prompts; leave them out");
        assertThat(score("fid", "inception", folder, folder, "--kid-subset-size", 3)
                        .err())
                .contains("kid-subset-size: only kid has subsets; leave it out for fid");
        assertThat(score("fid", "inception", folder, folder).err())
                .contains("pictures: must be at least 2 on both sides, not 1 and 1");
        assertThat(score("lpips", "no-such", folder, folder).err())
                .contains("is not a file; give the safetensors file that tools/convert_metric.py has made for lpips");
        assertThat(score("lpips", "lpips-alex", folder, temp.resolve("none")).err())
                .contains("reference: " + temp.resolve("none") + " is not a folder; give one that holds PNG files");
        assertThat(score("fid", "inception", Files.createDirectories(temp.resolve("empty")), folder)
                        .err())
                .contains("pictures: " + temp.resolve("empty") + " holds no .png file; give a folder of pictures");
        assertThat(score("lpips", "lpips-vgg", folder, folder).code()).isEqualTo(ExitCode.WEIGHTS);
    }

    private Cli.Result score(String metric, String model, Path pictures, Path reference, Object... more) {
        Object[] words = {"--pictures", pictures, "--reference", reference};
        Object[] all = Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        return run(metric, VISION.resolve(model + ".safetensors"), all);
    }

    private static Cli.Result run(String metric, Path model, Object... more) {
        Object[] words = {"evaluate", "score", "--metric", metric, "--metric-model", model};
        Object[] all = Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        return Cli.run(all);
    }

    /** Golden pictures as files in a folder's folder. */
    private Path write(String name, String kind, int... numbers) throws IOException {
        Path folder = temp.resolve(kind);
        Path deep = Files.createDirectories(folder.resolve("deep"));
        try (Scope scope = Scope.open();
                SafetensorsFile golden = SafetensorsFile.open(VISION.resolve(name + ".safetensors"))) {
            for (int i : numbers) {
                Tensor tensor = golden.tensor(i + "." + kind);
                byte[] rgb = new byte[(int) tensor.numel()];
                tensor.bytes().get(rgb);
                PngWriter.write(
                        deep.resolve(i + ".png"),
                        new Picture((int) tensor.size(1), (int) tensor.size(0), rgb),
                        Map.of());
            }
        }
        return folder;
    }

    private static float[] floats(String name, String key) {
        try (Scope scope = Scope.open();
                SafetensorsFile golden = SafetensorsFile.open(VISION.resolve(name + ".safetensors"))) {
            return golden.tensor(key).toFloats();
        }
    }

    private static double value(String name, String key) {
        return floats(name, key)[0];
    }
}
