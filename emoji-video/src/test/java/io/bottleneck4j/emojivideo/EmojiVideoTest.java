package io.bottleneck4j.emojivideo;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.bundle.Bundle;
import io.bottleneck4j.bundle.FileIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmojiVideoTest {
    private static final Path INDEX = Path.of("src/main/resources/io/bottleneck4j/emojivideo/index.txt");
    private static final Set<String> NOT_MODEL = Set.of("src", "target", "pom.xml");

    @TempDir
    Path cache;

    @Test
    void index_ofTheFolder_isUpToDate() throws IOException {
        String lines = FileIndex.of(Path.of(""), NOT_MODEL);
        Path fresh = Path.of("target/index.txt");
        Files.writeString(fresh, lines);
        assertThat(Files.exists(INDEX) ? Files.readString(INDEX) : "")
                .as("the model's files have changed; run: cp emoji-video/%s emoji-video/%s", fresh, INDEX)
                .isEqualTo(lines);
    }

    @Test
    void folder_firstUse_unpacksEveryFile() throws IOException {
        Path folder = EmojiVideo.folder(cache);

        assertThat(FileIndex.of(folder, Set.of())).isEqualTo(FileIndex.of(Path.of(""), NOT_MODEL));
    }

    @Test
    void folder_withoutACacheNamed_isInTheUsers() throws IOException {
        Path users = Bundle.cacheDirectory(System.getenv(), Path.of(System.getProperty("user.home", "")));
        assertThat(EmojiVideo.folder()).isEqualTo(EmojiVideo.folder(users)).startsWith(users);
    }
}
