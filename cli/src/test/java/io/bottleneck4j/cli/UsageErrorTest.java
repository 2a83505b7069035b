package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Quantization;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Commands that cannot be done: one clear line, exit code 2, and nothing written. */
class UsageErrorTest {
    @TempDir
    Path folder;

    private Path work = Path.of("");

    @BeforeEach
    void files() throws IOException {
        work = Files.createDirectory(folder.resolve("work"));
        Files.writeString(
                folder.resolve("keys.yaml"), "stages:\n  - {width: 64, height: 64, steps: 3, strenght: 1, shift: 1}\n");
        Files.writeString(
                folder.resolve("small.yaml"),
                "stages:\n  - {width: 64, height: 64, steps: 3, strength: 1, shift: 1}\n");
        Files.writeString(
                folder.resolve("weak.yaml"),
                "stages:\n  - {width: 64, height: 64, steps: 3, strength: 1.5, shift: 1}\n");
        Files.writeString(
                folder.resolve("odd.yaml"), "stages:\n  - {width: 64, height: 40, steps: 3, strength: 1, shift: 1}\n");
        Files.writeString(
                folder.resolve("nan.yaml"),
                "stages:\n  - {width: 64, height: 64, steps: 3, strength: 1, shift: .nan}\n");
        Files.writeString(
                folder.resolve("rules.yaml"),
                "rounding: up\nstages: [{width: 64, height: 64, steps: 3, strength: 1, shift: 1}]\n");
        Files.writeString(
                folder.resolve("video.yaml"),
                "frames: 5\nstages:\n  - {width: 64, height: 64, steps: 3, strength: 1, shift: 1}\n");
        Files.writeString(folder.resolve("empty.txt"), "\n \n");
        Files.write(folder.resolve("latin.txt"), new byte[] {(byte) 0xe9, 'a'});
        Files.writeString(folder.resolve("no.png"), "no picture");
        Files.createDirectory(folder.resolve("dir.png"));
        Settings settings = new Settings(
                "a",
                "",
                1,
                3.5,
                1,
                new PlanSpec("small", List.of(new StageSpec(64, 64, 3, 1, 1))),
                8,
                new Settings.Origin(
                        "1", Cli.TINY.toString(), "float32", Quantization.NONE, "cpu", 1, Libtorch.version()),
                null);
        PngWriter.write(folder.resolve("ok.png"), new Picture(1, 1, new byte[3]), settings.texts());
    }

