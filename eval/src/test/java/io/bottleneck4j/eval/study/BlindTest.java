package io.bottleneck4j.eval.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.eval.study.StudyPage.Blind;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.media.PngReader;
import io.bottleneck4j.models.media.PngText;
import io.bottleneck4j.models.media.PngWriter;
import io.bottleneck4j.models.media.VideoFormat;
import io.bottleneck4j.models.media.VideoReader;
import io.bottleneck4j.models.media.VideoSettings;
import io.bottleneck4j.models.media.VideoSize;
import io.bottleneck4j.models.media.VideoText;
import io.bottleneck4j.models.media.VideoWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlindTest {
    @TempDir
    private Path temp;

    private Path shown(Path file) throws IOException {
        String address = Blind.of(file).address();
        byte[] bytes = Base64.getDecoder().decode(address.substring(address.indexOf(',') + 1));
        return Files.write(temp.resolve("shown-" + file.getFileName()), bytes);
    }

    @Test
    void of_png_keepsEveryPixelAndNoText() throws IOException {
        byte[] rgb = new byte[3 * 16 * 16];
        new Random(0).nextBytes(rgb);
        Picture picture = new Picture(16, 16, rgb);
        Path file = temp.resolve("a.png");
        PngWriter.write(file, picture, Map.of("bottleneck4j", "{\"plan\": \"bottleneck\"}"));
        Path shown = shown(file);
        assertThat(PngReader.read(shown)).isEqualTo(picture);
        assertThat(Blind.of(Files.copy(file, temp.resolve("a.jpg"))).address())
                .as("PNG under another name, as HPSv2 wants it")
                .isEqualTo(Blind.of(file).address());
        assertThat(PngText.read(shown)).isEmpty();
        assertThat(Files.readString(shown, StandardCharsets.ISO_8859_1)).doesNotContain("bottleneck");
    }

    @Test
    void of_mp4_keepsEveryFrameAndNoSettings() throws IOException {
        Path file = temp.resolve("a.mp4");
        String settings = "{\"plan\":\"bottleneck\",\"prompt\":\"ein Fuchs – schön\"}";
        try (VideoWriter video =
                VideoFormat.of(file).open(file, new VideoSize(32, 32, 8), new VideoText("a fox", settings))) {
            for (int frame = 0; frame < 5; frame++) {
                byte[] rgb = new byte[3 * 32 * 32];
                Arrays.fill(rgb, (byte) (40 * frame));
                video.accept(new Picture(32, 32, rgb));
            }
            video.finish();
        }
        assertThat(VideoSettings.read(file)).isEqualTo(settings);
        Path shown = shown(file);
        assertThat(Files.readString(shown, StandardCharsets.ISO_8859_1)).doesNotContain("bottleneck");
        assertThat(VideoSettings.read(shown)).isNull();
        assertThat(frames(shown)).isEqualTo(frames(file)).hasSize(5);
    }

    private static List<Picture> frames(Path file) throws IOException {
        List<Picture> frames = new ArrayList<>();
        try (VideoReader video = VideoReader.open(file)) {
            for (Picture frame = video.next(); frame != null; frame = video.next()) {
                frames.add(frame);
            }
        }
        return frames;
    }

    @Test
    void of_otherOrDamagedFiles_isRefusedByName() throws IOException {
        Path gif = Files.writeString(temp.resolve("a.gif"), "GIF89a");
        assertThatThrownBy(() -> Blind.of(gif))
                .hasMessage(gif + ": must be a PNG picture or .mp4, whose settings can be taken out");
        Path damaged = Files.writeString(temp.resolve("b.png"), "no picture");
        assertThatThrownBy(() -> Blind.of(damaged)).hasMessageContaining(damaged.toString());
    }
}
