package io.bottleneck4j.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BundleTest {
    /** Made for this test: its index.txt lists model_index.json, part/config.json and part/weights.bin. */
    private static final Bundle SMALL = new Bundle(BundleTest.class, "small");

    private static final Path MODEL = Path.of("src/test/resources/io/bottleneck4j/bundle/small");

    @TempDir
    Path cache;

    @Test
    void index_ofTheFolder_isUpToDate() throws IOException {
        assertThat(Path.of("src/test/resources/io/bottleneck4j/bundle/index.txt"))
                .content()
                .isEqualTo(FileIndex.of(MODEL, Set.of()));
    }

    @Test
    void of_withoutSomeNames_leavesThemOut() throws IOException {
        assertThat(FileIndex.of(MODEL, Set.of("part")).lines())
                .singleElement()
                .satisfies(line -> assertThat(line).endsWith(" model_index.json"));
    }

    @Test
    void folder_whoseFilesAreNotThoseListed_isRefused() {
        Bundle other = new Bundle(BundleTest.class, "other");

        assertThatIOException()
                .isThrownBy(() -> other.folder(cache))
                .withMessageContaining(
                        ": other cannot be unpacked here (1 MB): other/model_index.json is not in the jar");
        assertThat(cache).isEmptyDirectory();
    }

    /** Java says ? where the system does not list the user, as in containers. */
    @ParameterizedTest
    @CsvSource({
        "/, /env, /",
        "/nonexistent, /, /",
        "/, /tmp, /tmp",
        "/nonexistent, /env, /env",
        "?, /env, /env",
        "'', /env, /env",
        "?, '', ."
    })
    void home_isJavasOrTheVariable(String java, String variable, Path home) {
        String before = System.getProperty("user.home");
        try {
            System.setProperty("user.home", java);
            assertThat(Bundle.home(Map.of("HOME", variable))).isEqualTo(home);
            assertThat(Bundle.home(Map.of())).isEqualTo(Path.of(java.startsWith("/") ? java : "."));
        } finally {
            System.setProperty("user.home", before);
        }
    }

    @Test
    void folder_firstUse_unpacksEveryFile() throws IOException {
        Path folder = SMALL.folder(cache.resolve("not/yet"));
        assertThat(modelFiles(folder)).isEqualTo(modelFiles(MODEL));
        for (String path : modelFiles(MODEL)) {
            assertThat(folder.resolve(path)).hasSameBinaryContentAs(MODEL.resolve(path));
        }
        assertThat(names(cache.resolve("not/yet")))
                .containsExactly(folder.getFileName().toString());
    }

    @Test
    void cacheDirectory_isXdgsOrTheHomes() {
        Path home = Path.of("/home/a");
        assertThat(Bundle.cacheDirectory(Map.of("XDG_CACHE_HOME", "/c"), home)).isEqualTo(Path.of("/c/bottleneck4j"));
        assertThat(Bundle.cacheDirectory(Map.of("XDG_CACHE_HOME", " "), home))
                .isEqualTo(Path.of("/home/a/.cache/bottleneck4j"));
        assertThat(Bundle.cacheDirectory(Map.of(), home)).isEqualTo(Path.of("/home/a/.cache/bottleneck4j"));
    }

    @Test
    void folder_secondUse_leavesItAlone() throws IOException {
        Path folder = SMALL.folder(cache);
        Path file = folder.resolve("model_index.json");
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
        assertThat(SMALL.folder(cache)).isEqualTo(folder);
        assertThat(Files.getLastModifiedTime(file).toMillis()).isZero();
    }

    @Test
    void folder_withAFileMissingOrCut_isUnpackedAnew() throws IOException {
        Path folder = SMALL.folder(cache);
        Files.delete(folder.resolve("part/config.json"));
        SMALL.folder(cache);
        assertThat(folder.resolve("part/config.json")).exists();
        Files.writeString(folder.resolve("model_index.json"), "{}");
        SMALL.folder(cache);
        assertThat(folder.resolve("model_index.json")).hasSameBinaryContentAs(MODEL.resolve("model_index.json"));
        assertThat(names(cache)).hasSize(1);
    }

    @Test
    void folder_firstUseByManyAtOnce_isWholeForEach() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try {
            Callable<Path> use = () -> {
                Path folder = SMALL.folder(cache);
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
                .isThrownBy(() -> SMALL.folder(file))
                .withMessageStartingWith(file + ": small cannot be unpacked here (1 MB): ")
                .withMessageEndingWith("; make room, or name a cache directory you may write to, as by XDG_CACHE_HOME");
    }

    private static Set<String> modelFiles(Path folder) throws IOException {
        Set<String> paths = new TreeSet<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            walk.filter(Files::isRegularFile)
                    .map(folder::relativize)
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
