package io.bottleneck4j.models.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VideoWriterTest {
    @TempDir
    Path folder;

    /** 1.6 dB below what was measured; colour for every second pixel costs most of what is lost at the red edge. */
    @ParameterizedTest
    @CsvSource({"clip.mp4, 37", "clip.WEBM, 37.5", "clip.gif, 37", "clip.png, 1000"})
    void frames_writtenAndReadBack_lookAlike(String name, double leastPsnr) throws IOException {
        TestClip.write(folder.resolve(name));

        List<Picture> read = TestClip.read(folder.resolve(name));

        assertThat(read).hasSize(TestClip.FRAMES);
        for (int i = 0; i < read.size(); i++) {
            double psnr = TestClip.psnr(read.get(i), TestClip.frame(i));
            assertThat(psnr).as("frame %s of %s", i, name).isGreaterThan(leastPsnr);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif"})
    void fps_ofContainer_isStored(String name) throws IOException {
        TestClip.write(folder.resolve(name));

        try (VideoReader video = VideoReader.open(folder.resolve(name))) {
            assertThat(video.fps()).isCloseTo(24, within(name.endsWith(".gif") ? 2.0 : 0.01));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm"})
    void settings_inContainer_areReadWithoutSidecar(String name) throws IOException {
        Path file = folder.resolve(name);
        VideoText text = new VideoText("a disc", "{\"prompt\":\"" + "汉字 \\\" ".repeat(2000) + "\"}");
        try (VideoWriter video = VideoFormat.of(file).open(file, TestClip.SIZE, text)) {
            video.accept(TestClip.frame(0));
            video.finish();
        }
        Files.delete(folder.resolve("clip.json"));

        assertThat(VideoSettings.read(file)).isEqualTo(text.settings());
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "clip.png"})
    void settings_ofEveryFormat_areBesideIt(String name) throws IOException {
        TestClip.write(folder.resolve(name));

        Path shown = folder.resolve(name.equals("clip.png") ? "clip-0000.png" : name);
        assertThat(VideoSettings.read(shown)).isEqualTo(TestClip.TEXT.settings());
        assertThat(VideoSettings.read(folder.resolve("clip.json"))).isEqualTo(TestClip.TEXT.settings());
    }

    @Test
    void settings_ofGifWithoutSidecar_areNone() throws IOException {
        TestClip.write(folder.resolve("clip.gif"));
        Files.delete(folder.resolve("clip.json"));

        assertThat(VideoSettings.read(folder.resolve("clip.gif"))).isNull();
    }

    @Test
    void settings_ofDamagedVideo_sayWhichFile() throws IOException {
        Path file = Files.writeString(folder.resolve("clip.mp4"), "no video");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> VideoSettings.read(file))
                .withMessage(file + ": must be a video, and ffmpeg cannot read it; use an intact copy");
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "clip.png"})
    void close_withoutFinish_leavesNothing(String name) throws IOException {
        Path partial;
        try (VideoWriter video =
                VideoFormat.of(Path.of(name)).open(folder.resolve(name), TestClip.SIZE, TestClip.TEXT)) {
            video.accept(TestClip.frame(0));
            partial = video.partial();
            assertThat(partial).exists();
        }

        assertThat(files()).isEmpty();
        assertThat(partial).doesNotExist();
    }

    @Test
    void finish_overOlderVideo_replacesIt() throws IOException {
        Path file = Files.writeString(folder.resolve("clip.mp4"), "older");

        TestClip.write(file);

        assertThat(TestClip.read(file)).hasSize(TestClip.FRAMES);
        assertThat(files()).containsExactlyInAnyOrder("clip.mp4", "clip.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.png"})
    void open_besideForeignJson_isRefused(String name) throws IOException {
        Path foreign = Files.writeString(folder.resolve("clip.json"), "{\"rows\": [1, 2]}\n");

        assertThatIOException()
                .isThrownBy(
                        () -> VideoFormat.of(Path.of(name)).open(folder.resolve(name), TestClip.SIZE, TestClip.TEXT))
                .withMessage(foreign
                        + ": holds no settings of a video, which belong there; move it, or name the video otherwise");
        assertThat(files()).containsExactly("clip.json");
        assertThat(foreign).content().isEqualTo("{\"rows\": [1, 2]}\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.png"})
    void finish_whereTheNameIsTakenMeanwhile_leavesNoSettings(String name) throws IOException {
        Path taken = folder.resolve(name.equals("clip.png") ? "clip-0000.png" : name);
        try (VideoWriter video =
                VideoFormat.of(Path.of(name)).open(folder.resolve(name), TestClip.SIZE, TestClip.TEXT)) {
            video.accept(TestClip.frame(0));
            Files.createDirectories(taken.resolve("in use"));
            assertThatIOException().isThrownBy(video::finish).withMessageContaining("cannot be written");
        }
        assertThat(files()).containsExactly(String.valueOf(taken.getFileName()));
    }

    @Test
    void finish_whereTheNameIsTakenMeanwhile_keepsOlderSettings() throws IOException {
        Path file = folder.resolve("clip.mp4");
        Files.writeString(folder.resolve("clip.json"), "{\"prompt\":\"older\"}");
        try (VideoWriter video = VideoFormat.MP4.open(file, TestClip.SIZE, TestClip.TEXT)) {
            video.accept(TestClip.frame(0));
            Files.createDirectories(file.resolve("in use"));
            assertThatIOException().isThrownBy(video::finish).withMessageContaining("cannot be written");
        }
        assertThat(folder.resolve("clip.json")).content().isEqualTo("{\"prompt\":\"older\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip-0000.png"})
    void finish_overALink_writesWhatItStandsFor(String name) throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Path real = Files.writeString(elsewhere.resolve("real" + name.substring(name.length() - 4)), "older");
        Path link = Files.createSymbolicLink(folder.resolve(name), real);

        TestClip.write(folder.resolve(name.replace("-0000", "")));

        assertThat(link).isSymbolicLink();
        assertThat(Files.size(real)).isGreaterThan(100);
        assertThat(TestClip.read(folder.resolve(name.replace("-0000", "")))).hasSize(TestClip.FRAMES);
    }

    @Test
    void finish_ofNumberedFramesOverOthers_whereANameIsTaken_leavesTheOthers() throws IOException {
        Path first = Files.writeString(folder.resolve("clip-0000.png"), "older");
        Path second = Files.writeString(folder.resolve("clip-0001.png"), "older still");
        Path taken = Files.createDirectory(folder.resolve("clip-0002.png"));
        Files.createDirectory(taken.resolve("in use"));
        try (VideoWriter video = VideoFormat.PNG.open(folder.resolve("clip.png"), TestClip.SIZE, TestClip.TEXT)) {
            for (int i = 0; i < 3; i++) {
                video.accept(TestClip.frame(i));
            }
            assertThatIOException().isThrownBy(video::finish).withMessageContaining("cannot be written");
        }

        assertThat(first).content().isEqualTo("older");
        assertThat(second).content().isEqualTo("older still");
        assertThat(files()).containsExactlyInAnyOrder("clip-0000.png", "clip-0001.png", "clip-0002.png");
    }

    @Test
    void finish_ofNumberedFrames_removesThoseOfALongerVideo() throws IOException {
        TestClip.write(folder.resolve("clip.png"));
        try (VideoWriter video = VideoFormat.PNG.open(folder.resolve("clip.png"), TestClip.SIZE, TestClip.TEXT)) {
            video.accept(TestClip.frame(0));
            video.finish();
        }

        assertThat(files()).containsExactlyInAnyOrder("clip-0000.png", "clip.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.png"})
    void finish_withoutFrames_saysSo(String name) throws IOException {
        Path file = folder.resolve(name);
        try (VideoWriter video = VideoFormat.of(file).open(file, TestClip.SIZE, TestClip.TEXT)) {
            assertThatIllegalStateException()
                    .isThrownBy(video::finish)
                    .withMessage(file + ": a video needs a frame at least");
        }
        assertThat(files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.png"})
    void accept_otherSize_isRefused(String name) throws IOException {
        Path file = folder.resolve(name);
        try (VideoWriter video = VideoFormat.of(file).open(file, TestClip.SIZE, TestClip.TEXT)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> video.accept(new Picture(2, 2, new byte[12])))
                    .withMessage("frame: 2 x 2 px in a video of 96 x 64 px; all frames must be of one size");
        }
    }

    @Test
    void open_missingFolder_saysSo() {
        Path file = folder.resolve("none/clip.mp4");

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> VideoFormat.MP4.open(file, TestClip.SIZE, TestClip.TEXT))
                .withMessage(file + ": cannot be written: the folder " + folder.resolve("none")
                        + " is missing; create it first");
    }

    @Test
    void open_ofDevice_isRefused() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("clip.mp4"), Path.of("/dev/null"));

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> VideoFormat.MP4.open(link, TestClip.SIZE, TestClip.TEXT))
                .withMessage(link + ": must be a file, and is none; name one");
    }

    @Test
    void of_otherEnding_namesThoseThereAre() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VideoFormat.of(Path.of("clip.avi")))
                .withMessage("video: must end in .mp4, .webm, .gif, .png, not 'clip.avi'");
    }

    @Test
    void requireEncoder_missing_namesWhatCanBeWritten() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VideoFormat.MP4.requireEncoder(EncodedVideo.Encoding.MP4, name -> name.equals("gif")))
                .withMessage("video: the encoder of .mp4, libopenh264, is not on this platform; here can be written:"
                        + " .gif, .png");
    }

    @ParameterizedTest
    @CsvSource({
        "95, 64, 24, 'width: a video''s must be an even number of pixels from 2 up, not 95; use 94 or 96'",
        "96, 0, 24, 'height: a video''s must be an even number of pixels from 2 up, not 0; use 2 or 2'",
        "96, 64, 0, 'fps: must be between 1 and 240, not 0'",
    })
    void size_ofNoVideo_isRefused(int width, int height, int fps, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new VideoSize(width, height, fps))
                .withMessage(message);
    }

    /** The limit on file sizes acts as a full disk does: the write fails in the middle of the video. */
    @ParameterizedTest
    @ValueSource(strings = {"clip.mp4", "clip.webm", "clip.gif", "clip.png"})
    @EnabledOnOs(OS.LINUX)
    void write_beyondWhatTheSystemAllows_saysSoAndLeavesNothing(String name) throws Exception {
        Path log = Files.createTempFile("video", ".log");
        Process limited = new ProcessBuilder(
                        "bash",
                        "-c",
                        "ulimit -f 1 && exec \"$0\" \"$@\" 2>&1 | cat >" + log,
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-XX:-UsePerfData",
                        WritesClip.class.getName(),
                        folder.resolve(name).toString())
                .start();
        assertThat(limited.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(Files.readString(log, StandardCharsets.UTF_8))
                .startsWith(folder.resolve(name.replace(".png", "-0000.png")) + ": cannot be written: File too large");
        assertThat(files()).isEmpty();
        Files.delete(log);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }
}
