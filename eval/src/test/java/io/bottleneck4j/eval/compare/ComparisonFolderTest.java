package io.bottleneck4j.eval.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.eval.compare.Comparison.Subject;
import io.bottleneck4j.eval.compare.ComparisonFolder.ForeignFileException;
import io.bottleneck4j.eval.compare.ComparisonFolder.Found;
import io.bottleneck4j.eval.metrics.Pictures;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonFolderTest {
    private static final Picture PICTURE = Pictures.random(16, 16, 1);

    @TempDir
    Path temporary;

    private ComparisonFolder folder() {
        return ComparisonFolder.open(temporary.resolve("out"));
    }

    @Test
    void picture_name_tellsPlanPromptAndSeed() {
        assertThat(ComparisonFolder.picture(new Subject("A red fox, 3d", 4), "x2"))
                .matches("pictures/x2/a-red-fox-3d-[0-9a-f]{8}-seed-4\\.png");
        assertThat(ComparisonFolder.picture(new Subject("猫", 4), "my/plan é"))
                .matches("pictures/my-plan/[0-9a-f]{8}-seed-4\\.png");
        assertThat(ComparisonFolder.picture(new Subject("../../x", 4), ".."))
                .matches("pictures/plan/x-[0-9a-f]{8}-seed-4\\.png");
    }

    @Test
    void picture_promptsAlikeInTheirWords_haveNamesOfTheirOwn() {
        assertThat(ComparisonFolder.picture(new Subject("a fox!", 4), "p"))
                .isNotEqualTo(ComparisonFolder.picture(new Subject("a fox?", 4), "p"));
    }

    @Test
    void find_noFile_isNothing() throws IOException {
        assertThat(folder().find("a.png", "key", "settings")).isEqualTo(Found.NOTHING);
    }

    @Test
    void find_sameSettings_isThePicture() throws IOException {
        ComparisonFolder folder = folder();
        PngWriter.write(folder.resolve("a.png"), PICTURE, Map.of("key", "settings"));
        assertThat(folder.find("a.png", "key", "settings")).isEqualTo(Found.SAME);
    }

    @Test
    void find_otherSettings_isNothing() throws IOException {
        ComparisonFolder folder = folder();
        PngWriter.write(folder.resolve("a.png"), PICTURE, Map.of("key", "others"));
        assertThat(folder.find("a.png", "key", "settings")).isEqualTo(Found.NOTHING);
    }

    @Test
    void find_cutOrChangedFile_isDamagedAndNamed() throws IOException {
        ComparisonFolder folder = folder();
        PngWriter.write(folder.resolve("a.png"), PICTURE, Map.of("key", "settings"));
        Path file = folder.resolve("a.png");
        byte[] whole = Files.readAllBytes(file);
        for (int length : new int[] {0, 1, 8, 40, whole.length / 2, whole.length - 5}) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(folder.find("a.png", "key", "settings"))
                    .as("%s bytes", length)
                    .satisfies(found -> assertThat(found.damage()).startsWith(file + ": "));
        }
    }

    @Test
    void find_foreignFile_isRefused() throws IOException {
        ComparisonFolder folder = folder();
        PngWriter.write(folder.resolve("mine.png"), PICTURE, Map.of("Software", "GIMP"));
        Files.writeString(folder.resolve("text.png"), "hello");
        Files.createDirectory(folder.resolve("folder.png"));
        assertForeign(folder, "mine.png", "holds no settings of bottleneck4j");
        assertForeign(folder, "text.png", "is not a PNG file");
        assertForeign(folder, "folder.png", "is not a PNG file");
    }

    private static void assertForeign(ComparisonFolder folder, String name, String why) {
        assertThatThrownBy(() -> folder.find(name, "key", "settings"))
                .isInstanceOf(ForeignFileException.class)
                .hasMessage(folder.resolve(name) + ": " + why
                        + ", and would be replaced; move it away, or name another folder with --out-dir");
    }

    @Test
    void requireOwn_pageWithoutTable_isRefused() throws IOException {
        ComparisonFolder folder = folder();
        assertThatCode(folder::requireOwn).doesNotThrowAnyException();
        folder.write(ComparisonFolder.PAGE, "<p>my own site");
        assertThatThrownBy(folder::requireOwn)
                .isInstanceOf(ForeignFileException.class)
                .hasMessageContaining("index.html: is there without results.json");
        folder.write(ComparisonFolder.TABLE, "{}");
        assertThatCode(folder::requireOwn).doesNotThrowAnyException();
    }

    @Test
    void requireDistinct_sameOrAlike_isRefused() {
        assertThatCode(() -> ComparisonFolder.requireDistinct(List.of("x2", "x3")))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> ComparisonFolder.requireDistinct(List.of("x2", "x3", "x2")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("plan: x2 is given twice; leave one out");
        assertThatThrownBy(() -> ComparisonFolder.requireDistinct(List.of("a b", "A-b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("plan: a b and A-b are too alike to tell their pictures apart; rename one");
    }

    @Test
    void open_whereAFileIs_saysSo() throws IOException {
        Path file = Files.writeString(temporary.resolve("file"), "");
        assertThatThrownBy(() -> ComparisonFolder.open(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("out-dir: " + file)
                .hasMessageEndingWith("name a folder that you may write to");
    }
}
