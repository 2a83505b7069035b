package io.bottleneck4j.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.TinyFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was opened is closed, whatever fails on the way. */
class OpenedTest {
    @TempDir
    private Path temp;

    private final List<String> closed = new ArrayList<>();

    @Test
    void close_closesOnceAndLastFirst() {
        Opened opened = new Opened();
        for (String name : List.of("a", "b", "c")) {
            assertThat(opened.add(name, closed::add)).isEqualTo(name);
        }
        opened.close();
        opened.close();
        assertThat(closed).containsExactly("c", "b", "a");
    }

    @Test
    void close_whereOneFails_closesTheOthersToo() {
        Opened opened = new Opened();
        opened.add("a", closed::add);
        opened.add("b", name -> {
            throw new IllegalStateException(name);
        });
        opened.add("c", closed::add);
        assertThatThrownBy(opened::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("b");
        assertThat(closed).containsExactly("c", "a");
    }

    /** The tokenizers, which are open by then, are closed again: those of eighty times would take 14 MB. */
    @Tag("slow")
    @Test
    void loadTextEncoders_whereTheLastWeightsDoNotLoad_leavesNothingOpen() throws IOException {
        String pictures =
                TinyFolder.copy(Tiny.PICTURES, temp.resolve("p")).path().toString();
        String videos = TinyFolder.copy(Tiny.VIDEOS, temp.resolve("v")).path().toString();
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms96m",
                        "-Xmx96m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        FailingEncoders.class.getName(),
                        pictures,
                        "text_encoder_2",
                        videos,
                        "text_encoder")
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("MALLOC_ARENA_MAX", "1"); // less that is freed and kept in reserve
        Process process = builder.start();
        String[] growth = new String(process.getInputStream().readAllBytes(), UTF_8)
                .strip()
                .split(" ");
        assertThat(growth).hasSize(2);
        assertThat(Long.parseLong(growth[0])).as("native objects").isZero();
        assertThat(Long.parseLong(growth[1])).as("resident bytes").isLessThan(6L << 20);
    }
}
