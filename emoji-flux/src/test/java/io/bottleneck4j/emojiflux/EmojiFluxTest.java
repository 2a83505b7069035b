package io.bottleneck4j.emojiflux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmojiFluxTest {
    private static final Path MODEL = Path.of("").toAbsolutePath();
    private static final Path INDEX = Path.of("src/main/resources/io/bottleneck4j/emojiflux/index.txt");
    private static final Set<String> NOT_MODEL = Set.of("src", "target", "pom.xml");

    @TempDir
    Path cache;

    @Test
    void index_ofTheFolder_isUpToDate() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String path : modelFiles(MODEL)) {
            byte[] bytes = Files.readAllBytes(MODEL.resolve(path));
            lines.append(FileIndex.sha256(bytes) + " " + bytes.length + " " + path + "\n");
        }
        Path fresh = Path.of("target/index.txt");
        Files.writeString(fresh, lines);
        assertThat(Files.exists(INDEX) ? Files.readString(INDEX) : "")
                .as("the model's files have changed; run: cp emoji-flux/%s emoji-flux/%s", fresh, INDEX)
                .isEqualTo(lines.toString());
    }

    @Test
    void folder_firstUse_unpacksEveryFile() throws IOException {
        Path folder = EmojiFlux.folder(cache.resolve("not/yet"));
        assertThat(modelFiles(folder)).isEqualTo(modelFiles(MODEL));
        for (String path : modelFiles(MODEL)) {
            assertThat(folder.resolve(path)).hasSameBinaryContentAs(MODEL.resolve(path));
        }
        assertThat(names(cache.resolve("not/yet")))
                .containsExactly(folder.getFileName().toString());
    }

    @Test
    void folder_secondUse_leavesItAlone() throws IOException {
        Path folder = EmojiFlux.folder(cache);
        Path file = folder.resolve("model_index.json");
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
        assertThat(EmojiFlux.folder(cache)).isEqualTo(folder);
        assertThat(Files.getLastModifiedTime(file).toMillis()).isZero();
    }

    @Test
    void folder_withAFileMissingOrCut_isUnpackedAnew() throws IOException {
        Path folder = EmojiFlux.folder(cache);
        Files.delete(folder.resolve("vae/config.json"));
        EmojiFlux.folder(cache);
        assertThat(folder.resolve("vae/config.json")).exists();
        Files.writeString(folder.resolve("model_index.json"), "{}");
        EmojiFlux.folder(cache);
        assertThat(folder.resolve("model_index.json")).hasSameBinaryContentAs(MODEL.resolve("model_index.json"));
        assertThat(names(cache)).hasSize(1);
    }

    @Test
    void folder_firstUseByManyAtOnce_isWholeForEach() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            Callable<Path> use = () -> {
                Path folder = EmojiFlux.folder(cache);
                assertThat(modelFiles(folder)).isEqualTo(modelFiles(MODEL));
                return folder;
            };
            List<Future<Path>> used = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                used.add(pool.submit(use));
            }
            for (Future<Path> folder : used) {
                assertThat(folder.get()).isEqualTo(used.get(0).get());
            }
            assertThat(names(cache)).hasSize(1);
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void folder_cacheThatIsAFile_saysWhatToDo() throws IOException {
        Path file = Files.writeString(cache.resolve("f"), "x");
        assertThatIOException()
                .isThrownBy(() -> EmojiFlux.folder(file))
                .withMessageStartingWith(file + ": the bundled model cannot be unpacked here (24 MB): ")
                .withMessageEndingWith("; make room, or name a cache directory you may write to");
    }

    private static Set<String> modelFiles(Path folder) throws IOException {
        Set<String> paths = new TreeSet<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            walk.filter(Files::isRegularFile)
                    .map(folder::relativize)
                    .filter(path -> !NOT_MODEL.contains(path.getName(0).toString()))
                    .forEach(path -> paths.add(path.toString().replace('\\', '/')));
        }
        return paths;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
