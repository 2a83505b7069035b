package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/safetensors_dtypes.safetensors");

    @TempDir
    Path folder;

    @Test
    void write_ofPythonsTensors_makesPythonsFileByteForByte() throws IOException {
        Path file = folder.resolve("again.safetensors");
        try (Scope scope = Scope.open();
                SafetensorsFile source = SafetensorsFile.open(GOLDEN)) {
            Map<String, Tensor> shuffled = new HashMap<>();
            source.infos().keySet().forEach(name -> shuffled.put(name, source.tensor(name)));
            SafetensorsWriter.write(file, shuffled, source.metadata());
        }
        assertThat(file).hasSameBinaryContentAs(GOLDEN);
    }

    @Test
    void write_thenRead_returnsEqualTensorsAndMetadata() throws IOException {
        Path file = folder.resolve("a.safetensors");
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("prompt", "a \"red\" fox\n🦊");
        metadata.put("", "");
        try (Scope scope = Scope.open()) {
            Tensor base = Tensor.arange(24).view(2, 3, 4);
            SafetensorsWriter.write(
                    file, Map.of("turned", base.transpose(0, 2), "part", base.narrow(1, 1, 2)), metadata);
            try (SafetensorsFile read = SafetensorsFile.open(file)) {
                assertThat(read.metadata()).isEqualTo(metadata);
                assertThat(read.tensor("turned").shape()).containsExactly(4, 3, 2);
                assertThat(read.tensor("turned").toFloats())
                        .containsExactly(base.transpose(0, 2).toFloats());
                assertThat(read.tensor("part").toFloats())
                        .containsExactly(base.narrow(1, 1, 2).toFloats());
            }
        }
    }

    @Test
    void write_ofNothing_makesAReadableFile() throws IOException {
        Path file = folder.resolve("none.safetensors");
        SafetensorsWriter.write(file, Map.of(), Map.of());
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertThat(read.infos()).isEmpty();
        }
    }

    @Test
    void write_overAnOlderFile_replacesItAndLeavesNoOther() throws IOException {
        Path file = Files.writeString(folder.resolve("old.safetensors"), "old");
        try (Scope scope = Scope.open()) {
            SafetensorsWriter.write(file, Map.of("x", Tensor.arange(3)), Map.of());
        }
        assertThat(folder.toFile().list()).containsExactly("old.safetensors");
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertThat(read.infos()).containsOnlyKeys("x");
        }
    }

    @Test
    void write_whereNoFileCanBe_namesItAndLeavesNothing() throws IOException {
        Path noFolder = folder.resolve("no/a.safetensors");
        Path aFolder = folder.resolve("folder/a.safetensors");
        Files.createDirectories(aFolder.resolve("inside"));
        try (Scope scope = Scope.open()) {
            Map<String, Tensor> tensors = Map.of("x", Tensor.arange(3));
            assertThatIOException()
                    .isThrownBy(() -> SafetensorsWriter.write(noFolder, tensors, Map.of()))
                    .withMessageStartingWith(noFolder + ": could not be written: NoSuchFileException ");
            assertThatIOException()
                    .isThrownBy(() -> SafetensorsWriter.write(aFolder, tensors, Map.of()))
                    .withMessageStartingWith(aFolder + ": could not be written: ");
        }
        assertThat(folder.resolve("folder").toFile().list()).containsExactly("a.safetensors");
    }

    @Test
    void write_whenATensorCannotBeRead_leavesTheOlderFile() throws IOException {
        Path file = Files.writeString(folder.resolve("old.safetensors"), "old");
        try (Scope scope = Scope.open()) {
            Tensor noValues = Tensor.empty(DType.FLOAT32, Device.META, 4);
            assertThatExceptionOfType(RuntimeException.class)
                    .isThrownBy(() ->
                            SafetensorsWriter.write(file, Map.of("a", Tensor.arange(3), "b", noValues), Map.of()));
        }
        assertThat(file).hasContent("old");
        assertThat(folder.toFile().list()).containsExactly("old.safetensors");
    }

    @Test
    void write_ofReservedOrBrokenName_isRefused() {
        try (Scope scope = Scope.open()) {
            for (String name : new String[] {"__metadata__", "half \ud83e"}) {
                assertThatExceptionOfType(IllegalArgumentException.class)
                        .isThrownBy(() ->
                                SafetensorsWriter.write(folder.resolve("a"), Map.of(name, Tensor.arange(1)), Map.of()))
                        .withMessageStartingWith("name: must be valid Unicode and not __metadata__");
            }
        }
    }

    @Test
    void write_repeated_keepsNoNativeObjects() throws IOException {
        try (Scope scope = Scope.open()) {
            Map<String, Tensor> tensors =
                    Map.of("x", Tensor.arange(300).view(10, 30).transpose(0, 1));
            SafetensorsWriter.write(folder.resolve("a"), tensors, Map.of());
            long before = Libtorch.livePointers();
            for (int i = 0; i < 10; i++) {
                SafetensorsWriter.write(folder.resolve("a"), tensors, Map.of());
            }
            assertThat(Libtorch.livePointers()).isEqualTo(before);
        }
    }
}
