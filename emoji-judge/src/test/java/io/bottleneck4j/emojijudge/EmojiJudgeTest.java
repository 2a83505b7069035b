package io.bottleneck4j.emojijudge;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.bundle.FileIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmojiJudgeTest {
    private static final Path INDEX = Path.of("src/main/resources/io/bottleneck4j/emojijudge/index.txt");
    private static final Set<String> NOT_MODEL = Set.of("src", "target", "pom.xml");

    @TempDir
    Path cache;

    @Test
    void index_ofTheFolder_isUpToDate() throws IOException {
        String lines = FileIndex.of(Path.of(""), NOT_MODEL);
        Path fresh = Path.of("target/index.txt");
        Files.writeString(fresh, lines);
        assertThat(Files.exists(INDEX) ? Files.readString(INDEX) : "")
                .as("the model's files have changed; run: cp emoji-judge/%s emoji-judge/%s", fresh, INDEX)
                .isEqualTo(lines);
    }

    @Test
    void folder_firstUse_unpacksEveryFile() throws IOException {
        Path folder = EmojiJudge.folder(cache);

        assertThat(FileIndex.of(folder, Set.of())).isEqualTo(FileIndex.of(Path.of(""), NOT_MODEL));
    }
}