    static Stream<Arguments> commands() {
        return Stream.of(
                row("prompt: is missing; say what the picture shows", "generate"),
                row(
                        "prompt: must be one argument, not 3; put it in quotes: \"a red fox\"",
                        "generate",
                        "a",
                        "red",
                        "fox"),
                row(
                        "prompt: give either PROMPT or --prompt-file, not both",
                        "generate",
                        "a",
                        "--prompt-file",
                        "@empty.txt"),
                row("empty.txt holds no prompt; write one a line", "generate", "--prompt-file", "@empty.txt"),
                row("latin.txt is not UTF-8 text; save it as UTF-8", "generate", "--prompt-file", "@latin.txt"),
                row("none.txt does not exist", "generate", "--prompt-file", "@none.txt"),
                row("width: 1000 px is not a multiple of 16; use 992 or 1008", "generate", "a", "--width", "1000"),
                row("height: 0 px is too small; use at least 16", "generate", "a", "--height", "0"),
                row("width: 99984 px is too large", "generate", "a", "--width", "99984"),
                row("steps: must be between 1 and 10000, not 0", "generate", "a", "--plan", "baseline", "--steps", "0"),
                row("Invalid value for option '--steps': 'x' is not a whole number", "generate", "a", "--steps", "x"),
                row(
                        "steps: only the baseline plan takes --steps and --shift; add --plan baseline",
                        "generate",
                        "a",
                        "--steps",
                        "9"),
                row("shift: only the baseline plan takes", "generate", "a", "--shift", "2"),
                row(
                        "shift: must be a finite number above 0, not NaN",
                        "generate",
                        "a",
                        "--plan",
                        "baseline",
                        "--shift",
                        "NaN"),
                row("keys.yaml:2:39: 'strenght': unknown key", "generate", "a", "--plan", "@keys.yaml"),
                row(
                        "rules.yaml:1:11: rounding: 'up' is unknown; use img2img, floor",
                        "generate",
                        "a",
                        "--plan",
                        "@rules.yaml"),
                row(
                        "video.yaml:3:5: stage 1: frames: 5 asked of a model that makes pictures",
                        "generate",
                        "a",
                        "--plan",
                        "@video.yaml"),
                row("strength: must be above 0 and at most 1, not 1.5", "generate", "a", "--plan", "@weak.yaml"),
                row(
                        "stage 1: height: 40 px is not a multiple of 16; use 32 or 48",
                        "generate",
                        "a",
                        "--plan",
                        "@odd.yaml"),
                row("shift: must be a finite number, not", "generate", "a", "--plan", "@nan.yaml"),
                row("none.yaml: does not exist; give a plan file", "generate", "a", "--plan", "@none.yaml"),
                row(
                        "plan: 'fast' is neither a file nor a plan of this model; use baseline, bottleneck, x2, x3, x4, x5, x6, paper,"
                                + " paper-baseline or a plan file",
                        "generate",
                        "a",
                        "--plan",
                        "fast"),
                row(
                        "small.yaml ends at 64x64; leave --width and --height out, or change the file",
                        "generate",
                        "a",
                        "--plan",
                        "@small.yaml",
                        "--width",
                        "32"),
                row("guidance: must be a finite number, not NaN", "generate", "a", "--guidance", "NaN"),
                row("true-cfg-scale: must be at least 1 (off), not 0.5", "generate", "a", "--true-cfg-scale", "0.5"),
                row(
                        "max-sequence-length: must be between 1 and 512, not 513",
                        "generate",
                        "a",
                        "--max-sequence-length",
                        "513"),
                row(
                        "seed: must be between 0 and 18446744073709551615, not -1; leave it out for a random one",
                        "generate",
                        "a",
                        "--seed",
                        "-1"),
                row("n: must be at least 1, not 0", "generate", "a", "-n", "0"),
                row(
                        "resampler: 'cubic' is unknown; use one of lanczos, bicubic, bilinear, nearest",
                        "generate",
                        "a",
                        "--resampler",
                        "cubic"),
                row("rounding: must be img2img or floor, not 'up'", "generate", "a", "--rounding", "up"),
                row("solver: must be euler or unipc, not 'heun'", "generate", "a", "--solver", "heun"),
                row(
                        "dtype: must be auto, float32, bfloat16 or float16, not 'int8'",
                        "generate",
                        "a",
                        "--dtype",
                        "int8"),
                row("dtype: float16 has no fast path on a CPU", "generate", "a", "--dtype", "float16"),
                row("device: must be cpu or cuda:N, not 'gpu'; use cpu or cuda:0", "generate", "a", "--device", "gpu"),
                row("threads: must be at least 1, not 0", "generate", "a", "--threads", "0"),
                row("model: there is no '/no/such'; give a diffusers folder", "generate", "a", "--model", "/no/such"),
                row(
                        "model: org/none is neither a folder here nor in the Hugging Face cache /no/such/cache",
                        "generate",
                        "a",
                        "--model",
                        "org/none"),
                row(
                        "model: flux stands for the published model, without weights, and serves for planning only; give a diffusers folder",
                        "generate",
                        "a",
                        "--model",
                        "flux"),
                row("model: there is no '/no/such'", "presets", "--model", "/no/such"),
                row(
                        "output: must end in .png, not 'fox.bmp'; use fox.png, or .jpg, or .webp",
                        "generate",
                        "a",
                        "-o",
                        "fox.bmp"),
                row("dir.png: must be a file, and is a folder", "generate", "a", "-o", "@dir.png"),
                row("is missing; create it first", "generate", "a", "-o", "@none/fox.png"),
                row("output: must end in .png, not", "generate", "a", "-o", "@clip.mp4"),
                row("makes pictures, not videos; leave --fps out", "generate", "a", "--fps", "12"),
                row("frames: 5 asked of a model that makes pictures", "generate", "a", "--frames", "5"),
                row("must be a video file, and there is none", "generate", "--from-video", "@none.mp4"),
                row("from-png: give either", "generate", "--from-video", "@a.mp4", "--from-png", "@ok.png"),
                row("latents-out: must end in .safetensors", "generate", "a", "--latents-out", "@l.bin"),
                row("is missing; create it first", "generate", "a", "--latents-out", "@none/l.safetensors"),
                row("preview: give both --preview-every and --preview-dir", "generate", "a", "--preview-every", "2"),
                row(
                        "preview-every: must be at least 1, not 0",
                        "generate",
                        "a",
                        "--preview-every",
                        "0",
                        "--preview-dir",
                        "@p"),
                row("no.png cannot be made", "generate", "a", "--preview-every", "1", "--preview-dir", "@no.png"),
                row(
                        "size: the stored plan small is for 64x64; name a plan too",
                        "generate",
                        "--from-png",
                        "@ok.png",
                        "--width",
                        "32"),
                row(
                        "steps: only the baseline plan takes --steps and --shift; name a plan too",
                        "generate",
                        "--from-png",
                        "@ok.png",
                        "--steps",
                        "2"),
                row(
                        "is the picture of --from-png, which would be lost; name another",
                        "generate",
                        "--from-png",
                        "@ok.png",
                        "-o",
                        "@ok.png"),
                row("none.png: must be a PNG file, and there is none", "generate", "--from-png", "@none.png"),
                row("no.png: must be a PNG file, but does not begin like one", "generate", "--from-png", "@no.png"),
                row("Unknown option: '--sed'", "generate", "a", "--sed", "3"),
                row("Unmatched argument at index 0: 'generat'", "generat"),
                row("l.safetensors: is not a file; give a safetensors file of latents", "decode", "@l.safetensors"),
                row("model: there is no '/no/such'", "inspect", "/no/such"));
    }

