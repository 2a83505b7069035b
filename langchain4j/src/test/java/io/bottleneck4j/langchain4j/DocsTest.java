package io.bottleneck4j.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.image.Image;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the documentation shows is what runs. */
class DocsTest {
    @TempDir
    private Path temp;

    private static void shown(Path folder, Path png) throws IOException {
        try (BottleneckImageModel model =
                BottleneckImageModel.builder().model(folder).plan("x3").seed(7).build()) {
            Image fox = model.generate("a red fox").content();
            Image owl = model.edit(fox, "a white owl").content();
            Files.write(png, Base64.getDecoder().decode(owl.base64Data()));
        }
    }

    @Test
    void shown_runs_andIsShown() throws IOException {
        Path folder = Golden.folder("tiny-a");
        Path png = temp.resolve("owl.png");
        shown(folder, png);
        assertThat(ImageIO.read(png.toFile()).getWidth())
                .isEqualTo(Model.open(folder).planner().defaultWidth());
        String source = Files.readString(Path.of("src/test/java/io/bottleneck4j/langchain4j/DocsTest.java"));
        String docs = Files.readString(Path.of("../docs/java-frameworks.md"));
        int begin = docs.indexOf("```java\ntry (BottleneckImageModel") + 8;
        assertThat(tokens(source)).contains(tokens(docs.substring(begin, docs.indexOf("```", begin))));
    }

    private static String tokens(String text) {
        return text.replaceAll("\\s+", "");
    }
}
