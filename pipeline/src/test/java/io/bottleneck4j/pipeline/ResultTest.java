package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PictureReader;
import io.bottleneck4j.models.media.PngText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What came of a request, and the files it becomes. */
class ResultTest {
    private static Pipeline pictures;
    private static Pipeline videos;
    private static Result picture;
    private static Result video;

    @TempDir
    private Path temp;

    @BeforeAll
    static void generate() {
        pictures = Tiny.pipeline(Tiny.PICTURES, Residency.KEEP);
        videos = Tiny.pipeline(Tiny.VIDEOS, Residency.KEEP);
        picture = pictures.generate(Tiny.request(pictures.model(), -1));
        video = videos.generate(Tiny.request(videos.model(), 2));
    }

    @AfterAll
    static void close() {
        pictures.close();
        videos.close();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(temp)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void generate_ofAPicture_holdsAllOfIt() {
        assertThat(picture.request()).isEqualTo(Tiny.request(pictures.model(), -1));
        assertThat(picture.latents().shape()).hasToString("[4, 1, 8, 8]");
        assertThat(picture.frames()).containsExactly(picture.picture());
        assertThat(picture.settings()).isEqualTo(Settings.of(picture.request(), pictures.origin()));
        assertThat(picture.settings().seed()).isEqualTo(-1);
        assertThat(picture.settings().kind()).isEqualTo(Model.Kind.PICTURE);
        for (Timings.Phase phase : Timings.Phase.values()) {
            assertThat(picture.timings().seconds(phase)).as(phase.name()).isPositive();
        }
        assertThat(picture.timings().seconds())
                .isLessThan(pictures.timings().seconds()); // which counts what opening took too
    }

    @Test
    void generate_ofAVideo_holdsAllOfIt() {
        assertThat(video.latents().shape()).hasToString("[4, 2, 4, 6]");
        assertThat(video.frames()).hasSize(5).startsWith(video.picture());
        assertThat(video.settings().kind()).isEqualTo(Model.Kind.VIDEO);
        assertThat(video.settings().fps()).isEqualTo(24);
    }

    @Test
    void write_png_holdsPixelsAndSettings() throws IOException {
        Path file = temp.resolve("fox.png");
        picture.write(file);
        var image = ImageIO.read(file.toFile());
        assertThat(image.getWidth()).isEqualTo(64);
        byte[] rgb = picture.picture().rgb();
        for (int i = 0; i < rgb.length; i += 3) {
            int pixel = image.getRGB(i / 3 % 64, i / 3 / 64);
            assertThat(pixel & 0xffffff)
                    .isEqualTo((rgb[i] & 0xff) << 16 | (rgb[i + 1] & 0xff) << 8 | (rgb[i + 2] & 0xff));
        }
        assertThat(Settings.read(file, Model.Kind.PICTURE)).isEqualTo(picture.settings());
        assertThat(files()).containsExactly("fox.png");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fox.jpg", "fox.webp", "FOX.WEBP"})
    void write_lossy_holdsPictureAndSettings(String name) throws IOException {
        Path file = temp.resolve(name);
        picture.write(file);
        Picture read = PictureReader.read(file);
        assertThat(read.width()).isEqualTo(64);
        assertThat(read.height()).isEqualTo(64);
        assertThat(Settings.read(file, Model.Kind.PICTURE)).isEqualTo(picture.settings());
        assertThat(picture.settings().made(file)).isTrue();
        assertThat(files()).containsExactly(name);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fox.mp4 | fox.mp4 | fox.json,fox.mp4",
                "fox.gif | fox.gif | fox.gif,fox.json",
                "fox.png | fox-0000.png | fox-0000.png,fox-0001.png,fox-0002.png,fox-0003.png,fox-0004.png,fox.json"
            })
    void write_video_holdsSettings(String name, String first, String all) throws IOException {
        video.write(temp.resolve(name));
        assertThat(files()).containsExactly(all.split(","));
        assertThat(Settings.read(temp.resolve(first), Model.Kind.VIDEO)).isEqualTo(video.settings());
        assertThat(Settings.read(temp.resolve("fox.json"), Model.Kind.VIDEO)).isEqualTo(video.settings());
    }

    @Test
    void write_numberedFrames_holdsTheirPixels() throws IOException {
        video.write(temp.resolve("fox.png"));
        for (int i = 0; i < 5; i++) {
            var image = ImageIO.read(temp.resolve("fox-000" + i + ".png").toFile());
            Picture frame = video.frames().get(i);
            assertThat(image.getWidth()).isEqualTo(frame.width());
            assertThat(image.getHeight()).isEqualTo(frame.height());
            assertThat(image.getRGB(0, 0) >> 16 & 0xff).isEqualTo(frame.rgb()[0] & 0xff);
        }
    }

    /** Settings that do not make a picture again must not say that they do. */
    @Test
    void write_ofOwnNoise_storesNoSettings() throws IOException {
        Request plain = Tiny.request(pictures.model(), 4);
        Request own =
                plain.toBuilder().noise((shape, stage) -> Latents.zeros(shape)).build();
        Path file = temp.resolve("own.png");
        pictures.generate(own).write(file);
        assertThat(Settings.read(file, Model.Kind.PICTURE)).isNull();
        assertThat(Settings.of(plain, pictures.origin()).made(file)).isFalse();
        assertThat(PngText.read(file).get("parameters"))
                .contains(", Noise: own, Size")
                .doesNotContain("Seed");
    }

    @Test
    void write_twice_isTheSameFile() throws IOException {
        picture.write(temp.resolve("a.png"));
        byte[] once = Files.readAllBytes(temp.resolve("a.png"));
        pictures.generate(picture.request()).write(temp.resolve("a.png"));
        assertThat(Files.readAllBytes(temp.resolve("a.png"))).isEqualTo(once);
    }

    @Test
    void write_anotherEnding_isRefused() throws IOException {
        assertThatThrownBy(() -> picture.write(temp.resolve("fox.bmp")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("output: must end in .png, not '" + temp.resolve("fox.bmp") + "'; use "
                        + temp.resolve("fox.png") + ", or .jpg, or .webp");
        assertThatThrownBy(() -> picture.write(temp.resolve("fox.mp4"))).hasMessageContaining("must end in .png");
        assertThatThrownBy(() -> video.write(temp.resolve("fox.avi"))).isInstanceOf(IllegalArgumentException.class);
        assertThat(files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fox.mp4", "fox.gif", "fox.png"})
    void write_whereItCannotBe_leavesNothing(String name) throws IOException {
        Path missing = temp.resolve("missing").resolve(name);
        assertThatThrownBy(() -> video.write(missing))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is missing; create it first");
        Files.writeString(temp.resolve("fox.json"), "[\"of another program\"]");
        assertThatThrownBy(() -> video.write(temp.resolve(name))).isInstanceOf(IOException.class);
        assertThat(files()).containsExactly("fox.json");
        assertThatThrownBy(() -> picture.write(temp.resolve("missing").resolve("fox.png")))
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fox.mp4", "fox.gif", "fox.png"})
    void write_thatFailsInTheMiddle_leavesNothing(String name) throws IOException {
        OutputFile output = OutputFile.of(temp.resolve(name), Model.Kind.VIDEO);
        assertThatThrownBy(() -> output.write(
                        video.settings().texts(),
                        24,
                        sink -> {
                            sink.accept(video.frames().get(0));
                            sink.accept(video.frames().get(1));
                            throw new IOException("no space left");
                        },
                        new Cancellation()))
                .isInstanceOf(IOException.class)
                .hasMessage("no space left");
        assertThat(files()).isEmpty();

        Cancellation cancellation = new Cancellation();
        assertThatThrownBy(() -> output.write(
                        video.settings().texts(),
                        24,
                        sink -> {
                            sink.accept(video.frames().get(0));
                            cancellation.request();
                            sink.accept(video.frames().get(1));
                        },
                        cancellation))
                .isInstanceOf(CancellationException.class)
                .hasMessage("cancelled while the video was encoded");
        assertThat(files()).isEmpty();
    }

    @Test
    void write_ofNoFrames_isRefused() throws IOException {
        OutputFile output = OutputFile.of(temp.resolve("fox.gif"), Model.Kind.VIDEO);
        assertThatThrownBy(() -> output.write(video.settings().texts(), 24, sink -> {}, new Cancellation()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(temp.resolve("fox.gif") + ": no frame was handed out");
        assertThat(files()).isEmpty();
    }

    @Test
    void made_ofAPicture_isTrueOfItsOwnWholeFileAlone() throws IOException {
        Path file = temp.resolve("fox.png");
        assertThat(picture.settings().made(file)).as("no file").isFalse();
        picture.write(file);
        assertThat(picture.settings().made(file)).isTrue();
        Request other = picture.request().withSeed(3);
        assertThat(Settings.of(other, pictures.origin()).made(file)).isFalse();
        byte[] whole = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length / 2));
        assertThat(picture.settings().made(file)).as("cut off").isFalse();
        Files.writeString(file, "no PNG");
        assertThat(picture.settings().made(file)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"fox.mp4, fox.mp4", "fox.gif, fox.gif", "fox.png, fox-0004.png"})
    void made_ofAVideo_isTrueOfItsOwnWholeFileAlone(String name, String last) throws IOException {
        Path file = temp.resolve(name);
        assertThat(video.settings().made(file)).as("no file").isFalse();
        video.write(file);
        assertThat(video.settings().made(file)).isTrue();
        Request other = video.request().toBuilder().fps(8).build();
        assertThat(Settings.of(other, videos.origin()).made(file)).isFalse();
        Files.delete(temp.resolve(last));
        assertThat(video.settings().made(file)).as("not whole").isFalse();
    }
}
