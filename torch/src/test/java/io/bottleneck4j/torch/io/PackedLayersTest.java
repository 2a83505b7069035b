package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Ops;
import io.bottleneck4j.torch.PackedTensor;
import io.bottleneck4j.torch.Packing;
import io.bottleneck4j.torch.Quantization;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.nn.Linear;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Layers whose weights stay as the file packs them. */
class PackedLayersTest {
    private static final Path GGUF = Path.of("src/test/resources/golden/packed.gguf");
    private static final List<String> TYPES =
            List.of("q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "q2_k", "q3_k", "q4_k", "q5_k", "q6_k");

    /** A layer of every type, two joined ones, and a tensor that is no layer. */
    private record Model(List<Part<Linear>> layers, Linear joined, Tensor table) {
        static Model of(Weights w) {
            List<Part<Linear>> layers = TYPES.stream()
                    .map(type -> w.part("layers", part -> Linear.withoutBias(part.quantized(), type, 512, 4)))
                    .toList();
            return new Model(
                    layers,
                    Linear.joined(w.at("joined"), 512, List.of(new Linear.Part("a", 4), new Linear.Part("b", 4))),
                    w.tensor("table", 4, 512));
        }

        Tensor run(Tensor x) {
            Tensor[] sums = layers.stream()
                    .map(layer -> layer.<Tensor>use(linear -> linear.forward(x)))
                    .toArray(Tensor[]::new);
            return Ops.cat(-1, Ops.cat(-1, sums), joined.forwardGeluTanh(x));
        }
    }

    /** The file's tensors under the names the model asks for, as they are packed or unpacked. */
    private record Names(GgufFile file, boolean packs) implements TensorSource {
        private static Map<String, String> stored() {
            Map<String, String> stored = new LinkedHashMap<>();
            TYPES.forEach(type -> stored.put("layers." + type + ".weight", type + ".weight"));
            stored.put("joined.a.weight", "q4_k.weight");
            stored.put("joined.b.weight", "q8_0.weight");
            stored.put("table", "q6_k.weight");
            return stored;
        }

        private static final List<String> BIASES = List.of("joined.a.bias", "joined.b.bias");

        @Override
        public Map<String, TensorInfo> infos() {
            Map<String, TensorInfo> infos = new LinkedHashMap<>();
            stored().forEach((name, old) -> {
                TensorInfo info = file.infos().getOrDefault(old, new TensorInfo(DType.BOOL, List.of()));
                infos.put(name, packs ? info : new TensorInfo(info.dtype(), info.shape()));
            });
            BIASES.forEach(bias -> infos.put(bias, new TensorInfo(DType.FLOAT32, List.of(4L))));
            return infos;
        }

        @Override
        public Tensor tensor(String name) {
            return BIASES.contains(name)
                    ? Tensor.of(new float[] {1, 2, 3, 4}, 4)
                    : file.tensor(stored().getOrDefault(name, name));
        }

        @Override
        public Optional<PackedTensor> packed(String name) {
            return packs && !BIASES.contains(name) ? file.packed(stored().getOrDefault(name, name)) : Optional.empty();
        }

        @Override
        public void close() {
            file.close();
        }
    }

    private static Names names(boolean packs) {
        return new Names(GgufFile.open(GGUF), packs);
    }

    private static Tensor input() {
        return Tensor.arange(3 * 512).mul(0.37).sin().view(1, 3, 512);
    }

    private static float[] run(Weights.Loaded<Model> loaded, DType dtype) {
        try (Scope scope = Scope.open()) {
            return loaded.model().run(input().to(dtype)).toFloats();
        }
    }

    private static Weights.Loaded<Model> load(boolean packs, DType dtype) {
        return Weights.load("model", names(packs), dtype, Device.CPU, Model::of);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "BFLOAT16"})
    void forward_packed_isThatOfTheUnpackedWeights(DType dtype) {
        try (Weights.Loaded<Model> packed = load(true, dtype);
                Weights.Loaded<Model> unpacked = load(false, dtype)) {
            float[] expected = run(unpacked, dtype);
            float[] actual = run(packed, dtype);
            assertThat(actual).hasSameSizeAs(expected);
            double largest = 0;
            for (float value : expected) {
                largest = Math.max(largest, Math.abs(value));
            }
            for (int i = 0; i < expected.length; i++) {
                // Small unpacked layers are laid out for the processor, whose sums may be in another order.
                assertThat((double) actual[i])
                        .isCloseTo(expected[i], within(largest * (dtype == DType.FLOAT32 ? 1e-6 : 1e-2)));
            }
            assertThat(run(packed, dtype)).isEqualTo(actual);
            assertThat(packed.model().table().dtype()).isEqualTo(dtype);
        }
    }

