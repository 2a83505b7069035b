package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.pipeline.Model.Kind;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.SafetensorsWriter;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Latents in files. */
class LatentsFileTest {
    private static final LatentsFile FILE = new LatentsFile(
            Latents.copyOf(new LatentShape(2, 1, 1, 3), new float[] {1, 2, 3, -4, 5, 1e-30f}),
            Kind.PICTURE,
            Map.of("k", "ü"));

    @TempDir
    Path folder;

    @Test
    void read_ofWrite_isEqual() throws IOException {
        Path file = folder.resolve("l.safetensors");
        FILE.write(file);
        assertThat(LatentsFile.read(file, 2, Kind.PICTURE)).isEqualTo(FILE);
    }

    @Test
    void read_ofAVideosWrite_isEqual() throws IOException {
        Path file = folder.resolve("l.safetensors");
        LatentsFile video = new LatentsFile(
                Latents.copyOf(new LatentShape(2, 3, 1, 2), new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}),
                Kind.VIDEO,
                Map.of());
        video.write(file);
        assertThat(LatentsFile.read(file, 2, Kind.VIDEO)).isEqualTo(video);
        assertThatThrownBy(() -> LatentsFile.read(file, 2, Kind.PICTURE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "must be floating-point numbers [1, 2, h, w] for this model, not float32 [1, 2, 3, 1, 2]");
    }

    @Test
    void read_ofAPicturesWriteForVideo_isRefused() throws IOException {
        Path file = folder.resolve("l.safetensors");
        FILE.write(file);
        assertThatThrownBy(() -> LatentsFile.read(file, 2, Kind.VIDEO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "must be floating-point numbers [1, 2, F, h, w] for this model, not float32 [1, 2, 1, 3]");
    }

    @Test
    void new_pictureOfSeveralFrames_isRefused() {
        Latents video = Latents.zeros(new LatentShape(1, 2, 1, 1));
        assertThatThrownBy(() -> new LatentsFile(video, Kind.PICTURE, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("latents: a picture's have one frame, not 2; they are a video's");
    }

    @Test
    void read_otherChannels_saysBoth() throws IOException {
        Path file = folder.resolve("l.safetensors");
        FILE.write(file);
        assertThatThrownBy(() -> LatentsFile.read(file, 16, Kind.PICTURE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(file + ": latents: must be floating-point numbers [1, 16, h, w] for this model, not"
                        + " float32 [1, 2, 1, 3]; name the model they were made with");
    }

    @Test
    void read_otherTensors_namesThem() throws IOException {
        Path file = folder.resolve("l.safetensors");
        try (Scope scope = Scope.open()) {
            SafetensorsWriter.write(file, Map.of("weight", Tensor.of(new float[] {1}, 1)), Map.of());
        }
        assertThatThrownBy(() -> LatentsFile.read(file, 2, Kind.PICTURE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(file + ": holds no tensor named latents, only weight");
    }

    @Test
    void read_noSafetensors_isRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("l.safetensors"), "hello");
        assertThatThrownBy(() -> LatentsFile.read(file, 2, Kind.PICTURE)).isInstanceOf(WeightsException.class);
        assertThatThrownBy(() -> LatentsFile.read(folder.resolve("none"), 2, Kind.PICTURE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("none: is not a file; give a safetensors file of latents");
    }
}
