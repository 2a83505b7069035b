package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.pipeline.A1111Parameters;
import io.bottleneck4j.pipeline.Cancellation;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.pipeline.plan.PlanRules.ShiftSource;
import io.bottleneck4j.pipeline.plan.PlanRules.SolverChoice;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code generate} with the tiny model and the bundled one. */
class GenerateCommandTest {
    /** Files name the solver. */
    private static final PlanRules EULERS = PlanRules.DEFAULT.with(SolverChoice.EULER);

    @TempDir
    Path folder;

    private Cli.Result tiny(Object... more) {
        List<Object> args = new ArrayList<>(List.of("generate", "--model", Cli.TINY, "--max-sequence-length", 16));
        args.addAll(List.of(more));
        return Cli.run(args.toArray());
    }

    /** ComfyUI's seeds go up to this one. */
    @Test
    void generate_largestSeed_isStoredAndRepeated() throws IOException {
        Path png = folder.resolve("seed.png");
        Path again = folder.resolve("again.png");
        String seed = "18446744073709551615";
        Cli.Result result = tiny("a cat", "--plan", "baseline", "--steps", 1, "--seed", seed, "-o", png);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).contains("seed " + seed);
        assertThat(text(png, Settings.PICTURE_KEY)).contains("\"seed\":" + seed + ",");
        assertThat(Cli.run("generate", "--from-png", png, "-o", again).code()).isZero();
        assertThat(again).hasSameBinaryContentAs(png);
        assertThat(tiny("a cat", "--seed", seed, "-n", 2, "-o", png).err())
                .contains("seed: must be between 0 and 184467");
    }

    @Test
    void generate_bundledModel_writesPictureAndSaysSo() throws IOException {
        Path png = folder.resolve("fox.png");
        Cli.Result result = Cli.run(
                "generate",
                "a red fox",
                "--plan",
                "baseline",
                "--steps",
                2,
                "--width",
                64,
                "--height",
                32,
                "--seed",
                5,
                "-o",
                png);
        assertThat(result.err()).contains("stage 1/1 64x32, 2 steps").contains("step 2/2");
        assertThat(result.code()).isZero();
        assertThat(result.out()).contains(png + "  seed 5").contains("2 forwards (baseline)");
        assertThat(PngReader.read(png).width()).isEqualTo(64);
        assertThat(PngReader.read(png).height()).isEqualTo(32);
        assertThat(Cli.names(folder)).containsExactly("fox.png");
    }

    @ParameterizedTest
    @ValueSource(strings = {".jpg", ".webp"})
    void generate_toLossyFormat_holdsTheSettingsAndIsRepeated(String ending) throws IOException {
        Path lossy = folder.resolve("fox" + ending);
        assertThat(tiny("a fox", "--seed", 3, "-o", lossy).code()).isZero();
        assertThat(ImageIO.read(lossy.toFile()).getWidth()).isEqualTo(64);
        Path again = folder.resolve("again" + ending);
        Cli.Result repeated = Cli.run("generate", "--from-png", lossy, "-o", again);
        assertThat(repeated.code()).as(repeated.err()).isZero();
        assertThat(again).hasSameBinaryContentAs(lossy);
    }

    @Test
    void generate_asJson_printsTheResultAlone() throws IOException {
        Path png = folder.resolve("out.png");
        Cli.Result result = tiny("a cat", "--seed", 3, "-o", png, "--format", "json");
        assertThat(result.code()).as(result.err()).isZero();
        JsonNode json = new ObjectMapper().readTree(result.out());
        assertThat(keys(json))
                .containsExactly(
                        "images",
                        "forwards",
                        "plan",
                        "seconds",
                        "loras",
                        "peak_rss_bytes",
                        "model",
                        "dtype",
                        "quantize",
                        "device");
        assertThat(json.get("images").toString()).isEqualTo("[{\"file\":\"" + png + "\",\"seed\":3,\"forwards\":27}]");
        assertThat(json.get("forwards").asInt()).isEqualTo(6 + 16 + 5);
        assertThat(keys(json.get("plan")))
                .containsExactly("name", "resampler", "rounding", "renoise", "reshift", "stages");
        assertThat(json.get("plan").get("resampler").asText()).isEqualTo("lanczos");
        assertThat(json.get("plan").get("rounding").asText()).isEqualTo("img2img");
        assertThat(json.get("plan").get("renoise").asBoolean()).isTrue();
        assertThat(json.get("plan").get("reshift").asBoolean()).isTrue();
        assertThat(json.get("plan").get("name").asText()).isEqualTo("bottleneck");
        JsonNode low = json.get("plan").get("stages").get(1);
        assertThat(keys(low))
                .containsExactly("width", "height", "steps", "strength", "shift", "until", "forwards", "sigmas");
        assertThat(low.get("width").asInt()).isEqualTo(32);
        assertThat(low.get("steps").asInt()).isEqualTo(20);
        assertThat(low.get("forwards").asInt()).isEqualTo(16);
        assertThat(low.get("sigmas")).hasSize(17);
        assertThat(low.get("sigmas").get(0).asDouble()).isCloseTo(0.96, within(1e-12));
        assertThat(keys(json.get("seconds"))).containsExactly("load", "encode", "denoise", "decode", "total");
        assertThat(json.get("seconds").get("total").asDouble())
                .isGreaterThan(json.get("seconds").get("denoise").asDouble());
        assertThat(json.get("peak_rss_bytes").asLong()).isGreaterThan(10_000_000);
        assertThat(json.get("model").asText()).isEqualTo(Cli.TINY.toString());
        assertThat(json.get("dtype").asText()).isEqualTo("float32");
        assertThat(json.get("device").asText()).isEqualTo("cpu");
    }

    @Test
    void generate_withoutSeed_printsAndStoresARandomOne() throws IOException {
        Path png = folder.resolve("out.png");
        Cli.Result result = tiny("a cat", "--plan", "baseline", "--steps", 1, "-o", png);
        Settings stored = Settings.parse(Model.Kind.PICTURE, text(png, Settings.PICTURE_KEY));
        assertThat(stored.seed()).isBetween(0L, (1L << 32) - 1);
        assertThat(result.out()).contains("seed " + stored.seed());
        assertThat(text(png, "parameters"))
                .startsWith("a cat\nSteps: 1, Sampler: Euler, CFG scale: 1, Distilled CFG Scale: 3.5, Seed: "
                        + stored.seed() + ", Size: 64x64, Model: ");
    }

    @Test
    void generate_severalPictures_numbersThemAndCountsSeedsUp() {
        Cli.Result result = tiny(
                "a cat", "--plan", "baseline", "--steps", 1, "-n", 3, "--seed", 7, "-o", folder.resolve("cat.png"));
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(Cli.names(folder)).containsExactly("cat-0000.png", "cat-0001.png", "cat-0002.png");
        assertThat(result.out())
                .containsSubsequence("cat-0000.png  seed 7", "cat-0001.png  seed 8", "cat-0002.png  seed 9");
        assertThat(result.err()).contains("picture 3/3, stage 1/1 64x64");
    }

    @Test
    void generate_promptFile_makesAPictureOfEachLine() throws IOException {
        Path prompts = Files.writeString(folder.resolve("prompts.txt"), "\uFEFFa fox\r\n\n  \nКошка 🐈\n");
        Cli.Result result = tiny(
                "--prompt-file",
                prompts,
                "--plan",
                "baseline",
                "--steps",
                1,
                "-n",
                2,
                "--seed",
                1,
                "-o",
                folder.resolve("p.png"));
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(Cli.names(folder))
                .containsExactly("p-0000.png", "p-0001.png", "p-0002.png", "p-0003.png", "prompts.txt");
        Settings last = Settings.parse(Model.Kind.PICTURE, text(folder.resolve("p-0003.png"), Settings.PICTURE_KEY));
        assertThat(last.prompt()).isEqualTo("Кошка 🐈");
        assertThat(last.seed()).isEqualTo(2);
        assertThat(Settings.parse(Model.Kind.PICTURE, text(folder.resolve("p-0001.png"), Settings.PICTURE_KEY))
                        .prompt())
                .isEqualTo("a fox");
    }

    @Test
    void generate_fromPng_givesTheSameFileByteForByte() throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.yaml"), """
                stages:
                  - {width: 64, height: 32, steps: 3, strength: 1.0, shift: 2.7}
                  - {width: 32, height: 16, steps: 4, strength: 0.7, shift: 0.1}
                  - {width: 64, height: 32, steps: 3, strength: 0.6, shift: 3.3333333333333335}
                """);
        Path first = folder.resolve("first.png");
        Cli.Result made = tiny(
                "a \"fox\",\n狐",
                "--plan",
                plan,
                "--rounding",
                "floor",
                "--resampler",
                "bicubic",
                "--guidance",
                2.3,
                "--true-cfg-scale",
                1.7,
                "--negative-prompt",
                "blurry",
                "-n",
                2,
                "-o",
                first);
        assertThat(made.code()).as(made.err()).isZero();
        Path source = folder.resolve("first-0001.png");
        Path again = folder.resolve("again.png");
        Cli.Result result = Cli.run("generate", "--from-png", source, "-o", again);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(again).hasSameBinaryContentAs(source);
    }

    @Test
    void generate_fromPngOfEveryRule_givesTheSameFileByteForByte() throws IOException {
        Path plan = Files.writeString(folder.resolve("plan.yaml"), """
                resampler: nearest
                rounding: floor
                renoise: false
                reshift: false
                stages:
                  - {width: 64, height: 32, steps: 4, strength: 1.0, shift: 2.7, until: 0.6}
                  - {width: 32, height: 16, steps: 4, strength: 0.7, shift: 0.1, until: 0.3}
                  - {width: 64, height: 32, steps: 3, strength: 0.6, shift: 3}
                """);
        Path first = folder.resolve("first.png");
        Cli.Result made = tiny("a fox", "--plan", plan, "-o", first);
        assertThat(made.code()).as(made.err()).isZero();
        assertThat(made.err()).contains("note: reshift is off: the model's own shifts");
        PlanRules rules = Settings.parse(Model.Kind.PICTURE, text(first, Settings.PICTURE_KEY))
                .plan()
                .rules();
        assertThat(rules)
                .isEqualTo(new PlanRules(Resamplers.NEAREST, Rounding.FLOOR, HandOver.AS_IS, ShiftSource.MODEL)
                        .with(SolverChoice.EULER));
        Path again = folder.resolve("again.png");
        Cli.Result result = Cli.run("generate", "--from-png", first, "-o", again);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(again).hasSameBinaryContentAs(first);
    }

    /** An option wins over the file, the file over the default. */
    @Test
    void generate_rules_followThePrecedence() throws IOException {
        String stages = "stages:\n  - {width: 32, height: 32, steps: 2, strength: 1, shift: 1}\n";
        Path silent = Files.writeString(folder.resolve("silent.yaml"), stages);
        Path says = Files.writeString(folder.resolve("says.yaml"), "resampler: nearest\nrounding: floor\n" + stages);
        assertThat(rules("--plan", silent)).isEqualTo(EULERS);
        assertThat(rules("--plan", says))
                .isEqualTo(EULERS.with(Resamplers.NEAREST).with(Rounding.FLOOR));
        assertThat(rules("--plan", says, "--resampler", "bicubic"))
                .isEqualTo(EULERS.with(Resamplers.BICUBIC).with(Rounding.FLOOR));
        assertThat(rules("--plan", says, "--rounding", "img2img")).isEqualTo(EULERS.with(Resamplers.NEAREST));
        assertThat(rules("--plan", "x3", "--width", 32, "--height", 32)).isEqualTo(EULERS.with(Rounding.FLOOR));
        assertThat(rules("--plan", "x3", "--width", 32, "--height", 32, "--rounding", "img2img"))
                .isEqualTo(EULERS);
        Path png = folder.resolve("rules.png");
        rules("--plan", says);
        Cli.run("generate", "--from-png", png, "--resampler", "lanczos", "-o", folder.resolve("from.png"));
        assertThat(Settings.parse(Model.Kind.PICTURE, text(folder.resolve("from.png"), Settings.PICTURE_KEY))
                        .plan()
                        .rules())
                .isEqualTo(EULERS.with(Rounding.FLOOR));
    }

    /** UniPC's steps of a model whose scheduler has Euler's; the file says so, and the option wins over it. */
    @Test
    void generate_bySolver_isStoredAndMadeAgain() throws IOException {
        assertThat(rules("--plan", "baseline", "--steps", 3, "--width", 32, "--height", 32, "--solver", "unipc"))
                .isEqualTo(PlanRules.DEFAULT.with(SolverChoice.UNIPC));
        Path png = folder.resolve("rules.png");
        assertThat(text(png, A1111Parameters.KEY)).contains("Sampler: UniPC");
        Path again = folder.resolve("again.png");
        assertThat(Cli.run("generate", "--from-png", png, "-o", again).code()).isZero();
        assertThat(again).hasSameBinaryContentAs(png);
        Path fewer = folder.resolve("fewer.png");
        assertThat(Cli.run("generate", "--from-png", png, "--steps", 2, "-o", fewer)
                        .code())
                .isZero();
        assertThat(stored(fewer)).isEqualTo(PlanRules.DEFAULT.with(SolverChoice.UNIPC));
        Path euler = folder.resolve("euler.png");
        assertThat(Cli.run("generate", "--from-png", png, "--solver", "euler", "-o", euler)
                        .code())
                .isZero();
        assertThat(stored(euler)).isEqualTo(EULERS);
        assertThat(Files.readAllBytes(euler)).isNotEqualTo(Files.readAllBytes(png));
    }

    private PlanRules stored(Path png) throws IOException {
        return Settings.parse(Model.Kind.PICTURE, text(png, Settings.PICTURE_KEY))
                .plan()
                .rules();
    }

    private PlanRules rules(Object... options) throws IOException {
        List<Object> args = new ArrayList<>(List.of("a fox", "-o", folder.resolve("rules.png")));
        args.addAll(List.of(options));
        Cli.Result result = tiny(args.toArray());
        assertThat(result.code()).as(result.err()).isZero();
        return Settings.parse(Model.Kind.PICTURE, text(folder.resolve("rules.png"), Settings.PICTURE_KEY))
                .plan()
                .rules();
    }

    @Test
    void generate_fromPngWithOptions_changesOnlyThose() throws IOException {
        Path first = folder.resolve("first.png");
        tiny(
                "a fox",
                "--plan",
                "baseline",
                "--steps",
                3,
                "--shift",
                2.5,
                "--width",
                32,
                "--height",
                48,
                "--seed",
                9,
                "-o",
                first);
        Path other = folder.resolve("other.png");
        Cli.Result result =
                Cli.run("generate", "a cat", "--from-png", first, "--steps", 2, "--height", 64, "-o", other);
        assertThat(result.code()).as(result.err()).isZero();
        Settings stored = Settings.parse(Model.Kind.PICTURE, text(other, Settings.PICTURE_KEY));
        assertThat(stored.prompt()).isEqualTo("a cat");
        assertThat(stored.seed()).isEqualTo(9);
        assertThat(stored.plan().last().steps()).isEqualTo(2);
        assertThat(stored.plan().last().shift()).isEqualTo(2.5);
        assertThat(stored.plan().last().width()).isEqualTo(32);
        assertThat(stored.plan().last().height()).isEqualTo(64);
        assertThat(stored.origin().model()).isEqualTo(Cli.TINY.toString());
        assertThat(stored.maxSequenceLength()).isEqualTo(16);
    }

    @Test
    void generate_latentsOut_equalsTheReference() throws IOException {
        Path golden = Cli.FOLDERS.resolve("../pipeline/tiny-a-lanczos.safetensors");
        Path plan = Files.writeString(folder.resolve("plan.yaml"), """
                stages:
                  - {width: 64, height: 96, steps: 4, strength: 1.0, shift: 9}
                  - {width: 32, height: 48, steps: 6, strength: 0.8, shift: 6}
                  - {width: 64, height: 96, steps: 5, strength: 0.6, shift: 9}
                """);
        Path latents = folder.resolve("l.safetensors");
        Cli.Result result = Cli.run(
                "generate",
                "a red fox on a blue background, 3d style",
                "--model",
                Cli.TINY,
                "--seed",
                1,
                "--plan",
                plan,
                "--max-sequence-length",
                48,
                "--guidance",
                3.5,
                "--dtype",
                "float32",
                "--latents-out",
                latents,
                "-o",
                folder.resolve("out.png"));
        assertThat(result.code()).as(result.err()).isZero();
        float[] expected = latents(golden, 12, 8);
        float[] actual = latents(latents, 12, 8);
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(Math.abs(actual[i] - expected[i])).isLessThan(2e-3f);
        }
        assertThat(Cli.names(folder)).containsExactly("l.safetensors", "out.png", "plan.yaml");
    }

    private static float[] latents(Path file, long height, long width) {
        try (SafetensorsFile source = SafetensorsFile.open(file);
                Scope scope = Scope.open()) {
            assertThat(source.infos())
                    .containsEntry("latents", new TensorInfo(DType.FLOAT32, List.of(1L, 4L, height, width)));
            return source.tensor("latents").toFloats();
        }
    }

    @Test
    void generate_previews_decodesEveryKthStep() throws IOException {
        Path previews = folder.resolve("previews");
        Cli.Result result = tiny(
                "a fox",
                "--plan",
                "baseline",
                "--steps",
                5,
                "--preview-every",
                2,
                "--preview-dir",
                previews,
                "--width",
                32,
                "--height",
                32,
                "-o",
                folder.resolve("fox.png"));
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(Cli.names(previews)).containsExactly("fox-step-0002.png", "fox-step-0004.png");
        assertThat(PngReader.read(previews.resolve("fox-step-0002.png")).width())
                .isEqualTo(32);
    }

    @Test
    void generate_longPrompt_namesTheEncoderThatTruncated() {
        String words = "fox ".repeat(100);
        Cli.Result result = tiny(words, "--plan", "baseline", "--steps", 1, "-o", folder.resolve("fox.png"));
        assertThat(result.code()).isZero();
        assertThat(result.err())
                .contains("bottleneck4j: warning: prompt \"fox fox")
                .contains("T5 read 16 of the prompt's");
    }

    @Test
    void generate_promptOnlyClipCannotHold_saysNothing() {
        Cli.Result result = Cli.run(
                "generate",
                "fox ".repeat(90),
                "--model",
                Cli.TINY,
                "--plan",
                "baseline",
                "--steps",
                1,
                "-o",
                folder.resolve("fox.png"));
        assertThat(result.code()).isZero();
        assertThat(result.err()).doesNotContain("warning").doesNotContain("CLIP");
    }

    @Test
    void generate_optionsWithoutEffect_warns() {
        Cli.Result result = Cli.run(
                "generate",
                "a fox",
                "--guidance",
                2,
                "--negative-prompt",
                "cat",
                "--plan",
                "baseline",
                "--steps",
                1,
                "--width",
                32,
                "--height",
                32,
                "-o",
                folder.resolve("fox.png"));
        assertThat(result.code()).isZero();
        assertThat(result.err())
                .contains("warning: --guidance has no effect: this model has no guidance embedding")
                .contains("warning: --negative-prompt has no effect without --true-cfg-scale above 1");
    }

    @Test
    void generate_sizeThatDoesNotScale_saysWhatWasRounded() {
        Cli.Result result = tiny("a fox", "--width", 48, "--height", 64, "-o", folder.resolve("fox.png"));
        assertThat(result.code()).isZero();
        assertThat(result.err())
                .contains("bottleneck4j: note: stage 2: 24 x 32 px rounded to 32 x 32, multiples of 16");
    }

    @Test
    void generate_existingPicture_isReplaced() throws IOException {
        Path png = Files.writeString(folder.resolve("fox.png"), "old");
        tiny("a fox", "--plan", "baseline", "--steps", 1, "-o", png);
        assertThat(PngReader.read(png).width()).isEqualTo(64);
    }

    @Test
    void generate_cancelled_leavesNothing() {
        Cancellation cancellation = new Cancellation();
        cancellation.request();
        Cli.Result result = Cli.run(cancellation, Map.of(), "generate", "a fox", "-o", folder.resolve("fox.png"));
        assertThat(result.code()).isEqualTo(130);
        assertThat(result.err()).isEqualTo("bottleneck4j: cancelled before any picture was made\n");
        assertThat(Cli.names(folder)).isEmpty();
    }

    @Test
    void generate_help_teachesOptionsAndExamples() {
        Cli.Result result = Cli.run("generate", "--help");
        assertThat(result.code()).isZero();
        assertThat(result.out())
                .contains("Prompt:", "Plan:", "Model:", "Output:", "Examples:", "Exit codes:")
                .containsPattern("(?m)^ +3 +the model folder or its weights are wrong$")
                .containsPattern("(?m)^ +130 +cancelled$")
                .contains("--from-png", "--true-cfg-scale", "bottleneck4j generate \"a red fox");
        assertThat(result.out().lines().mapToInt(String::length).max().orElse(0))
                .isLessThanOrEqualTo(100);
    }

    private static List<String> keys(JsonNode json) {
        List<String> keys = new ArrayList<>();
        json.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    private static String text(Path png, String key) throws IOException {
        String text = PngText.read(png).get(key);
        assertThat(text).isNotNull();
        return String.valueOf(text);
    }
}
