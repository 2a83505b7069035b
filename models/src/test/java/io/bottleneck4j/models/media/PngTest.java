package io.bottleneck4j.models.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PngTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"1,1", "1,7", "7,1", "16,16", "33,17", "256,128"})
    void write_anySize_isReadBackEqual(int width, int height) throws IOException {
        Picture picture = picture(width, height);
        Path file = folder.resolve("a.png");
        PngWriter.write(file, picture, Map.of());
        assertThat(PngReader.read(file)).isEqualTo(picture);
    }

    @Test
    void write_noise_isReadBackEqual() throws IOException {
        byte[] rgb = new byte[3 * 40 * 30];
        new Random(1).nextBytes(rgb);
        PngWriter.write(folder.resolve("a.png"), new Picture(40, 30, rgb), Map.of());
        assertThat(PngReader.read(folder.resolve("a.png")).rgb()).isEqualTo(rgb);
    }

    @Test
    void write_texts_areReadBackInAnyScript() throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("bottleneck4j", "{\"prompt\":\"x\"}");
        texts.put("empty", "");
        texts.put("latin", "café\nSteps: 20, Size: 16x16");
        texts.put("parameters", "🦊 狐狸 \u0000 after");
        Path file = folder.resolve("a.png");
        PngWriter.write(file, picture(4, 4), texts);
        assertThat(PngText.read(file)).containsExactlyEntriesOf(texts);
        String raw = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(raw).contains("tEXtlatin").contains("iTXtparameters");
    }

    @Test
    void write_textsInAnotherOrder_givesTheSameBytes() throws IOException {
        Map<String, String> reversed = new LinkedHashMap<>();
        reversed.put("b", "2");
        reversed.put("a", "1");
        Map<String, String> sorted = new LinkedHashMap<>();
        sorted.put("a", "1");
        sorted.put("b", "2");
        PngWriter.write(folder.resolve("1.png"), picture(9, 9), reversed);
        PngWriter.write(folder.resolve("2.png"), picture(9, 9), sorted);
        assertThat(folder.resolve("1.png")).hasSameBinaryContentAs(folder.resolve("2.png"));
    }

    @Test
    void write_keyThatIsNotPng_isRefused() {
        Path file = folder.resolve("a.png");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PngWriter.write(file, picture(2, 2), Map.of("狐", "x")))
                .withMessage("key: must be 1 to 79 Latin-1 characters without outer or double spaces, not \"狐\";"
                        + " shorten or rename it");
        assertThat(file).doesNotExist();
    }

    @Test
    void write_overAnOlderFile_replacesItAndLeavesNothingElse() throws IOException {
        Path file = folder.resolve("a.png");
        Files.writeString(file, "old");
        PngWriter.write(file, picture(3, 3), Map.of());
        assertThat(PngReader.read(file)).isEqualTo(picture(3, 3));
        assertThat(names()).containsExactly("a.png");
    }

    @Test
    void write_throughALink_keepsTheLink() throws IOException {
        Path file = Files.writeString(folder.resolve("a.png"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link.png"), file);
        PngWriter.write(link, picture(3, 3), Map.of());
        assertThat(link).isSymbolicLink();
        assertThat(PngReader.read(file)).isEqualTo(picture(3, 3));
    }

    @Test
    void write_missingFolder_namesIt() {
        Path file = folder.resolve("none/a.png");
        assertThatIOException()
                .isThrownBy(() -> PngWriter.write(file, picture(2, 2), Map.of()))
                .withMessage(
                        file + ": cannot be written: the folder " + file.getParent() + " is missing; create it first");
    }

    /** Before a picture is made for it; disks take 255 bytes. */
    @ParameterizedTest
    @ValueSource(strings = {"a", "狐"})
    void requireTarget_ofANameTooLong_isRefused(String letter) throws IOException {
        String name = letter.repeat(260 / letter.getBytes(StandardCharsets.UTF_8).length) + ".png";
        assertThatIOException()
                .isThrownBy(() -> PngWriter.requireTarget(folder.resolve(name)))
                .withMessageContaining("cannot be written: the name of " + name.length()
                        + " characters is longer than its disk takes; use a shorter one")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(220));
        PngWriter.requireTarget(folder.resolve(name.substring(letter.length() * 9)));
    }

    @Test
    void write_folderInsteadOfFile_isRefused() {
        assertThatIOException()
                .isThrownBy(() -> PngWriter.write(folder, picture(2, 2), Map.of()))
                .withMessage(folder + ": must be a file, and is a folder; name a file in it");
    }

    @Test
    void write_intoAFile_isRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("f"), "x").resolve("a.png");
        assertThatIOException()
                .isThrownBy(() -> PngWriter.write(file, picture(2, 2), Map.of()))
                .withMessageContaining("is not a folder; name another");
    }

    @Test
    void write_fullDisk_saysSoAndKeepsTheDevice() {
        Path full = Path.of("/dev/full");
        assumeThat(full).exists();
        assertThatIOException()
                .isThrownBy(() -> PngWriter.write(full, picture(2, 2), Map.of()))
                .withMessage("/dev/full: cannot be written: No space left on device; free some space on the disk of"
                        + " /dev, or name a file on another");
        assertThat(Files.isRegularFile(full)).isFalse();
    }

    @Test
    void write_tooLongName_leavesNoFile() throws IOException {
        Path file = folder.resolve("x".repeat(300) + ".png");
        assertThatIOException()
                .isThrownBy(() -> PngWriter.write(file, picture(2, 2), Map.of()))
                .withMessageContaining("cannot be written");
        assertThat(names()).isEmpty();
    }

    @Test
    void readText_otherFile_isRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("a.png"), "not a picture");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PngText.read(file))
                .withMessage(file + ": must be a PNG file, but does not begin like one; give the PNG that holds the"
                        + " text");
        Path none = folder.resolve("none.png");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PngText.read(none))
                .withMessage(none + ": must be a PNG file, and there is none; check the name");
    }

    @Test
    void readText_everyCutOrFlippedByte_isReadOrRefused() throws IOException {
        Path file = folder.resolve("a.png");
        PngWriter.write(file, picture(4, 4), Map.of("parameters", "狐 a prompt", "a", "b"));
        byte[] bytes = Files.readAllBytes(file);
        Path broken = folder.resolve("broken.png");
        for (int i = 0; i < bytes.length; i++) {
            Files.write(broken, Arrays.copyOf(bytes, i));
            readOrRefuse(broken);
            byte[] flipped = bytes.clone();
            flipped[i] ^= (byte) (i * 37 | 1);
            Files.write(broken, flipped);
            readOrRefuse(broken);
        }
        Files.write(broken, Arrays.copyOf(bytes, 60));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PngText.read(broken))
                .withMessage(
                        broken + ": the PNG file is damaged: it ends in the middle of a chunk; use an intact copy");
    }

    private static void readOrRefuse(Path file) throws IOException {
        try {
            PngText.read(file);
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).startsWith(file + ": ");
        }
    }

    @Test
    void picture_valuesThatDoNotFill_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Picture(2, 2, new byte[11]))
                .withMessage("picture: 2 x 2 px needs 12 values, not 11; give 3 for each pixel");
        assertThatIllegalArgumentException().isThrownBy(() -> new Picture(0, 2, new byte[0]));
    }

    @Test
    void picture_changedArrays_leaveItAsItIs() {
        byte[] rgb = new byte[12];
        Picture picture = new Picture(2, 2, rgb);
        rgb[0] = 1;
        picture.rgb()[1] = 1;
        assertThat(picture.rgb()).containsOnly(0);
    }

    /** A gradient, so that each row filter is the best of some row. */
    private static Picture picture(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            int y = i / (3 * width);
            rgb[i] = (byte) (y % 4 == 0 ? i * 7 : y % 4 == 1 ? y * 40 : (i % (3 * width)) * y);
        }
        return new Picture(width, height, rgb);
    }

    private String[] names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toArray(String[]::new);
        }
    }
}
