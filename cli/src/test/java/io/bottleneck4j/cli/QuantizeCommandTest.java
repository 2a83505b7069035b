package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.torch.CpuFeatures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizeCommandTest {
    @TempDir
    private Path temp;

    private Cli.Result generate(Object model, Path png, Object... more) {
        Object[] first = {
            "generate",
            "a fox",
            "--model",
            model,
            "--width",
            64,
            "--height",
            64,
            "--plan",
            "baseline",
            "--steps",
            2,
            "--max-sequence-length",
            8,
            "-o",
            png
        };
        Object[] words = Arrays.copyOf(first, first.length + more.length);
        System.arraycopy(more, 0, words, first.length, more.length);
        return Cli.run(words);
    }

    @Test
    void quantize_thenGenerate_makesThePictureOfTheOptionAndStoresIt() throws IOException {
        Path folder = temp.resolve("small");
        Cli.Result quantized = Cli.run("quantize", Cli.TINY, "--quantize", "int8-weights", "-o", folder);
        assertThat(quantized.code()).as(quantized.err()).isZero();

        Path stored = temp.resolve("stored.png");
        Path loaded = temp.resolve("loaded.png");
        assertThat(generate(folder, stored).code()).isZero();
        Cli.Result result = generate(Cli.TINY, loaded, "--quantize", "int8-weights", "--format", "json");
        assertThat(result.out()).contains("\"quantize\":\"int8-weights\"");

        assertThat(PngText.read(stored).get(Settings.PICTURE_KEY)).contains("\"quantize\":\"int8-weights\"");
        Path again = temp.resolve("again.png");
        assertThat(Cli.run("generate", "--from-png", loaded, "-o", again).code())
                .isZero();
        assertThat(again).hasSameBinaryContentAs(loaded);
    }

    @Test
    void quantize_ofAFileAndItsParts_writesTheFolderOfTheSameWeights() throws IOException {
        Path whole = temp.resolve("whole");
        Path parts = temp.resolve("parts");
        Path files = Cli.TINY.resolve("../../files");
        assertThat(Cli.run("quantize", Cli.TINY, "--quantize", "int8-weights", "-o", whole)
                        .code())
                .isZero();
        Cli.Result result = Cli.run(
                "quantize",
                files.resolve("transformer.safetensors"),
                "--base",
                Cli.TINY,
                "--vae",
                files.resolve("vae.safetensors"),
                "--quantize",
                "int8-weights",
                "-o",
                parts);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out().strip()).isEqualTo(parts.toString());
        Path one = temp.resolve("one.png");
        Path other = temp.resolve("other.png");
        assertThat(generate(whole, one, "--seed", 3).code()).isZero();
        assertThat(generate(parts, other, "--seed", 3).code()).isZero();
        assertThat(PngReader.read(one).rgb()).isEqualTo(PngReader.read(other).rgb());
    }

    @Test
    void plan_ofQuantizedWeights_statesLessMemory() {
        Cli.Result result = Cli.run("plan", "--model", Cli.TINY, "--quantize", "int4-weights");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).contains("memory");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "int3 | quantize: must be one of none, int8, int8-weights, int4-weights, not 'int3'",
                "none | quantize: none leaves the model as it is; use one of the others"
            })
    void quantize_ofWhatIsNone_isRefused(String word, String message) {
        Cli.Result result = Cli.run("quantize", Cli.TINY, "--quantize", word, "-o", temp.resolve("new"));
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains(message);
    }

    @Test
    void generate_asOtherwiseStored_isRefused() {
        Path folder = temp.resolve("small");
        assertThat(Cli.run("quantize", Cli.TINY, "--quantize", "int8-weights", "-o", folder)
                        .code())
                .isZero();
        Cli.Result result = generate(folder, temp.resolve("x.png"), "--quantize", "int4-weights");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("are stored as int8-weights, not as int4-weights; leave --quantize out");
    }

    /** Where there is VNNI it runs, elsewhere it is refused with what to use instead. */
    @Test
    void generate_inInt8_runsWhereTheProcessorHasSuchProducts() {
        Cli.Result result = generate(Cli.TINY, temp.resolve("x.png"), "--quantize", "int8");
        if (CpuFeatures.detect().hasInt8()) {
            assertThat(result.code()).as(result.err()).isZero();
        } else {
            assertThat(result.code()).isEqualTo(2);
            assertThat(result.err()).contains("quantize: int8 needs a processor with VNNI or AMX, and ");
            assertThat(result.err()).contains("; use int8-weights");
        }
    }
}
