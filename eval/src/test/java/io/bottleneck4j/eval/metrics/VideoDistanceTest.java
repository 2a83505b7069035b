package io.bottleneck4j.eval.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.models.media.VideoSize;
import io.bottleneck4j.models.media.VideoText;
import io.bottleneck4j.models.media.VideoWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VideoDistanceTest {
    @TempDir
    Path folder;

    @Test
    void between_knownFrames_areMeansOverThem() throws IOException {
        Path reference = video("reference.png", 100, 110, 120);
        Path other = video("other.png", 100, 130, 110);

        Distance distance = Distance.between(other, reference);

        double second = 10 * Math.log10(255.0 * 255 / (20 * 20));
        double third = 10 * Math.log10(255.0 * 255 / (10 * 10));
        assertThat(distance.psnr()).isInfinite(); // the first frames are equal
        assertThat(Distance.between(video("shifted.png", 110, 130, 110), reference)
                        .psnr())
                .isCloseTo((third + second + third) / 3, within(1e-9));
        assertThat(distance.flickerRatio()).isCloseTo((30 + 20) / (10.0 + 10), within(1e-12));
    }

    @Test
    void between_equalVideos_isNoDistance() throws IOException {
        Path video = video("a.png", 1, 2, 3);

        Distance distance = Distance.between(video, video);

        assertThat(distance.ssim()).isCloseTo(1, within(1e-12));
        assertThat(distance.flickerRatio()).isEqualTo(1);
    }

    @Test
    void between_stillReference_hasNoFlickerToCompareWith() throws IOException {
        assertThat(Distance.between(video("a.png", 1, 9), video("still.png", 5, 5))
                        .flickerRatio())
                .isNaN();
    }

    @Test
    void between_otherLengths_isRefused() throws IOException {
        Path a = video("a.png", 1, 2, 3);
        Path b = video("b.png", 1, 2);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Distance.between(a, b))
                .withMessage("frames: " + a + " and " + b + " must have as many; compare videos of one length");
    }

    /** Frames of one gray each, without loss. */
    private Path video(String name, int... grays) throws IOException {
        Path file = folder.resolve(name);
        try (VideoWriter video = VideoFormat.PNG.open(file, new VideoSize(16, 12, 8), new VideoText("", "{}"))) {
            for (int gray : grays) {
                byte[] rgb = new byte[3 * 16 * 12];
                Arrays.fill(rgb, (byte) gray);
                video.accept(new Picture(16, 12, rgb));
            }
            video.finish();
        }
        return file;
    }
}
