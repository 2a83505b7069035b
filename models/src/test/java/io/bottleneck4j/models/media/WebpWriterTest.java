package io.bottleneck4j.models.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.drew.imaging.ImageMetadataReader;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifDirectoryBase;
import com.drew.metadata.exif.ExifSubIFDDirectory;
import com.drew.metadata.webp.WebpDirectory;
import io.bottleneck4j.models.Golden;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebpWriterTest {
    private static final Map<String, String> TEXTS = Map.of(
            "parameters", "a naïve 🦊\nSteps: 4, Seed: 7", "bottleneck4j", "{\"prompt\": \"a naïve 🦊\"}", "note", "");

    @TempDir
    Path folder;

    /** Soft colours, and a place for each: red to the right, green downwards. */
    private static Picture gradient(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int at = 3 * (y * width + x);
                rgb[at] = (byte) (255 * x / width);
                rgb[at + 1] = (byte) (255 * y / height);
                rgb[at + 2] = 60;
            }
        }
        return new Picture(width, height, rgb);
    }

    @ParameterizedTest
    @CsvSource({"96, 64", "33, 17", "1, 1"})
    void write_anySize_isReadAsASimilarPicture(int width, int height) throws IOException {
        Path file = folder.resolve("fox.webp");
        Picture picture = gradient(width, height);
        WebpWriter.write(file, picture, TEXTS);
        Picture read = PictureReader.read(file);
        assertThat(read.width()).isEqualTo(width);
        assertThat(read.height()).isEqualTo(height);
        double sum = 0;
        for (int i = 0; i < read.rgb().length; i++) {
            sum += Math.abs((read.rgb()[i] & 0xff) - (picture.rgb()[i] & 0xff));
        }
        assertThat(sum / read.rgb().length).as("levels off on average").isLessThan(5);
    }

    @Test
    void write_texts_standWhereOtherProgramsLook() throws Exception {
        Path file = folder.resolve("fox.webp");
        WebpWriter.write(file, gradient(40, 30), TEXTS);
        assertThat(PictureText.read(file))
                .isEqualTo(Map.of("bottleneck4j", "{\"prompt\": \"a naïve 🦊\"}", "note", ""));
        Metadata metadata = ImageMetadataReader.readMetadata(file.toFile());
        WebpDirectory size = metadata.getFirstDirectoryOfType(WebpDirectory.class);
        assertThat(size.getInt(WebpDirectory.TAG_IMAGE_WIDTH)).isEqualTo(40);
        assertThat(size.getInt(WebpDirectory.TAG_IMAGE_HEIGHT)).isEqualTo(30);
        byte[] comment = metadata.getFirstDirectoryOfType(ExifSubIFDDirectory.class)
                .getByteArray(ExifDirectoryBase.TAG_USER_COMMENT);
        assertThat(new String(comment, 0, 8, StandardCharsets.US_ASCII)).isEqualTo("UNICODE\0");
        assertThat(new String(comment, 8, comment.length - 8, StandardCharsets.UTF_16BE))
                .isEqualTo("a naïve 🦊\nSteps: 4, Seed: 7");
    }

    @Test
    void write_jpegOfTheSameTexts_holdsTheSameUserComment() throws Exception {
        Path file = folder.resolve("fox.jpg");
        JpegWriter.write(file, gradient(40, 30), TEXTS);
        byte[] comment = ImageMetadataReader.readMetadata(file.toFile())
                .getFirstDirectoryOfType(ExifSubIFDDirectory.class)
                .getByteArray(ExifDirectoryBase.TAG_USER_COMMENT);
        assertThat(new String(comment, 8, comment.length - 8, StandardCharsets.UTF_16BE))
                .isEqualTo("a naïve 🦊\nSteps: 4, Seed: 7");
        assertThat(PictureText.read(file)).containsEntry("bottleneck4j", "{\"prompt\": \"a naïve 🦊\"}");
    }

    /** The length that the file states of itself, and of each part, leads to its end. */
    @Test
    void write_anyTexts_isAWholeContainer() throws IOException {
        for (Map<String, String> texts : Stream.of(TEXTS, Map.of("parameters", "abc"), Map.<String, String>of())
                .toList()) {
            Path file = folder.resolve("fox.webp");
            WebpWriter.write(file, gradient(31, 17), texts);
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(bytes.getInt(4)).isEqualTo(bytes.capacity() - 8);
            int at = 12;
            while (at < bytes.capacity()) {
                at += 8 + bytes.getInt(at + 4) + bytes.getInt(at + 4) % 2;
            }
            assertThat(at).isEqualTo(bytes.capacity());
            assertThat(bytes.get(20)).as("says whether there is EXIF").isEqualTo((byte) (texts.isEmpty() ? 0 : 8));
        }
        assertThat(PictureText.read(folder.resolve("fox.webp"))).isEmpty();
    }

    @Test
    void write_twice_isTheSameFileOverTheOlderOne() throws IOException {
        Path file = folder.resolve("fox.webp");
        WebpWriter.write(file, gradient(64, 64), TEXTS);
        byte[] once = Files.readAllBytes(file);
        WebpWriter.write(file, gradient(64, 64), TEXTS);
        assertThat(file).hasBinaryContent(once);
        assertThat(folder.toFile().list()).containsExactly("fox.webp");
    }

    @Test
    void write_largerThanWebp_isRefused() {
        Path file = folder.resolve("fox.webp");
        assertThatThrownBy(() -> WebpWriter.write(file, gradient(16400, 1), Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("width: 16400 px is more than WebP's 16383; write PNG");
        assertThatThrownBy(() -> WebpWriter.write(file, gradient(1, 16384), Map.of()))
                .hasMessage("height: 16384 px is more than WebP's 16383; write PNG");
        assertThat(file).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"16383, 2", "2, 16383"})
    void write_largestOfWebp_isWritten(int width, int height) throws IOException {
        Path file = folder.resolve("fox.webp");
        WebpWriter.write(file, gradient(width, height), Map.of());
        assertThat(PictureReader.read(file).width()).isEqualTo(width);
        assertThat(PictureReader.read(file).height()).isEqualTo(height);
    }

    @Test
    void write_whereItCannotBe_isRefused() {
        Path file = folder.resolve("missing/fox.webp");
        assertThatThrownBy(() -> WebpWriter.write(file, gradient(8, 8), Map.of()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is missing; create it first");
    }

    @Test
    void text_ofAnotherProgramsWebp_isNone() throws IOException {
        assertThat(PictureText.read(Golden.ROOT.resolve("pictures/lossy.webp"))).isEmpty();
        assertThat(PictureText.read(Golden.ROOT.resolve("pictures/turned.webp")))
                .isEmpty();
    }

    @Test
    void text_ofACutWebp_isRefused() throws IOException {
        Path file = folder.resolve("fox.webp");
        WebpWriter.write(file, gradient(64, 64), TEXTS);
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(whole, whole.length - 100));
        assertThatThrownBy(() -> PictureText.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(file + ": the WebP file is damaged: it ends too early; use an intact copy");
    }
}
