package io.bottleneck4j.models.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
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
            Latents.copyOf(new LatentShape(2, 1, 1, 3), new float[] {1, 2, 3, -4, 5, 1e-30f}), Map.of("k", "ü"));

    @TempDir
    Path folder;

    @Test
    void read_ofWrite_isEqual() throws IOException {
        Path file = folder.resolve("l.safetensors");
        FILE.write(file);
        assertThat(LatentsFile.read(file, 2)).isEqualTo(FILE);
    }

    @Test
    void read_otherChannels_saysBoth() throws IOException {
        Path file = folder.resolve("l.safetensors");
        FILE.write(file);
        assertThatThrownBy(() -> LatentsFile.read(file, 16))
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
        assertThatThrownBy(() -> LatentsFile.read(file, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(file + ": holds no tensor named latents, only weight");
    }

    @Test
    void read_noSafetensors_isRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("l.safetensors"), "hello");
        assertThatThrownBy(() -> LatentsFile.read(file, 2)).isInstanceOf(WeightsException.class);
        assertThatThrownBy(() -> LatentsFile.read(folder.resolve("none"), 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("none: is not a file; give a safetensors file of latents");
    }
}
