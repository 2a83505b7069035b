package io.bottleneck4j.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.images.ImagesResponse;
import io.bottleneck4j.models.media.PictureReader;
import io.bottleneck4j.server.TinyServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/serving.md shows of OpenAI's client is this code. */
@Tag("slow")
class DocumentedClientTest {
    private static final String SHOWN_BASE = "\"http://127.0.0.1:8080/v1\"";

    @TempDir
    Path data;

    private static byte[] shown(String base) {
        OpenAIClient client =
                OpenAIOkHttpClient.builder().baseUrl(base).apiKey("none").build();
        ImagesResponse made = client.images()
                .generate(ImageGenerateParams.builder()
                        .prompt("a panda on a green background, 3d style")
                        .putAdditionalBodyProperty("plan", JsonValue.from("x3"))
                        .putAdditionalBodyProperty("seed", JsonValue.from(4))
                        .build());
        byte[] png =
                Base64.getDecoder().decode(made.data().get().get(0).b64Json().get());
        client.close();
        return png;
    }

    @Test
    void shownCode_isThis() throws IOException {
        Path root = Path.of("..");
        String here = tokens(Files.readString(
                root.resolve("server/src/test/java/io/bottleneck4j/server/client/DocumentedClientTest.java")));
        assertThat(here).contains(block(Files.readString(root.resolve("docs/serving.md"))));
    }

    /** The block of Java that makes a client. */
    private static String block(String markdown) {
        int inside = markdown.indexOf("OpenAIOkHttpClient.builder()");
        int begin = markdown.lastIndexOf("```java\n", inside) + "```java\n".length();
        return tokens(markdown.substring(begin, markdown.indexOf("```", begin)).replace(SHOWN_BASE, "base"));
    }

    private static String tokens(String text) {
        return text.replaceAll("\\s+", "");
    }

    @Test
    void shownCode_makesAPicture() throws IOException {
        try (TinyServer server = TinyServer.start(data)) {
            byte[] png = shown("http://127.0.0.1:" + server.port() + "/v1");
            assertThat(PictureReader.read("shown", png).width()).isPositive();
        }
    }
}
