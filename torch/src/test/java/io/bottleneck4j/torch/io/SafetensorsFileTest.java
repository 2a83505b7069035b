package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {
    /** Written by Python: tools/golden/torch/safetensors_dtypes.py. */
    private static final Path GOLDEN = Path.of("src/test/resources/golden/safetensors_dtypes.safetensors");

    private static final float[] FLOATS = {-1, -0.5f, 0, 0.25f, 1.5f, 3};

    @TempDir
    Path folder;

    @Test
    void infos_ofPythonsFile_namesEveryTypeAndShape() {
        try (SafetensorsFile file = SafetensorsFile.open(GOLDEN)) {
            assertThat(file.metadata()).containsExactly(Map.entry("format", "pt"));
            assertThat(file.infos()).hasSize(13);
            assertThat(file.infos().get("f16")).isEqualTo(new TensorInfo(DType.FLOAT16, List.of(3L, 2L)));
            assertThat(file.infos().get("scalar")).isEqualTo(new TensorInfo(DType.FLOAT32, List.of()));
            assertThat(file.infos().get("empty")).isEqualTo(new TensorInfo(DType.FLOAT32, List.of(0L, 3L)));
        }
    }

    @Test
    void tensor_ofPythonsFile_holdsThePythonValuesInEveryType() {
        try (Scope scope = Scope.open();
                SafetensorsFile file = SafetensorsFile.open(GOLDEN)) {
            for (String name : List.of("f64", "f32", "f16", "bf16")) {
                assertThat(file.tensor(name).toFloats()).as(name).containsExactly(FLOATS);
            }
            assertThat(file.tensor("i64").toLongs()).containsExactly(Long.MIN_VALUE, -1, 0, Long.MAX_VALUE);
            assertThat(file.tensor("i32").toLongs()).containsExactly(Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE);
            assertThat(file.tensor("i16").toLongs()).containsExactly(Short.MIN_VALUE, -1, 0, Short.MAX_VALUE);
            assertThat(file.tensor("i8").toLongs()).containsExactly(-128, -1, 0, 127);
            assertThat(file.tensor("u8").toLongs()).containsExactly(0, 1, 128, 255);
            assertThat(file.tensor("bool").toLongs()).containsExactly(1, 0, 0, 1);
            assertThat(file.tensor("scalar").toFloats()).containsExactly(7.5f);
            assertThat(file.tensor("scalar").shape()).isEmpty();
            assertThat(file.tensor("empty").shape()).containsExactly(0, 3);
            assertThat(file.tensor("naïve \"name\" 🦊").toFloats()).containsExactly(1);
            file.infos()
                    .forEach((name, info) ->
                            assertThat(file.tensor(name).dtype()).as(name).isEqualTo(info.dtype()));
        }
    }

    @Test
    void tensor_ofUnknownName_namesFileAndTensor() {
        try (SafetensorsFile file = SafetensorsFile.open(GOLDEN)) {
            assertThatExceptionOfType(WeightsException.class)
                    .isThrownBy(() -> file.tensor("nothing"))
                    .withMessage(GOLDEN + ": must hold tensor 'nothing', does not; check that the file belongs to this"
                            + " model");
        }
    }

    @Test
    void tensor_afterClose_isRefusedAndEarlierOnesStayValid() {
        try (Scope scope = Scope.open()) {
            SafetensorsFile file = SafetensorsFile.open(GOLDEN);
            Tensor early = file.tensor("f32");
            file.close();
            file.close();
            assertThat(early.toFloats()).containsExactly(FLOATS);
            assertThatExceptionOfType(IllegalStateException.class)
                    .isThrownBy(() -> file.tensor("f32"))
                    .withMessage(GOLDEN + ": is closed; open it again");
        }
    }

    @Test
    void tensor_writtenTo_leavesTheFileAlone() throws IOException {
        Path copy = Files.copy(GOLDEN, folder.resolve("copy.safetensors"));
        try (Scope scope = Scope.open();
                SafetensorsFile file = SafetensorsFile.open(copy)) {
            Tensor values = file.tensor("f32");
            values.copyFrom(values.mul(2));
            assertThat(values.toFloats()).containsExactly(-2, -1, 0, 0.5f, 3, 6);
        }
        assertThat(copy).hasSameBinaryContentAs(GOLDEN);
    }

    @Test
    void tensor_notAlignedToItsType_isReadAllTheSame() throws IOException {
        // 1 byte, then a float32: allowed by the format, no element starts at a multiple of 4.
        Path file = write(
                "{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
                        + "\"f\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[1,9]}}",
                ByteBuffer.allocate(9)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put((byte) 3)
                        .putFloat(1.5f)
                        .putFloat(-2));
        try (Scope scope = Scope.open();
                SafetensorsFile source = SafetensorsFile.open(file)) {
            assertThat(source.tensor("f").toFloats()).containsExactly(1.5f, -2);
            assertThat(source.tensor("b").toLongs()).containsExactly(3);
        }
    }

    @Test
    void open_ofTruncatedFile_isRefusedAtEveryLength() throws IOException {
        byte[] whole = Files.readAllBytes(GOLDEN);
        Path cut = folder.resolve("cut.safetensors");
        for (int length = 0; length < whole.length; length += 13) {
            Files.write(cut, java.util.Arrays.copyOf(whole, length));
            assertThatExceptionOfType(WeightsException.class)
                    .isThrownBy(() -> SafetensorsFile.open(cut).close())
                    .withMessageStartingWith(cut + ": ");
        }
    }

    @Test
    void tensor_ofFileCutWhileOpen_isRefused() throws IOException {
        Path copy = Files.copy(GOLDEN, folder.resolve("copy.safetensors"));
        try (SafetensorsFile file = SafetensorsFile.open(copy)) {
            Files.write(copy, new byte[10]);
            assertThatExceptionOfType(WeightsException.class)
                    .isThrownBy(() -> file.tensor("f32"))
                    .withMessageContaining("bytes while open, now has 10; do not change weights in use");
        }
    }

    @Test
    void open_ofMissingFileOrFolder_namesIt() {
        Path missing = folder.resolve("no.safetensors");
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> SafetensorsFile.open(missing))
                .withMessage(missing + ": must be there, is not; check the folder or download it");
        assertThatExceptionOfType(WeightsException.class)
                .isThrownBy(() -> SafetensorsFile.open(folder))
                .withMessage(folder + ": must be a safetensors file, is a folder; name a file in it");
    }

    private Path write(String json, ByteBuffer data) throws IOException {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        ByteBuffer all =
                ByteBuffer.allocate(8 + header.length + data.position()).order(ByteOrder.LITTLE_ENDIAN);
        all.putLong(header.length).put(header).put(data.flip());
        return Files.write(folder.resolve("small.safetensors"), all.array());
    }
}
