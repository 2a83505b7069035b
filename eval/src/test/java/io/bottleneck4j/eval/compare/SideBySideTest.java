package io.bottleneck4j.eval.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.bottleneck4j.eval.metrics.Distance;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.models.media.VideoSize;
import io.bottleneck4j.models.media.VideoText;
import io.bottleneck4j.models.media.VideoWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SideBySideTest {
    private static final int WIDTH = 64;
    private static final int HEIGHT = 32;

    @TempDir
    Path folder;

    @Test
    void next_ofTwoVideos_holdsBothFramesUnderTheirNames() throws IOException {
        List<SideBySide.Panel> panels = List.of(
                new SideBySide.Panel("one", video("a.png", 10, 20)),
                new SideBySide.Panel("two", video("b.png", 30, 40)));
        try (SideBySide side = new SideBySide(panels, WIDTH, HEIGHT)) {
            for (int frame = 0; frame < 2; frame++) {
                Picture picture = Objects.requireNonNull(side.next());
                assertThat(picture.width()).isEqualTo(side.width()).isEven();
                assertThat(picture.height()).isEqualTo(side.height()).isEven();
                int bottom = picture.height() - 2;
                assertThat(gray(picture, 1, bottom)).isEqualTo(10 + 10 * frame);
                assertThat(gray(picture, picture.width() - 2, bottom)).isEqualTo(30 + 10 * frame);
                assertThat(darkest(picture, 0, WIDTH)).as("the name").isLessThan(64);
            }
            assertThat(side.next()).isNull();
        }
    }

    @Test
    void new_laterVideoThatDoesNotOpen_closesTheFirst() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        assumeThat(descriptors).isDirectory();
        Path video = video("a.png", 10, 20);
        List<SideBySide.Panel> panels =
                List.of(new SideBySide.Panel("one", video), new SideBySide.Panel("two", folder.resolve("missing.png")));
        assertThatThrownBy(() -> new SideBySide(panels, WIDTH, HEIGHT)).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> Distance.between(video, folder.resolve("missing.png")))
                .isInstanceOf(RuntimeException.class);
        try (Stream<Path> open = Files.list(descriptors)) {
            assertThat(open.filter(one -> isOpen(one, video))).isEmpty();
        }
    }

    private static boolean isOpen(Path descriptor, Path file) {
        try {
            return Files.isSameFile(Files.readSymbolicLink(descriptor), file);
        } catch (IOException e) {
            return false; // closed since, or no file
        }
    }

    @Test
    void filmstrip_ofFrames_isFirstMiddleAndLast() throws IOException {
        Picture strip = SideBySide.filmstrip(video("a.png", 10, 20, 30, 40, 50), 5);

        assertThat(strip.width()).isEqualTo(3 * WIDTH);
        assertThat(List.of(gray(strip, 1, 1), gray(strip, WIDTH + 1, 1), gray(strip, 2 * WIDTH + 1, 1)))
                .containsExactly(10, 30, 50);
    }

    @Test
    void filmstrip_ofShorterVideo_saysSo() throws IOException {
        Path video = video("a.png", 10, 20);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SideBySide.filmstrip(video, 5))
                .withMessage("frames: " + video + " has 2, not 5; remove it to make it again");
    }

    private Path video(String name, int... grays) throws IOException {
        Path file = folder.resolve(name);
        try (VideoWriter video = VideoFormat.PNG.open(file, new VideoSize(WIDTH, HEIGHT, 8), new VideoText("", "{}"))) {
            for (int gray : grays) {
                byte[] rgb = new byte[3 * WIDTH * HEIGHT];
                Arrays.fill(rgb, (byte) gray);
                video.accept(new Picture(WIDTH, HEIGHT, rgb));
            }
            video.finish();
        }
        return file;
    }

    private static int gray(Picture picture, int x, int y) {
        return picture.rgb()[3 * (y * picture.width() + x)] & 0xff;
    }

    /** Above the frames. */
    private static int darkest(Picture picture, int from, int to) {
        int darkest = 255;
        for (int y = 0; y < picture.height() - HEIGHT; y++) {
            for (int x = from; x < to; x++) {
                darkest = Math.min(darkest, gray(picture, x, y));
            }
        }
        return darkest;
    }
}
