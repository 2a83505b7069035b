package io.bottleneck4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever makes pictures does not wait for what only videos need; the JVM tells what it loads. */
@Tag("slow")
class PictureWithoutVideoTest {
    @TempDir
    Path folder;

    @Test
    void generate_ofPicture_loadsNoClassOfFfmpeg() throws Exception {
        assertThat(classesLoadedFor("fox.png", "tiny-a"))
                .anyMatch(line -> line.contains("org.bytedeco.pytorch."))
                .noneMatch(PictureWithoutVideoTest::isOfVideo);
    }

    @Test
    void generate_ofVideo_loadsThem() throws Exception {
        assertThat(classesLoadedFor("fox.mp4", "hunyuan-a", "--width", "32", "--height", "32", "--frames", "1"))
                .anyMatch(PictureWithoutVideoTest::isOfVideo);
    }

    private static boolean isOfVideo(String line) {
        return line.contains("org.bytedeco.ffmpeg.") || line.contains("org.bytedeco.javacv.");
    }

    private List<String> classesLoadedFor(String output, String model, String... more) throws Exception {
        Path log = folder.resolve("classes.log");
        List<String> words = new ArrayList<>(List.of(
                "generate",
                "a fox",
                "--model",
                Cli.FOLDERS.resolve(model).toString(),
                "--dtype",
                "float32",
                "--plan",
                "baseline",
                "--steps",
                "1",
                "-o",
                folder.resolve(output).toString()));
        words.addAll(List.of(more));
        List<String> command = Cli.command(List.of("-Xlog:class+load:file=" + log), words);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        return Files.readAllLines(log);
    }
}
