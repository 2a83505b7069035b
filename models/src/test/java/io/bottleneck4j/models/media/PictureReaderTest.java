package io.bottleneck4j.models.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.vision.GoldenPictures;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PictureReaderTest {
    private static final Path FILES = Golden.ROOT.resolve("pictures");

    @TempDir
    Path folder;

    private static byte[] png(int type, int... argb) throws IOException {
        BufferedImage image = new BufferedImage(argb.length, 1, type);
        image.setRGB(0, 0, argb.length, 1, argb, 0, argb.length);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageIO.write(image, "png", file);
        return file.toByteArray();
    }

    @Test
    void mask_withHoles_isLightThere() throws IOException {
        byte[] file = png(BufferedImage.TYPE_4BYTE_ABGR, 0x00ffffff, 0xffffffff, 0xff000000, 0x40000000);
        assertThat(PictureReader.mask("mask", file).rgb())
                .containsExactly(-1, -1, -1, 0, 0, 0, 0, 0, 0, 0xbf, 0xbf, 0xbf);
    }

    @Test
    void mask_withoutHoles_isReadAsAPicture() throws IOException {
        for (int type : new int[] {BufferedImage.TYPE_4BYTE_ABGR, BufferedImage.TYPE_3BYTE_BGR}) {
            byte[] file = png(type, 0xffffffff, 0xff102030);
            assertThat(PictureReader.mask("mask", file))
                    .isEqualTo(new Picture(2, 1, new byte[] {-1, -1, -1, 0x10, 0x20, 0x30}))
                    .isEqualTo(PictureReader.read("mask", file));
        }
    }

    /** One colour of a palette is transparent. */
    @Test
    void mask_ofAPalette_hasHolesToo() throws IOException {
        Picture mask = PictureReader.mask("mask", Files.readAllBytes(FILES.resolve("palette-transparent.png")));
        Picture picture = PictureReader.read(FILES.resolve("palette-transparent.png"));
        assertThat(mask.width()).isEqualTo(picture.width());
        assertThat(mask).isNotEqualTo(picture);
        assertThat(mask.rgb()).containsOnly(0, -1).contains(0, -1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rgb.png",
                "rgba.png",
                "rgb-transparent.png",
                "palette.png",
                "palette-transparent.png",
                "palette-alpha.png",
                "grey.png",
                "grey-alpha.png",
                "grey-1.png",
                "grey-16.png",
                "rgb-16.png",
                "rgba-16.png",
                "lossless.webp",
                "alpha.webp",
                "turned.webp",
                "turned-1.png",
                "turned-2.png",
                "turned-3.png",
                "turned-4.png",
                "turned-5.png",
                "turned-6.png",
                "turned-7.png",
                "turned-8.png"
            })
    void read_lossless_equalsPillowToTheByte(String name) throws IOException {
        try (Golden golden = Golden.open("pictures/values")) {
            assertThat(PictureReader.read(FILES.resolve(name))).isEqualTo(GoldenPictures.picture(golden, name));
        }
    }

    /** Decoders of lossy formats may round otherwise; that of WebP repeats colours where libwebp smoothes them. */
    @ParameterizedTest
    @CsvSource({
        "rgb.jpg, 1",
        "rgb-444.jpg, 1",
        "rgb-progressive.jpg, 1",
        "rgb-plain.jpg, 1",
        "grey.jpg, 1",
        "turned.jpg, 1",
        "cmyk.jpg, 1",
        "ycck.jpg, 2",
        "lossy.webp, 21"
    })
    void read_lossy_isClosePillow(String name, int most) throws IOException {
        try (Golden golden = Golden.open("pictures/values")) {
            Picture expected = GoldenPictures.picture(golden, name);
            Picture read = PictureReader.read(FILES.resolve(name));
            assertThat(read.width()).isEqualTo(expected.width());
            int worst = 0;
            for (int i = 0; i < expected.rgb().length; i++) {
                worst = Math.max(worst, Math.abs((expected.rgb()[i] & 0xff) - (read.rgb()[i] & 0xff)));
            }
            assertThat(worst).as("largest difference of a value").isLessThanOrEqualTo(most);
        }
    }

    @ParameterizedTest
    @CsvSource({"32, 23", "96, 70", "20, 47", "64, 13", "7, 5", "133, 48", "80, 30", "60, 30", "128, 96"})
    void lanczos_anySize_equalsPillowToTheByte(int width, int height) {
        try (Golden golden = Golden.open("pictures/values")) {
            assertThat(PillowResize.lanczos(GoldenPictures.picture(golden, "large"), width, height))
                    .isEqualTo(GoldenPictures.picture(golden, "lanczos-" + width + "x" + height));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rgb.jpg", "rgb.png", "lossless.webp", "cmyk.jpg", "rgb-progressive.jpg"})
    void read_cutFile_isRefused(String name) throws IOException {
        byte[] whole = Files.readAllBytes(FILES.resolve(name));
        byte[] half = Arrays.copyOf(whole, whole.length * 2 / 3);
        assertThatThrownBy(() -> PictureReader.read(name, half))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(name + ": the picture is damaged: ");
    }

    /** What its header says is believed before memory is taken. */
    @Test
    void read_pixelBomb_isRefusedByItsHeader() throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.write(PngWriter.SIGNATURE);
        byte[] header = ByteBuffer.allocate(17)
                .put("IHDR".getBytes(StandardCharsets.US_ASCII))
                .putInt(60_000)
                .putInt(60_000)
                .put(new byte[] {8, 2, 0, 0, 0})
                .array();
        CRC32 crc = new CRC32();
        crc.update(header);
        png.write(ByteBuffer.allocate(25)
                .putInt(13)
                .put(header)
                .putInt((int) crc.getValue())
                .array());
        assertThatThrownBy(() -> PictureReader.read("bomb.png", png.toByteArray()))
                .hasMessage("bomb.png: 60000 x 60000 px are more than 89478485 in all; make it smaller");
    }

    @Test
    void read_whatIsNoPicture_isRefused() throws IOException {
        Path text = Files.writeString(folder.resolve("a.png"), "hello");
        assertThatThrownBy(() -> PictureReader.read(text))
                .hasMessage(
                        text + ": must be a PNG, JPEG or WebP picture, and does not begin like one; convert it to PNG");
        assertThatThrownBy(() -> PictureReader.read(folder)).hasMessageContaining("there is a folder");
        assertThatThrownBy(() -> PictureReader.read(folder.resolve("none.png")))
                .hasMessageEndingWith("none.png: must be a picture, and there is none; check the name");
    }
}
