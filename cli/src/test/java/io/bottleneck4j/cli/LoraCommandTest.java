package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.pipeline.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --lora}: what it tells, what it stores, and how it fails. */
class LoraCommandTest {
    private static final Path FILES = Cli.FOLDERS.resolveSibling("lora").resolve("files");

    @TempDir
    private Path temp;

    private Path style = Path.of("");

    @BeforeEach
    void copy() throws IOException {
        style = Files.copy(FILES.resolve("kohya.safetensors"), temp.resolve("style.safetensors"));
    }

    private static Cli.Result generate(Path png, Object... more) {
        List<Object> words = new ArrayList<>(List.of("generate", "-o", png));
        words.addAll(List.of(more));
        return Cli.run(words.toArray());
    }

    private static Cli.Result tiny(Path png, Object... more) {
        List<Object> words = new ArrayList<>(List.of(
                "a fox",
                "--model",
                Cli.TINY,
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
                "--seed",
                5));
        words.addAll(List.of(more));
        return generate(png, words.toArray());
    }

    @Test
    void generate_withLora_saysSoStoresItAndMakesItAgain() throws IOException {
        Path plain = temp.resolve("plain.png");
        Path png = temp.resolve("style.png");
        assertThat(tiny(plain).code()).isZero();
        Cli.Result made = tiny(png, "--lora", style + ":0.8", "--format", "json");
        assertThat(made.code()).as(made.err()).isZero();
        assertThat(made.err())
                .contains(
                        "lora style.safetensors: applied 57 of 57 modules (transformer 39, text_encoder 18), scale 0.8");
        assertThat(made.out()).contains("\"loras\":[{\"file\":\"" + style + "\",\"scale\":0.8,\"sha256\":\"");
        assertThat(Files.readAllBytes(png)).isNotEqualTo(Files.readAllBytes(plain));
        assertThat(PngText.read(png).get(Settings.PICTURE_KEY)).contains("\"loras\":[{\"file\":\"" + style + "\"");
        assertThat(PngText.read(png).get("parameters"))
                .contains("a fox <lora:style:0.8>")
                .contains("Lora hashes: ");

        Path again = temp.resolve("again.png");
        assertThat(generate(again, "--from-png", png).code()).isZero();
        assertThat(again).hasSameBinaryContentAs(png);
        assertThat(generate(again, "--from-png", png, "--lora", "none").code()).isZero();
        assertThat(again).hasSameBinaryContentAs(plain);

        Files.delete(style);
        Cli.Result missing = generate(again, "--from-png", png);
        assertThat(missing.code()).isEqualTo(3);
        assertThat(missing.err()).contains("style.safetensors: must be there, is not");
        Files.copy(FILES.resolve("xlabs.safetensors"), style);
        Cli.Result changed = generate(again, "--from-png", png);
        assertThat(changed.code()).isEqualTo(3);
        assertThat(changed.err())
                .contains("must be the file the picture was made with")
                .contains("--lora");
        Path moved = Files.copy(FILES.resolve("kohya.safetensors"), temp.resolve("moved.safetensors"));
        assertThat(generate(again, "--from-png", png, "--lora", moved + ":0.8").code())
                .isZero();
    }

    @Test
    void generate_withSeveralLoras_addsThemAll() {
        Path png = temp.resolve("two.png");
        Cli.Result result = tiny(png, "--lora", style, "--lora", FILES.resolve("xlabs.safetensors") + ":-0.5");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.err())
                .contains("lora style.safetensors: applied 57 of 57")
                .contains("scale 1")
                .contains("lora xlabs.safetensors: applied ")
                .contains("scale -0.5");
    }

    @Test
    void generate_withALoraThatDoesNotFit_fails() {
        Cli.Result other = generate(temp.resolve("x.png"), "a fox", "--lora", style);
        assertThat(other.code()).isEqualTo(3);
        assertThat(other.errLines()).hasSize(1);
        assertThat(other.err())
                .contains("none of its 57 modules fits the model")
                .contains("inputs, the layer");
        Cli.Result model =
                tiny(temp.resolve("x.png"), "--lora", Cli.TINY.resolve("vae/diffusion_pytorch_model.safetensors"));
        assertThat(model.code()).isEqualTo(3);
        assertThat(model.err()).contains("is no LoRA: it holds ");
    }

    @Test
    void options_thatAreWrong_areTold() {
        Path png = temp.resolve("x.png");
        Cli.Result word = tiny(png, "--lora", style + ":strong");
        assertThat(word.code()).isEqualTo(2);
        assertThat(word.err()).contains("lora: scale must be a number, as in pixel-art.safetensors:0.8, not 'strong'");
        assertThat(tiny(png, "--lora", style + ":NaN").err()).contains("lora: scale must be a finite number, not NaN");
        assertThat(tiny(png, "--lora-partial").err()).contains("lora-partial: has no effect without --lora");
        assertThat(tiny(png, "--lora", temp.resolve("none.safetensors")).err()).contains("must be there, is not");
        assertThat(generate(temp.resolve("x.mp4"), "a fox", "--model", "emoji-video", "--lora", style)
                        .err())
                .contains("none of its ", "fits the model: ");
    }

    @Test
    void generate_withAWebUisWordsInThePrompt_warns() {
        Cli.Result result = generate(
                temp.resolve("x.png"),
                "a fox <lora:style:0.8>",
                "--model",
                Cli.TINY,
                "--plan",
                "baseline",
                "--steps",
                1,
                "--max-sequence-length",
                8);
        assertThat(result.code()).isZero();
        assertThat(result.err())
                .contains("<lora:...> in a prompt is read as words and adds nothing; add the file by --lora");
    }

    @Test
    void compare_withLora_takesItAlong() throws IOException {
        Path folder = temp.resolve("comparison");
        Cli.Result result = Cli.run(
                "compare",
                "a fox",
                "--model",
                Cli.TINY,
                "--width",
                64,
                "--height",
                64,
                "--plan",
                "baseline",
                "--plan",
                "bottleneck",
                "--max-sequence-length",
                8,
                "--lora",
                style + ":0.5",
                "--out-dir",
                folder);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(Files.readString(folder.resolve("index.html"))).contains("style.safetensors:0.5, sha256 ");
    }
}
