package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.PackedBytes;
import io.bottleneck4j.torch.PackedRows;
import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Packing;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Scratch;
import io.bottleneck4j.torch.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What is made of packed weights, to the bit: gguf-py's dequantize and torch's own float8 (tools/golden/make_packed.py). */
class PackedValuesTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    @TempDir
    private Path folder;

    /** Both files of packed weights, and their values by name. */
    private record Packed(List<TensorSource> packed, SafetensorsFile values) implements AutoCloseable {
        static Packed open() {
            return new Packed(
                    List.of(
                            TensorSource.open(GOLDEN.resolve("packed.gguf")),
                            TensorSource.open(GOLDEN.resolve("packed-f8.safetensors"))),
                    SafetensorsFile.open(GOLDEN.resolve("packed-values.safetensors")));
        }

        TensorSource holding(String name) {
            return packed.stream()
                    .filter(source -> source.infos().containsKey(name))
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public void close() {
            packed.forEach(TensorSource::close);
            values.close();
        }
    }

    private static PackedTensor packed(TensorSource source, String name) {
        return source.packed(name).orElseThrow();
    }

    @Test
    void tensor_ofEveryPacking_equalsPythonToTheBit() {
        TreeSet<Packing> seen = new TreeSet<>();
        try (Packed files = Packed.open();
                Scope scope = Scope.open()) {
            for (String name : files.values().infos().keySet()) {
                TensorSource source = files.holding(name);
                Tensor expected = files.values().tensor(name);
                float[] bits = expected.toFloats();
                assertThat(source.tensor(name).toFloats()).as(name).isEqualTo(bits);
                assertThat(source.tensor(name).shape()).as(name).isEqualTo(expected.shape());
                assertThat(source.copy(name).toFloats()).as(name).isEqualTo(bits);
                PackedTensor packed = packed(source, name);
                assertThat(packed.unpacked(DType.FLOAT32, new Scratch()).toFloats())
                        .as(name)
                        .isEqualTo(bits);
                assertThat(packed.copy().unpacked(DType.FLOAT32).toFloats())
                        .as(name)
                        .isEqualTo(bits);
                assertThat(packed.unpacked(DType.BFLOAT16).toFloats())
                        .as(name)
                        .isEqualTo(expected.to(DType.BFLOAT16).toFloats());
                TensorInfo info = Objects.requireNonNull(source.infos().get(name));
                assertThat(packed.bytes()).as(name).isBetween(info.bytes(), info.bytes() + 16);
                seen.add(info.packing());
            }
        }
        assertThat(seen).containsExactly(Packing.values());
    }

    @Test
    void rows_ofEveryPacking_areTheRowsOfItsValues() {
        try (Packed files = Packed.open();
                Scope scope = Scope.open()) {
            for (String name : files.values().infos().keySet()) {
                if (name.equals("reshaped.weight")) {
                    continue;
                }
                TensorSource source = files.holding(name);
                float[] expected = files.values().tensor(name).narrow(0, 1, 2).toFloats();
                PackedTensor rows = packed(source, name).rows(1, 2);
                assertThat(rows.unpacked(DType.FLOAT32).toFloats()).as(name).isEqualTo(expected);
                assertThat(rows.copy().rows(1, 1).unpacked(DType.FLOAT32).toFloats())
                        .as(name)
                        .isEqualTo(files.values().tensor(name).narrow(0, 2, 1).toFloats());
                assertThat(source.copy(name, 1, 2).toFloats()).as(name).isEqualTo(expected);
                PackedTensor turned =
                        new PackedRows(List.of(rows, packed(source, name).rows(0, 1)));
                assertThat(turned.rows(1, 2).unpacked(DType.FLOAT32).toFloats())
                        .as(name)
                        .isEqualTo(Ops.cat(
                                        0,
                                        files.values().tensor(name).narrow(0, 2, 1),
                                        files.values().tensor(name).narrow(0, 0, 1))
                                .toFloats());
                assertThatIllegalArgumentException().isThrownBy(() -> rows.rows(1, 2));
            }
        }
    }

    @Test
    void rows_throughABlock_areRefused() {
        try (Packed files = Packed.open();
                Scope scope = Scope.open()) {
            PackedTensor reshaped = packed(files.holding("reshaped.weight"), "reshaped.weight"); // [4, 3, 16]
            assertThat(reshaped.rows(2, 2).shape()).containsExactly(2L, 3L, 16L);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> reshaped.rows(1, 2))
                    .withMessage(
                            "rows: Q8_0 has blocks of 32 values, and rows of 48 cut through them; unpack it first");
        }
    }

    /** More than is made at once, so that pieces meet. */
    @ParameterizedTest
    @EnumSource(Packing.class)
    void copyTo_ofMany_isThatOfItsRows(Packing packing) {
        long rows = 1100;
        long in = 768;
        byte[] bytes = new byte[Math.toIntExact(packing.bytes(rows * in))];
        new Random(1).nextBytes(bytes);
        ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        try (Scope scope = Scope.open()) {
            PackedTensor all =
                    PackedBytes.of(packing, List.of(rows, in), Tensor.over(direct, DType.UINT8, bytes.length));
            float[] values = all.unpacked(DType.FLOAT32).toFloats();
            for (long row : new long[] {0, 340, 341, 342, 1099}) {
                assertThat(all.rows(row, 1).unpacked(DType.FLOAT32).toFloats())
                        .isEqualTo(Arrays.copyOfRange(values, (int) (row * in), (int) ((row + 1) * in)));
            }
        }
    }

    @Test
    void of_otherBytesThanTheShapeAsksFor_isRefused() {
        try (Scope scope = Scope.open()) {
            Tensor bytes = Tensor.zeros(DType.UINT8, Device.CPU, 34);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> PackedBytes.of(Packing.Q8_0, List.of(2L, 32L), bytes))
                    .withMessage("packed: 34 bytes are not Q8_0[2, 32], which takes 68");
        }
    }

    @Test
    void infos_withScalesBeside_showTheWeightsAlone() {
        try (TensorSource source = TensorSource.open(GOLDEN.resolve("packed-f8.safetensors"));
                Scope scope = Scope.open()) {
            assertThat(source.infos().keySet())
                    .containsExactlyInAnyOrder(
                            "e4m3",
                            "e5m2",
                            "comfy.weight",
                            "modelopt.weight",
                            "columns.weight",
                            "newer.weight",
                            "plain.bias");
            assertThat(source.infos().get("comfy.weight"))
                    .isEqualTo(new TensorInfo(DType.FLOAT32, List.of(4L, 12L), Packing.F8_E4M3));
            assertThat(source.tensor("plain.bias").toFloats()).containsExactly(1, 2);
            assertThatThrownBy(() -> source.tensor("comfy.scale_weight")).isInstanceOf(WeightsException.class);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x.weight_scale | F32 | 2,2 | x.weight_scale: must be one number, or one for each of the 4 rows of 'x.weight', is float32[2, 2];",
                "x.weight_scale | U8 | 4 | is uint8[4];",
                "x.scale_weight | F8_E4M3 | 4 | is F8_E4M3[4];",
                "x.weight_scale_inv | F32 | 1 | x.weight_scale_inv: is of a layout that bottleneck4j does not read;",
                "x.weight_scale_2 | F32 | 1 | x.weight_scale_2: is of a layout that bottleneck4j does not read;",
            })
    void over_scalesOfAnotherLayout_namesWhatIsRead(String name, String type, String shape, String message)
            throws IOException {
        int count = 1;
        for (String size : shape.split(",", -1)) {
            count *= Integer.parseInt(size);
        }
        int bytes = count * (type.equals("F32") ? 4 : 1);
        Path file = safetensors(
                "{\"x.weight\":{\"dtype\":\"F8_E4M3\",\"shape\":[4,2],\"data_offsets\":[0,8]},\"" + name
                        + "\":{\"dtype\":\"" + type + "\",\"shape\":[" + shape + "],\"data_offsets\":[8," + (8 + bytes)
                        + "]}}",
                8 + bytes);
        assertThatThrownBy(() -> TensorSource.open(file))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(message)
                .hasMessageContaining(
                        "read are F8_E4M3 and F8_E5M2 as they are, or with one scale or one for each row");
    }

    @Test
    void over_twoScales_isRefused() throws IOException {
        Path file = safetensors(
                "{\"x.weight\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[0,4]},"
                        + "\"x.weight_scale\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[4,8]},"
                        + "\"x.scale_weight\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]}}",
                12);
        assertThatThrownBy(() -> TensorSource.open(file))
                .hasMessageContaining("x.weight: must have one scale, has [x.scale_weight, x.weight_scale]");
    }

    @Test
    void over_whatHasNoScales_isTheSourceItself() throws IOException {
        try (SafetensorsFile plain = SafetensorsFile.open(GOLDEN.resolve("safetensors_dtypes.safetensors"))) {
            assertThat(ScaledSource.over(plain)).isSameAs(plain);
        }
    }

    private Path safetensors(String json, int dataBytes) throws IOException {
        byte[] header = json.getBytes(StandardCharsets.UTF_8);
        return Files.write(
                folder.resolve("x.safetensors"),
                ByteBuffer.allocate(8 + header.length + dataBytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(header.length)
                        .put(header)
                        .array());
    }

    // ---- other names and rows

    @Test
    void sliced_ofPackedAndPlainTensors_showsRunsOfRows() {
        Map<String, SlicedSource.Slice> slices = Map.of(
                "first", SlicedSource.Slice.rows("f32", 0, 1),
                "second", SlicedSource.Slice.rows("f32", 1, 1),
                "turned", SlicedSource.Slice.swapped("q4_k.weight", 4),
                "last", SlicedSource.Slice.rows("q6_k.weight", 3, 1),
                "others", SlicedSource.Slice.rows("q6_k.weight", 0, 3),
                "turned plain", SlicedSource.Slice.swapped("f16", 2));
        try (Packed files = Packed.open();
                Scope scope = Scope.open()) {
            TensorSource some = new RenamedSource(
                    TensorSource.open(GOLDEN.resolve("packed.gguf")),
                    name -> Optional.of(name).filter(List.of("f32", "f16", "q4_k.weight", "q6_k.weight")::contains));
            try (TensorSource source = new SlicedSource(some, slices)) {
                assertThat(source.infos())
                        .containsEntry("first", new TensorInfo(DType.FLOAT32, List.of(1L, 3L)))
                        .containsEntry("others", new TensorInfo(DType.FLOAT32, List.of(3L, 512L), Packing.Q6_K))
                        .containsEntry("turned", new TensorInfo(DType.FLOAT32, List.of(4L, 512L), Packing.Q4_K))
                        .hasSize(6);
                assertThat(source.tensor("second").toFloats()).containsExactly(0.25f, 1.5f, 3);
                assertThat(source.copy("second").toFloats()).containsExactly(0.25f, 1.5f, 3);
                assertThat(source.tensor("turned plain").toFloats()).containsExactly(0.25f, 1.5f, 3, -1, -0.5f, 0);
                assertThat(source.copy("turned plain").toFloats()).containsExactly(0.25f, 1.5f, 3, -1, -0.5f, 0);
                Tensor q4 = files.values().tensor("q4_k.weight");
                float[] turned = Ops.cat(0, q4.from(0, 2), q4.until(0, 2)).toFloats();
                assertThat(source.tensor("turned").toFloats()).isEqualTo(turned);
                assertThat(source.copy("turned").toFloats()).isEqualTo(turned);
                assertThat(packed(source, "turned")
                                .copy()
                                .unpacked(DType.FLOAT32)
                                .toFloats())
                        .isEqualTo(turned);
                float[] last = files.values().tensor("q6_k.weight").from(0, 3).toFloats();
                assertThat(source.tensor("last").toFloats()).isEqualTo(last);
                assertThat(packed(source, "last").copy().unpacked(DType.FLOAT32).toFloats())
                        .isEqualTo(last);
            }
        }
    }

    @Test
    void sliced_withRowsShownTwiceOrNotAtAll_isRefused() {
        try (SafetensorsFile file = SafetensorsFile.open(GOLDEN.resolve("safetensors_dtypes.safetensors"));
                TensorSource one =
                        new RenamedSource(file, name -> Optional.of(name).filter(List.of("f32", "f64")::contains))) {
            SlicedSource.Slice f64 = SlicedSource.Slice.whole("f64");
            assertThatThrownBy(() -> new SlicedSource(one, Map.of("f64", f64)))
                    .hasMessage("weights: 'f32' belongs to no layer of this model; check that the file belongs to it");
            assertThatThrownBy(
                            () -> new SlicedSource(one, Map.of("f64", f64, "a", SlicedSource.Slice.rows("f32", 0, 1))))
                    .hasMessageStartingWith(
                            "weights: every one of the 2 rows of 'f32' must belong to one layer, shown are");
            assertThatThrownBy(() -> new SlicedSource(
                            one,
                            Map.of(
                                    "f64",
                                    f64,
                                    "a",
                                    SlicedSource.Slice.whole("f32"),
                                    "b",
                                    SlicedSource.Slice.whole("f32"))))
                    .hasMessageStartingWith("weights: every one of the 2 rows of 'f32' must belong to one layer");
            assertThatThrownBy(() -> new SlicedSource(one, Map.of("x", SlicedSource.Slice.whole("none"))))
                    .hasMessageStartingWith("weights: must hold 'none', of which 'x' is made");
        }
    }
}
