package io.bottleneck4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Result;
import io.bottleneck4j.pipeline.Settings;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each example does what its comment says. */
class ExamplesTest {
    @TempDir
    Path folder;

    /** In a Java of its own without any flag, from an empty folder. */
    @Test
    void firstPicture_byAPlainMain_isWritten() throws Exception {
        String classPath = Arrays.stream(
                        System.getProperty("java.class.path", "").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home", ""), "bin", "java")
                                .toString(),
                        "-cp",
                        classPath,
                        FirstPicture.class.getName())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        BufferedImage picture = ImageIO.read(folder.resolve("rocket.png").toFile());
        assertThat(picture.getWidth()).isEqualTo(256);
    }

    @Test
    void docs_showFirstPicture_andTheProjectThatCiBuilds() throws IOException {
        Path root = Path.of("..");
        String guide = Files.readString(root.resolve("docs/java.md"));
        String code = tokens(block(guide, "java"));
        String dependencies = tokens(block(guide, "xml"));
        assertThat(tokens(root.resolve("examples/src/main/java/io/bottleneck4j/examples/FirstPicture.java")))
                .contains(code);
        assertThat(tokens(root.resolve(".ci/consumer/pom.xml")).replace("${platform}", "linux-x86_64"))
                .contains(dependencies);
        assertThat(tokens(root.resolve("README.md"))).contains(code);
        assertThat(tokens(root.resolve("docs/tutorial.md"))).contains(code).contains(dependencies);
    }

    private static String block(String markdown, String language) {
        int begin = markdown.indexOf("```" + language + "\n") + language.length() + 4;
        return markdown.substring(begin, markdown.indexOf("```", begin));
    }

    private static String tokens(Path file) throws IOException {
        return tokens(Files.readString(file));
    }

    private static String tokens(String text) {
        return text.replaceAll("\\s+", "");
    }

    @Test
    void ownPlan_runsItsStages() throws IOException {
        Path output = folder.resolve("fox.png");
        Result result = OwnPlan.make(output);
        assertThat(result.request().plan().stages().stages()).hasSize(3);
        Settings stored = Settings.read(output, Model.Kind.PICTURE);
        assertThat(stored).isNotNull().isEqualTo(result.settings());
    }

    @Test
    void listener_writesAPreviewEveryFifthStep() throws IOException {
        ListenerWithPreviews.make(folder);
        assertThat(names())
                .containsExactlyInAnyOrder("panda-5.png", "panda-10.png", "panda-15.png", "panda-20.png", "panda.png");
        assertThat(ImageIO.read(folder.resolve("panda-10.png").toFile()).getWidth())
                .isEqualTo(128);
    }

    @Test
    void cancel_stopsBetweenSteps() throws Exception {
        assertThat(Cancel.stopAfterTheFirstStep()).startsWith("cancelled");
    }

    @Test
    void video_hasItsFrames() throws IOException {
        Path output = folder.resolve("balloon.mp4");
        assertThat(Video.make(output).frames()).hasSize(9);
        assertThat(output).isNotEmptyFile();
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }
}
