package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.pipeline.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code generate --init-image}, {@code --strength} and {@code --mask}. */
class InitImageTest {
    private static final Path PICTURES = Cli.FOLDERS.resolveSibling("pictures");

    @TempDir
    Path folder;

    private Cli.Result tiny(Object... more) {
        List<Object> args = new ArrayList<>(
                List.of("generate", "a cat", "--model", Cli.TINY, "--max-sequence-length", 16, "--seed", 3));
        args.addAll(List.of(more));
        return Cli.run(args.toArray());
    }

    private static String settings(Path png) throws IOException {
        return Objects.requireNonNull(PngText.read(png).get(Settings.PICTURE_KEY));
    }

    @Test
    void generate_fromAPicture_takesItsSize_andIsRepeated() throws IOException {
        Path in = Files.copy(PICTURES.resolve("turned.jpg"), folder.resolve("in.jpg")); // 14 × 21, turned
        Path mask = PICTURES.resolve("grey.png");
        Path png = folder.resolve("out.png");
        Cli.Result result = tiny(
                "--init-image", in, "--mask", mask, "--strength", 0.7, "--width", 32, "-o", png, "--format", "json");
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.err())
                .contains("init-image: 14 x 21 px become 32 x 48")
                .contains("strength 0.7 starts in stage 2 of 3");
        assertThat(PngReader.read(png).height()).isEqualTo(48);
        assertThat(settings(png))
                .contains("\"init_image\":{\"file\":\"" + in + "\",\"sha256\":\"", "\"strength\":0.7}");

        Path again = folder.resolve("again.png");
        Cli.Result repeated = Cli.run("generate", "--from-png", png, "-o", again);
        assertThat(repeated.code()).as(repeated.err()).isZero();
        assertThat(again).hasSameBinaryContentAs(png);
        assertThat(Cli.run("generate", "--from-png", png, "--strength", 1, "-o", again)
                        .code())
                .isZero();
        assertThat(settings(again)).endsWith("\"strength\":1.0}");

        Files.copy(PICTURES.resolve("rgb.jpg"), in, StandardCopyOption.REPLACE_EXISTING);
        assertThat(Cli.run("generate", "--from-png", png, "-o", again).err()).contains("is not the file that");
        assertThat(Cli.run("generate", "--from-png", png, "--init-image", in, "-o", again)
                        .code())
                .isZero();
    }

    @Test
    void generate_upscale_runsInTiles_andIsRepeated() throws IOException {
        Path png = folder.resolve("up.png");
        Path again = folder.resolve("again.png");
        Cli.Result large =
                tiny("--init-image", PICTURES.resolve("rgb.png"), "--upscale", 5, "-o", png, "--format", "json");
        assertThat(large.code()).as(large.err()).isZero();
        assertThat(large.err()).contains("init-image: 21 x 14 px become 112 x 64");
        assertThat(Cli.run("generate", "--from-png", png, "-o", again).code()).isZero();
        assertThat(Files.readAllBytes(again)).isEqualTo(Files.readAllBytes(png));
        assertThat(Cli.run("generate", "--from-png", png, "--upscale", 2, "-o", again)
                        .err())
                .contains("upscale: does not go together with --from-png, whose settings have a size");
        assertThat(tiny("--init-image", PICTURES.resolve("rgb.png"), "--upscale", 5, "--width", 64)
                        .err())
                .contains("upscale: gives the size");
        assertThat(tiny("--init-image", PICTURES.resolve("rgb.png"), "--upscale", 5, "--cache", "toca")
                        .err())
                .contains("toca works inside the model, which sees this stage in 2 tiles");
    }

    @Test
    void generate_largerThanWebpTakes_isRefusedBeforeAnyStep() {
        Cli.Result large = tiny("--plan", "baseline", "--width", 16400, "--height", 16, "-o", folder.resolve("x.webp"));
        assertThat(large.code()).isNotZero();
        assertThat(large.err())
                .contains("width: 16400 px is more than WebP's 16383; write PNG")
                .doesNotContain("step");
    }

    @Test
    void generate_strengthWithoutAPicture_andVideos_areRefused() {
        assertThat(tiny("--strength", 0.5).err()).contains("strength: needs a picture to change; give init-image too");
        assertThat(tiny("--init-image", folder.resolve("none.png")).err())
                .contains("must be a picture, and there is none");
        assertThat(tiny("--init-image", PICTURES.resolve("rgb.png")).err())
                .contains("init-image: height: 14 px is too small; use at least 16");
        Cli.Result video = Cli.run(
                "generate",
                "a",
                "--model",
                Cli.FOLDERS.resolve("hunyuan-a"),
                "--init-image",
                PICTURES.resolve("rgb.png"));
        assertThat(video.code()).isNotZero();
        assertThat(video.err()).contains("makes videos, from text alone");
    }
}
