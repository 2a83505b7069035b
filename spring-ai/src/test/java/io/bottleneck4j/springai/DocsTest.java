package io.bottleneck4j.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.content.Media;
import org.springframework.ai.image.ImageMessage;
import org.springframework.ai.image.ImageModel;
import org.springframework.ai.image.ImagePrompt;
import org.springframework.ai.image.ImageResponse;
import org.springframework.core.io.FileSystemResource;
import org.springframework.util.MimeTypeUtils;

/** What the documentation shows is what runs. */
class DocsTest {
    private static final String START = "```java\n";

    @TempDir
    private Path temp;

    static class Pictures {
        private final ImageModel images;

        Pictures(ImageModel images) {
            this.images = images;
        }

        byte[] png(String prompt) {
            ImageResponse response = images.call(new ImagePrompt(prompt));
            return Base64.getDecoder()
                    .decode(response.getResults().get(0).getOutput().getB64Json());
        }
    }

    private static void edit(ImageModel images) {
        Media photo = new Media(MimeTypeUtils.IMAGE_JPEG, new FileSystemResource("photo.jpg"));
        ImageMessage message = new ImageMessage("make it winter", null, List.of(photo), Map.of());
        images.call(new ImagePrompt(
                message, BottleneckImageOptions.builder().strength(0.7).build()));
    }

    @Test
    void shown_runs() throws IOException {
        try (Pipeline pipeline = Model.open(Tiny.FOLDER).pipeline(Tiny.FLOAT32)) {
            ImageModel images = BottleneckImageModel.builder()
                    .pipeline(pipeline)
                    .options(Tiny.options().build())
                    .build();
            assertThat(new Pictures(images).png("a red fox"))
                    .isEqualTo(Tiny.file(pipeline, Tiny.request(pipeline, 7), temp.resolve("own.png")));
            assertThat(Path.of("photo.jpg")).doesNotExist();
            assertThat(catchThrowable(() -> edit(images)))
                    .hasRootCauseInstanceOf(IOException.class)
                    .hasMessageContaining("photo.jpg");
        }
    }

    @Test
    void docs_showThese() throws IOException {
        String source = tokens(Files.readString(Path.of("src/test/java/io/bottleneck4j/springai/DocsTest.java")));
        String docs = Files.readString(Path.of("../docs/java-frameworks.md"));
        for (String first : List.of("class Pictures", "Media photo")) {
            int begin = docs.indexOf(START + first) + START.length();
            assertThat(begin).as(first).isGreaterThan(START.length());
            assertThat(source).contains(tokens(docs.substring(begin, docs.indexOf("```", begin))));
        }
    }

    private static String tokens(String text) {
        return text.replaceAll("\\s+", "");
    }
}