    @Test
    void stream_ofPackedWeights_givesTheSameBits() {
        try (Weights.Loaded<Model> packed = load(true, DType.BFLOAT16);
                Weights.Loaded<Model> streamed = Weights.stream(
                        "model",
                        names(true),
                        DType.BFLOAT16,
                        Device.CPU,
                        Quantization.NONE,
                        Quantization.NONE,
                        Model::of)) {
            assertThat(run(streamed, DType.BFLOAT16)).isEqualTo(run(packed, DType.BFLOAT16));
            long before = Libtorch.livePointers();
            for (int i = 0; i < 20; i++) {
                run(streamed, DType.BFLOAT16);
            }
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before + 4);
        }
    }

    @Test
    void load_quantizing_unpacksAndThenRounds() {
        try (Weights.Loaded<Model> packed = quantized(true);
                Weights.Loaded<Model> unpacked = quantized(false)) {
            assertThat(Arrays.copyOf(run(packed, DType.FLOAT32), 40))
                    .isEqualTo(Arrays.copyOf(run(unpacked, DType.FLOAT32), 40));
        }
    }

    private static Weights.Loaded<Model> quantized(boolean packs) {
        return Weights.load(
                "model",
                names(packs),
                DType.FLOAT32,
                Device.CPU,
                Quantization.INT8_WEIGHTS,
                Quantization.NONE,
                Model::of);
    }

    @Test
    void close_freesWhatIsPacked() {
        load(true, DType.FLOAT32).close();
        long before = Libtorch.livePointers();
        Weights.Loaded<Model> loaded = load(true, DType.FLOAT32);
        run(loaded, DType.FLOAT32);
        assertThat(Libtorch.livePointers()).isGreaterThan(before);
        loaded.close();
        assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
    }

    @Test
    void footprint_countsPackedBytesAndRoomForTheLargest() {
        long in = 512 * 4;
        long layers = 0;
        long[] sizes = new long[TYPES.size()];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = Packing.valueOf(TYPES.get(i).toUpperCase(Locale.ROOT)).bytes(in);
            layers += sizes[i];
        }
        long outside = Packing.Q4_K.bytes(in) + Packing.Q8_0.bytes(in) + 2 * 4 * 2 + in * 2;
        Arrays.sort(sizes);
        try (Names names = names(true)) {
            Weights.Footprint held = Weights.Footprint.of(names.infos(), DType.BFLOAT16, Quantization.NONE, Model::of);
            long room = in * 2;
            assertThat(held.all()).isEqualTo(layers + outside + room);
            assertThat(held.streamed()).isEqualTo(sizes[sizes.length - 1] + sizes[sizes.length - 2] + outside + room);
        }
    }

    @Test
    void load_ofMisshapenPackedWeights_namesThem() {
        assertThatThrownBy(() -> Weights.load(
                        "model",
                        GgufFile.open(GGUF),
                        DType.FLOAT32,
                        Device.CPU,
                        w -> Linear.withoutBias(w, "q8_0", 256, 8)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("q8_0.weight is [4, 512], config.json asks for [8, 256]");
    }
}
