package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Packing;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GgufFileTest {
    /** Written by gguf-py: tools/golden/make_packed.py. */
    private static final Path GOLDEN = Path.of("src/test/resources/golden/packed.gguf");

    private static final float[] FLOATS = {-1, -0.5f, 0, 0.25f, 1.5f, 3};

    @TempDir
    private Path folder;

    @Test
    void metadata_ofPythonsFile_holdsEveryKindOfValue() {
        try (GgufFile file = GgufFile.open(GOLDEN)) {
            Map<String, Object> metadata = file.metadata();
            assertThat(metadata)
                    .containsEntry("general.architecture", "flux")
                    .containsEntry("numbers.u8", 200L)
                    .containsEntry("numbers.i8", -100L)
                    .containsEntry("numbers.u16", 60_000L)
                    .containsEntry("numbers.i16", -30_000L)
                    .containsEntry("numbers.u32", 4_000_000_000L)
                    .containsEntry("numbers.i32", -2_000_000_000L)
                    .containsEntry("numbers.f32", 0.5)
                    .containsEntry("numbers.bool", true)
                    .containsEntry("numbers.u64", Long.MAX_VALUE)
                    .containsEntry("numbers.i64", Long.MIN_VALUE)
                    .containsEntry("numbers.f64", 0.1)
                    .containsEntry("text", "naïve 🦊")
                    .containsEntry("list.numbers", List.of(1L, -2L, 3L))
                    .containsEntry("list.texts", List.of("a", "", "ccc"));
        }
    }

    @Test
    void infos_ofPythonsFile_haveTorchsOrderAndTheStoredBytes() {
        try (GgufFile file = GgufFile.open(GOLDEN)) {
            assertThat(file.infos())
                    .containsEntry("q4_k.weight", new TensorInfo(DType.FLOAT32, List.of(4L, 512L), Packing.Q4_K))
                    .containsEntry("reshaped.weight", new TensorInfo(DType.FLOAT32, List.of(4L, 3L, 16L), Packing.Q8_0))
                    .containsEntry("f16", new TensorInfo(DType.FLOAT16, List.of(2L, 3L)));
            assertThat(file.infos().values().stream().filter(info -> info.packing() != null))
                    .hasSize(11);
            assertThat(file.infos().get("q4_k.weight"))
                    .extracting(TensorInfo::bytes, TensorInfo::type)
                    .containsExactly(4 * 2 * 144L, "Q4_K");
        }
    }

    @Test
    void tensor_ofPlainTypes_holdsThePythonValues() {
        try (Scope scope = Scope.open();
                GgufFile file = GgufFile.open(GOLDEN)) {
            for (String name : List.of("f32", "f16", "bf16")) {
                assertThat(file.tensor(name).toFloats()).as(name).containsExactly(FLOATS);
                assertThat(file.copy(name, 1, 1).toFloats()).as(name).containsExactly(0.25f, 1.5f, 3);
                assertThat(file.packed(name)).isEmpty();
            }
            for (String name : List.of("int8", "int16", "int32", "int64", "float64")) {
                Tensor values = file.tensor(name);
                assertThat(values.dtype()).hasToString(name);
                assertThat(values.toFloats()).as(name).containsExactly(-1, 0, 5);
            }
        }
    }

    @Test
    void tensor_afterClose_isRefusedAndEarlierOnesStayValid() {
        try (Scope scope = Scope.open()) {
            GgufFile file = GgufFile.open(GOLDEN);
            Tensor early = file.tensor("f32");
            file.close();
            file.close();
            assertThat(early.toFloats()).containsExactly(FLOATS);
            assertThatThrownBy(() -> file.tensor("f32"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(GOLDEN + ": is closed; open it again");
        }
    }

    @Test
    void open_ofTruncatedFile_isRefusedAtEveryLength() throws IOException {
        byte[] whole = Files.readAllBytes(GOLDEN);
        Path cut = folder.resolve("cut.gguf");
        for (int length = 0; length < whole.length - 32; length += length < 3000 ? 7 : 501) {
            Files.write(cut, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> GgufFile.open(cut).close())
                    .isInstanceOf(WeightsException.class)
                    .hasMessageStartingWith(cut + ": ");
        }
    }

    @Test
    void open_ofVersion2_isRead() throws IOException {
        byte[] file = GgufBytes.header(1, 0).tensor("x", 0, 0, 3, 2).data(24);
        file[4] = 2;
        try (Scope scope = Scope.open();
                TensorSource source = TensorSource.open(Files.write(folder.resolve("two"), file))) {
            assertThat(source).isInstanceOf(GgufFile.class);
            assertThat(source.tensor("x").shape()).containsExactly(2, 3);
        }
    }

    @Test
    void open_ofAnotherFormat_saysWhatItIs() throws IOException {
        Path other =
                Files.writeString(folder.resolve("model.gguf"), "PK\u0003\u0004 and so on, for as long as it takes");
        assertThatThrownBy(() -> GgufFile.open(other))
                .hasMessageStartingWith(
                        other + ": is a zip archive, as torch.save writes (.bin, .pt, .ckpt), and not GGUF;");
        Path safetensors = Path.of("src/test/resources/golden/safetensors_dtypes.safetensors");
        assertThatThrownBy(() -> GgufFile.open(safetensors)).hasMessageContaining("must begin with 'GGUF', does not");
        assertThatThrownBy(() -> GgufFile.open(folder)).hasMessageContaining("must be a GGUF file, is a folder");
    }

    static Stream<Arguments> broken() {
        String name = "orig_shape.w";
        return Stream.of(
                broken(new GgufBytes().raw("GGUF").int32(1).int64(0).int64(0).end(), "is of version 1; convert it"),
                broken(
                        new GgufBytes()
                                .raw("GGUF")
                                .int32(0x03000000)
                                .int64(0)
                                .int64(0)
                                .end(),
                        "is big-endian; convert it"),
                broken(new GgufBytes().raw("GGUF").int32(4).int64(0).int64(0).end(), "is of version 4; convert it"),
                broken(GgufBytes.header(-1, 0).end(), "tensors: must have at most 0 entries in the 8 bytes"),
                broken(GgufBytes.header(0, 1L << 60).data(100), "metadata: must have at most 8 entries"),
                broken(GgufBytes.header(0, 1).int64(1L << 40).data(50), "key of metadata: must have at most"),
                broken(GgufBytes.header(0, 1).text("k").int32(8).int64(-1).data(50), "metadata 'k': must have at most"),
                broken(
                        GgufBytes.header(0, 1)
                                .text("k")
                                .int32(9)
                                .int32(4)
                                .int64(1L << 61)
                                .data(50),
                        "metadata 'k': must have at"),
                broken(
                        GgufBytes.header(0, 1).text("k").int32(13).data(50),
                        "metadata 'k': type must be 0 to 12, is 13"),
                broken(
                        GgufBytes.header(0, 2)
                                .text("k")
                                .int32(0)
                                .raw((byte) 1)
                                .text("k")
                                .int32(0)
                                .raw((byte) 1)
                                .data(0),
                        "metadata must hold each key once, has 'k' twice"),
                broken(
                        GgufBytes.header(0, 1)
                                .text("general.alignment")
                                .int32(4)
                                .int32(3)
                                .data(0),
                        "'general.alignment': must be a power of 2 from 8 to 1048576, is 3"),
                broken(
                        GgufBytes.header(2, 0)
                                .tensor("x", 0, 0, 2)
                                .tensor("x", 0, 32, 2)
                                .data(64),
                        "must hold each tensor once, has 'x' twice"),
                broken(
                        GgufBytes.header(1, 0).tensor("x", 20, 0, 32).data(64),
                        "tensor 'x': type must be one of F32, F16, I8, I16, I32, I64, F64, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0,"
                                + " Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, is number 20, IQ4_NL; fetch the model in another"),
                broken(GgufBytes.header(1, 0).tensor("x", 99, 0, 32).data(64), "is number 99; fetch"),
                broken(
                        GgufBytes.header(1, 0).tensor("x", 12, 0, 128, 2).data(144),
                        "tensor 'x': rows of Q4_K must have a multiple of 256 values, have 128"),
                broken(
                        GgufBytes.header(1, 0)
                                .tensor("x", 0, 0, 1, 1, 1, 1, 1, 1)
                                .data(4),
                        "tensor 'x': must have at most 5 dimensions, has 6"),
                broken(
                        GgufBytes.header(1, 0)
                                .tensor("x", 0, 0, 1L << 31, 1L << 31)
                                .data(4),
                        "tensor 'x': must have fewer than 2^63 bytes"),
                broken(
                        GgufBytes.header(1, 0).tensor("x", 0, 4, 2).data(64),
                        "tensor 'x': offset must be a multiple of the alignment, 32, is 4"),
                broken(
                        GgufBytes.header(2, 0)
                                .tensor("x", 0, 0, 2)
                                .tensor("y", 0, 0, 2)
                                .data(64),
                        "data must begin at byte 32, after the tensor before it, not at 0"),
                broken(
                        GgufBytes.header(2, 0)
                                .tensor("x", 0, 0, 2)
                                .tensor("y", 0, 64, 2)
                                .data(96),
                        "tensor 'y': data must begin at byte 32, after the tensor before it, not at 64"),
                broken(
                        GgufBytes.header(1, 0).tensor("x", 0, 0, 16).data(60),
                        "tensor 'x': is truncated: takes 64 bytes"),
                broken(
                        GgufBytes.header(1, 0).tensor("x", 0, 0, 2).data(40),
                        "data must end with the last tensor at byte"),
                broken(
                        GgufBytes.header(1, 1)
                                .text("comfy.gguf." + name)
                                .int32(9)
                                .int32(5)
                                .int64(2)
                                .int32(2)
                                .int32(5)
                                .tensor("w", 0, 0, 8)
                                .data(32),
                        "metadata 'comfy.gguf.orig_shape.w': must be a shape of as many values as [8], is"),
                broken(
                        GgufBytes.header(1, 0)
                                .int64(2)
                                .raw((byte) 0xc0, (byte) 0x80)
                                .int32(0)
                                .int32(0)
                                .int64(0)
                                .data(4),
                        "name of a tensor: must be UTF-8, has a malformed byte"));
    }

    private static Arguments broken(byte[] file, String message) {
        return Arguments.of(file, message);
    }

    @ParameterizedTest
    @MethodSource("broken")
    void open_ofABrokenHeader_namesWhatIsWrong(byte[] bytes, String message) throws IOException {
        Path file = Files.write(folder.resolve("broken.gguf"), bytes);
        assertThatThrownBy(() -> GgufFile.open(file).close())
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(message)
                .hasMessageMatching("[^\n]{1,600}");
    }
}
