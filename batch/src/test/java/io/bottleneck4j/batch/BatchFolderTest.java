package io.bottleneck4j.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchFolderTest {
    @TempDir
    Path folder;

    @Test
    void places_stayWithinTheFolder_andDiffer() {
        Path run = Path.of("/run");
        Set<String> lower = new HashSet<>();
        for (String id : new String[] {
            "fox",
            "Fox",
            "FOX",
            "../fox",
            "../../etc/passwd",
            "a/b",
            "a\\b",
            "a_b",
            "..",
            ".",
            "con:",
            " ",
            "\u72d0\u72f8",
            "x".repeat(512),
            "x".repeat(511),
            "fox.",
            "a?*b",
            "/abs",
            "\ud83e\udd8a"
        }) {
            String place = BatchFolder.place(id, "png");
            assertThat(run.resolve(place).normalize().toString())
                    .isEqualTo(run.resolve(place).toString())
                    .startsWith("/run/images/");
            assertThat(place)
                    .matches("images/[0-9a-f]{3}/[a-z0-9_][a-z0-9_.-]*\\.png")
                    .hasSizeLessThan(130);
            assertThat(lower.add(place.substring(11))).as(place).isTrue();
        }
        assertThat(BatchFolder.place("fox-1", "png")).endsWith("/fox-1.png");
        assertThat(BatchFolder.place("fox-1", "mp4")).startsWith("videos/");
    }

    @Test
    void folders_areBalanced() {
        Map<String, Long> counts = IntStream.range(0, 100_000)
                .mapToObj(i -> BatchFolder.place("row-" + i, "png").substring(7, 10))
                .collect(java.util.stream.Collectors.groupingBy(it -> it, java.util.stream.Collectors.counting()));
        assertThat(counts).hasSize(4096);
        assertThat(counts.values()).allMatch(count -> count < 60); // 24 in the mean
    }

    @Test
    void anotherRun_isRefused_bySettings() throws IOException {
        BatchFolder run = new BatchFolder(folder.resolve("run"));
        run.begin(Map.of("model", "emoji-flux", "plan", "x3"));
        run.begin(Map.of("model", "emoji-flux", "plan", "x3"));
        assertThatThrownBy(() -> run.begin(Map.of("model", "emoji-flux", "seed", "4")))
                .hasMessageContaining("with other settings")
                .hasMessageContaining("plan: x3 and none; seed: none and 4");
        Files.writeString(folder.resolve("notes.txt"), "mine");
        assertThatThrownBy(() -> new BatchFolder(folder).begin(Map.of()))
                .hasMessageContaining("holds files and no batch.json");
        assertThatThrownBy(() -> new BatchFolder(folder.resolve("notes.txt")).begin(Map.of()))
                .hasMessageContaining("is a file; name a folder");
        Files.writeString(folder.resolve("run/batch.json"), "{\"format\": \"other\", \"settings\": []}");
        assertThatThrownBy(() -> run.begin(Map.of())).hasMessageContaining("format must be 'bottleneck4j batch 1'");
    }
}
