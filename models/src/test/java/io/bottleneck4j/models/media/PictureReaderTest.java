package io.bottleneck4j.models.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.vision.GoldenPictures;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
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

    /** However little is missing: decoders fill it with grey, and some do not say so. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "rgb.jpg",
                "rgb-444.jpg",
                "rgb-plain.jpg",
                "grey.jpg",
                "rgb-progressive.jpg",
                "turned.jpg",
                "ycck.jpg"
            })
    void read_jpegCutAnywhere_isRefused(String name) throws IOException {
        byte[] whole = Files.readAllBytes(FILES.resolve(name));
        for (int missing = 1; missing < whole.length / 2; missing += 1 + missing / 3) {
            byte[] cut = Arrays.copyOf(whole, whole.length - missing);
            assertThatThrownBy(() -> PictureReader.read(name, cut))
                    .as("%s bytes less", missing)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith(name + ": the picture is damaged: ");
        }
    }

    @Test
    void read_jpegWithMoreBehindItsEnd_isWhole() throws IOException {
        byte[] whole = Files.readAllBytes(FILES.resolve("rgb.jpg"));
        byte[] more = Arrays.copyOf(whole, whole.length + 100);
        assertThat(PictureReader.read("more", more)).isEqualTo(PictureReader.read("rgb.jpg", whole));
    }

    /** Profiles are not applied, so that a damaged one is none of a picture's damage. */
    @Test
    void read_webpWithADamagedProfile_isReadWithoutIt() throws IOException {
        byte[] plain = Files.readAllBytes(FILES.resolve("turned.webp")); // of the extended form, VP8X
        byte[] profile = "no profile".getBytes(StandardCharsets.US_ASCII);
        int behind = 12 + 8 + 10; // RIFF and VP8X
        ByteBuffer file = ByteBuffer.allocate(plain.length + 8 + profile.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(plain, 0, behind)
                .put("ICCP".getBytes(StandardCharsets.US_ASCII))
                .putInt(profile.length);
        file.put(profile).put(plain, behind, plain.length - behind);
        file.put(20, (byte) (file.get(20) | 0x20)).putInt(4, file.capacity() - 8);
        assertThat(PictureReader.read("profile", file.array())).isEqualTo(PictureReader.read("plain", plain));
    }

    /** What its header says is believed before memory is taken. */
    @Test
    void read_pixelBomb_isRefusedByItsHeader() throws IOException {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.write(PngWriter.SIGNATURE);
        png.write(chunk(
                "IHDR",
                ByteBuffer.allocate(13)
                        .putInt(60_000)
                        .putInt(60_000)
                        .put(new byte[] {8, 2, 0, 0, 0})
                        .array()));
        assertThatThrownBy(() -> PictureReader.read("bomb.png", png.toByteArray()))
                .hasMessage("bomb.png: 60000 x 60000 px are more than 89478485 in all; make it smaller");
    }

    /** Each of them unpacks to 200 MB, which is more than the picture may take. */
    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"zTXt", "iTXt", "iCCP"})
    void read_textBomb_isNotUnpacked(String type) throws IOException {
        byte[] plain = png(BufferedImage.TYPE_3BYTE_BGR, 0xff102030);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.write(type.equals("iTXt") ? new byte[] {'a', 0, 1, 0, 0, 0} : new byte[] {'a', 0, 0});
        try (DeflaterOutputStream packed = new DeflaterOutputStream(content)) {
            for (int i = 0; i < 200; i++) {
                packed.write(new byte[1_000_000]);
            }
        }
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        int header = PngWriter.SIGNATURE.length + 25;
        bomb.write(plain, 0, header);
        for (int i = 0; i < 3; i++) {
            bomb.write(chunk(type, content.toByteArray()));
        }
        bomb.write(plain, header, plain.length - header);

        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Picture read = PictureReader.read("bomb.png", bomb.toByteArray());
        long taken = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(read).isEqualTo(PictureReader.read("plain.png", plain));
        assertThat(taken).isLessThan(50_000_000);
    }

    /** A file that says in its head that it is small, and holds a large picture. */
    @Test
    void read_webpOfTwoSizes_takesNoMoreThanItMay() throws IOException {
        byte[] large = ByteBuffer.allocate(4096)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0x2f)
                .putInt(16_382 | 16_382 << 14) // width and height, less one
                .array();
        byte[] bomb = ByteBuffer.allocate(30 + 8 + large.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("RIFF".getBytes(StandardCharsets.US_ASCII))
                .putInt(22 + 8 + large.length)
                .put("WEBPVP8X".getBytes(StandardCharsets.US_ASCII))
                .putInt(10)
                .put(new byte[10]) // 1 x 1
                .put("VP8L".getBytes(StandardCharsets.US_ASCII))
                .putInt(large.length)
                .put(large)
                .array();
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();

        Picture read = PictureReader.read("bomb.webp", bomb, 1_000_000);

        assertThat(read.width() * read.height()).isEqualTo(1);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(50_000_000);
    }

    @Test
    void read_jpegOfManyScans_isRefused() throws IOException {
        byte[] plain = Files.readAllBytes(FILES.resolve("rgb.jpg"));
        ByteArrayOutputStream many = new ByteArrayOutputStream();
        many.write(plain, 0, plain.length - 2);
        for (int i = 0; i < 1000; i++) {
            many.write(new byte[] {(byte) 0xff, (byte) 0xda, 0, 8, 1, 1, 0, 0, 63, 0});
        }
        many.write(plain, plain.length - 2, 2);
        assertThatThrownBy(() -> PictureReader.read("scans.jpg", many.toByteArray()))
                .hasMessage("scans.jpg: must be a JPEG of at most 500 scans, and has 1001; save it anew");
    }

    private static byte[] chunk(String type, byte[] content) {
        byte[] named = ByteBuffer.allocate(4 + content.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(content)
                .array();
        CRC32 crc = new CRC32();
        crc.update(named);
        return ByteBuffer.allocate(named.length + 8)
                .putInt(content.length)
                .put(named)
                .putInt((int) crc.getValue())
                .array();
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