    private static Arguments row(String message, String... command) {
        return Arguments.of(message, List.of(command));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void run_impossibleCommand_saysWhyInOneLine(String message, List<String> command) {
        List<Object> args = new ArrayList<>();
        for (String word : command) {
            args.add(word.startsWith("@") ? folder.resolve(word.substring(1)) : word);
        }
        if (command.get(0).equals("generate") && !command.contains("-o")) {
            args.addAll(List.of("-o", work.resolve("out.png")));
        }
        Cli.Result result = Cli.run(args.toArray());
        assertThat(result.err())
                .startsWith("bottleneck4j: ")
                .doesNotContain("\tat ")
                .doesNotContain("Exception");
        assertThat(result.errLines().get(0)).contains(message);
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(Cli.names(work)).isEmpty();
    }

    @Test
    void run_verbose_addsTheStackTrace() {
        Cli.Result result = Cli.run("generate", "--verbose");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).startsWith("bottleneck4j: prompt: is missing").contains("\tat io.bottleneck4j.cli.");
    }

    @Test
    void run_nothing_printsHelp() {
        Cli.Result result = Cli.run();
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("Usage: bottleneck4j").contains("generate", "decode", "inspect", "env");
    }

    @Test
    void run_version_printsIt() {
        assertThat(Cli.run("--version").out()).matches("bottleneck4j \\d+\\.\\d+\\.\\d+.*\\R");
    }

    @Test
    void generate_fromPngWithoutSettings_saysSo() throws IOException {
        Path png = folder.resolve("plain.png");
        PngWriter.write(png, new Picture(1, 1, new byte[3]), Map.of());
        Cli.Result result = Cli.run("generate", "--from-png", png, "-o", work.resolve("o.png"));
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err()).contains("plain.png holds no settings of bottleneck4j");
    }

    @Test
    void generate_fromPngOfAnotherVersion_namesTheUnknownSetting() throws IOException {
        Path png = folder.resolve("new.png");
        PngWriter.write(png, new Picture(1, 1, new byte[3]), Map.of("bottleneck4j", "{\"lora\": 1}"));
        Cli.Result result = Cli.run("generate", "--from-png", png, "-o", work.resolve("o.png"));
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .contains("new.png: settings: 'lora' is unknown; was it made by a newer version of bottleneck4j?");
    }
}
