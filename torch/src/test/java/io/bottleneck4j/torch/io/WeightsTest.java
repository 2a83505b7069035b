package io.bottleneck4j.torch.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.nn.Conv2d;
import io.bottleneck4j.torch.nn.LayerNorm;
import io.bottleneck4j.torch.nn.Linear;
import io.bottleneck4j.torch.nn.RmsNorm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsTest {
    /** A model of one layer inside another, and a norm kept in float32. */
    private record Tiny(Linear proj, LayerNorm norm, Tensor ids) {
        static Tiny of(Weights w) {
            return new Tiny(
                    Linear.of(w.at("block").at("0"), "proj", 3, 2),
                    LayerNorm.of(w.in(DType.FLOAT32), "norm", 2, 1e-6),
                    w.tensor("ids", 4));
        }
    }

    @TempDir
    Path folder;

    @Test
    void blueprint_ofAModel_namesEveryKeyAndShape() {
        assertThat(Weights.blueprint(Tiny::of))
                .isEqualTo(Map.of(
                        "block.0.proj.weight", List.of(2L, 3L),
                        "block.0.proj.bias", List.of(2L),
                        "norm.weight", List.of(2L),
                        "norm.bias", List.of(2L),
                        "ids", List.of(4L)));
    }

    @Test
    void blueprint_ofAModelWhoseWidthsAreTheFiles_followsItOrAsksForOne() {
        Function<Weights, Tensor> model =
                w -> w.at("block").tensor("x", w.at("block").size("x", 0), w.size("block.x", 1));
        Map<String, TensorInfo> stored = Map.of("block.x", new TensorInfo(DType.FLOAT32, List.of(7L, 5L)));
        assertThat(Weights.blueprint(stored, model)).isEqualTo(Map.of("block.x", List.of(7L, 5L)));
        assertThat(Weights.blueprint(model)).isEqualTo(Map.of("block.x", List.of(1L, 1L)));
    }

    @Test
    void blueprint_leavesNoNativeObjects() {
        Weights.blueprint(Tiny::of);
        long before = Libtorch.livePointers();
        Weights.blueprint(Tiny::of);
        assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
    }

    @Test
    void load_convertsFloatsButNotIntegersAndKeepsWhatAsksForFloat32() throws IOException {
        try (Weights.Loaded<Tiny> loaded = load(file(tensors()), DType.BFLOAT16)) {
            Tiny model = loaded.model();
            assertThat(model.proj().dtype()).isEqualTo(DType.BFLOAT16);
            assertThat(weight(model.proj())).containsExactly(0, 1, 2, 3, 4, 5);
            assertThat(model.norm().weight().dtype()).isEqualTo(DType.FLOAT32);
            assertThat(model.ids().dtype()).isEqualTo(DType.INT64);
            assertThat(model.ids().toLongs()).containsExactly(5, 6, 7, 8);
        }
    }

    /** What was mapped stays in memory once it was read; of what becomes another tensor that would be a waste. */
    @Test
    void load_inAnotherType_mapsOnlyWhatIsUsedAsItIs() throws IOException {
        Asked source = new Asked(SafetensorsFile.open(file(tensors())), new TreeSet<>(), new TreeSet<>());
        Weights.load("tiny", source, DType.BFLOAT16, Device.CPU, Tiny::of).close();
        assertThat(source.copied()).containsExactly("block.0.proj.bias", "block.0.proj.weight");
        assertThat(source.mapped()).containsExactly("ids", "norm.bias", "norm.weight");
    }

    private record Asked(TensorSource source, Set<String> mapped, Set<String> copied) implements TensorSource {
        @Override
        public Map<String, TensorInfo> infos() {
            return source.infos();
        }

        @Override
        public Tensor tensor(String name) {
            mapped.add(name);
            return source.tensor(name);
        }

        @Override
        public Tensor copy(String name) {
            copied.add(name);
            return source.copy(name);
        }

        @Override
        public void close() {
            source.close();
        }
    }

    @Test
    void load_inTheFilesType_survivesTheSourceItCloses() throws IOException {
        SafetensorsFile source = SafetensorsFile.open(file(tensors()));
        try (Weights.Loaded<Tiny> loaded = Weights.load("tiny", source, DType.FLOAT32, Device.CPU, Tiny::of)) {
            assertThatIllegalStateException().isThrownBy(() -> source.tensor("ids"));
            assertThat(weight(loaded.model().proj())).containsExactly(0, 1, 2, 3, 4, 5);
        }
    }

    @Test
    void close_freesEveryWeight() throws IOException {
        Path file = file(tensors());
        load(file, DType.BFLOAT16).close();
        long before = Libtorch.livePointers();
        Weights.Loaded<Tiny> loaded = load(file, DType.BFLOAT16);
        assertThat(Libtorch.livePointers()).isGreaterThan(before);
        loaded.close();
        loaded.close();
        assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
        assertThatIllegalStateException()
                .isThrownBy(loaded::model)
                .withMessage("model: its weights were released; load it again");
    }

    @Test
    void load_ofAModelThatFails_freesWhatItHadRead() throws IOException {
        Path file = file(tensors());
        load(file, DType.BFLOAT16).close();
        long before = Libtorch.livePointers();
        assertThatIllegalStateException()
                .isThrownBy(() -> Weights.load(
                        "tiny", SafetensorsFile.open(file), DType.FLOAT16, Device.CPU, WeightsTest::failingWhenLoaded));
        assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
    }

    private static Tiny failingWhenLoaded(Weights w) {
        Tiny tiny = Tiny.of(w);
        if (tiny.ids().device().isCpu()) {
            throw new IllegalStateException("no");
        }
        return tiny;
    }

    @Test
    void load_ofOtherWeights_namesMissingUnexpectedAndMisshapen() throws IOException {
        try (Scope scope = Scope.open()) {
            Map<String, Tensor> tensors = new HashMap<>(tensors());
            tensors.remove("norm.bias");
            tensors.put("ids", Tensor.of(new long[] {1}, 1));
            for (int i = 0; i < 7; i++) {
                tensors.put("lora." + i, Tensor.arange(1));
            }
            Path file = file(tensors);
            assertThatExceptionOfType(WeightsException.class)
                    .isThrownBy(() -> load(file, DType.FLOAT32))
                    .withMessage("tiny: weights do not fit config.json: 1 missing (norm.bias); 7 unexpected (lora.0,"
                            + " lora.1, lora.2, lora.3, lora.4 and 2 more); 1 of another shape or type (ids is [1], config.json"
                            + " asks for [4]); check that both come from the same model");
        }
    }

    @Test
    void unread_isAskedForButNotRead() throws IOException {
        Function<Weights, Tensor> model = w -> w.unread().tensor("x", 2);
        assertThat(Weights.blueprint(model)).isEqualTo(Map.of("x", List.of(2L)));
        try (Scope scope = Scope.open();
                Weights.Loaded<Tensor> loaded = Weights.load(
                        "part",
                        SafetensorsFile.open(file(Map.of("x", Tensor.arange(2)))),
                        DType.FLOAT32,
                        Device.CPU,
                        model)) {
            assertThat(loaded.model().device()).isEqualTo(Device.META);
        }
    }

    @Test
    void report_ofFittingWeights_isComplete() throws IOException {
        try (SafetensorsFile source = SafetensorsFile.open(file(tensors()))) {
            WeightsReport report = WeightsReport.of("tiny", source, Tiny::of);
            assertThat(report.isComplete()).isTrue();
            report.requireComplete();
        }
    }

    @Test
    void layers_askForTheirKeysAndCompute() {
        Map<String, Float> filled = Map.of("conv.weight", 1f, "conv.bias", 2f, "rms.weight", 3f, "plain.weight", 4f);
        try (Scope scope = Scope.open();
                Weights.Loaded<List<Object>> loaded = Weights.load(
                        "layers",
                        new Constant(filled, Weights.blueprint(WeightsTest::layers)),
                        DType.FLOAT32,
                        Device.CPU,
                        WeightsTest::layers)) {
            Conv2d conv = (Conv2d) loaded.model().get(0);
            Tensor ones = Tensor.zeros(DType.FLOAT32, Device.CPU, 1, 1, 2, 2).add(1);
            assertThat(conv.forward(ones).toFloats()).containsExactly(6, 6, 6, 6);
            RmsNorm rms = (RmsNorm) loaded.model().get(1);
            assertThat(rms.forward(Tensor.of(new float[] {2, 2}, 1, 2)).toFloats())
                    .containsExactly(3, 3);
            Linear plain = (Linear) loaded.model().get(2);
            assertThat(plain.forward(Tensor.of(new float[] {1, 2}, 1, 2)).toFloats())
                    .containsExactly(12);
        }
    }

    @Test
    void joined_equalsItsPartsSideBySide() {
        Map<String, Float> filled = Map.of("a.weight", 1f, "a.bias", 2f, "b.weight", 3f, "b.bias", 4f);
        Function<Weights, Linear> joined =
                w -> Linear.joined(w, 2, List.of(new Linear.Part("a", 1), new Linear.Part("b", 2)));
        Map<String, List<Long>> asked = Weights.blueprint(joined);
        assertThat(asked)
                .isEqualTo(Map.of(
                        "a.weight",
                        List.of(1L, 2L),
                        "a.bias",
                        List.of(1L),
                        "b.weight",
                        List.of(2L, 2L),
                        "b.bias",
                        List.of(2L)));
        try (Scope scope = Scope.open();
                Weights.Loaded<Linear> loaded =
                        Weights.load("joined", new Constant(filled, asked), DType.FLOAT32, Device.CPU, joined)) {
            Tensor x = Tensor.of(new float[] {1, 2}, 1, 2);
            assertThat(loaded.model().forward(x).toFloats()).containsExactly(5, 13, 13);
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Weights.blueprint(w -> Linear.joined(w, 2, List.of())))
                .withMessage("parts: none given; a layer needs at least 1");
    }

    private static List<Object> layers(Weights w) {
        return List.of(
                Conv2d.same(w, "conv", 1, 1, 3), RmsNorm.of(w, "rms", 2, 0), Linear.withoutBias(w, "plain", 2, 1));
    }

    /** A source of constant tensors. */
    private record Constant(Map<String, Float> values, Map<String, List<Long>> shapes) implements TensorSource {
        @Override
        public Map<String, TensorInfo> infos() {
            Map<String, TensorInfo> infos = new HashMap<>();
            shapes.forEach((name, shape) -> infos.put(name, new TensorInfo(DType.FLOAT32, shape)));
            return infos;
        }

        @Override
        public Tensor tensor(String name) {
            long[] shape = shapes.getOrDefault(name, List.of()).stream()
                    .mapToLong(Long::longValue)
                    .toArray();
            return Tensor.zeros(DType.FLOAT32, Device.CPU, shape).add(values.getOrDefault(name, 0f));
        }

        @Override
        public void close() {}
    }

    private static Weights.Loaded<Tiny> load(Path file, DType dtype) {
        return Weights.load("tiny", SafetensorsFile.open(file), dtype, Device.CPU, Tiny::of);
    }

    /** The weight [2, 3] of a layer: what it makes of each unit vector and of nothing. */
    private static float[] weight(Linear layer) {
        try (Scope scope = Scope.open()) {
            Tensor units =
                    Tensor.of(new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3).to(layer.dtype());
            Tensor bias = layer.forward(units.mul(0)).to(DType.FLOAT32);
            return layer.forward(units)
                    .to(DType.FLOAT32)
                    .sub(bias)
                    .transpose(0, 1)
                    .toFloats();
        }
    }

    private static Map<String, Tensor> tensors() {
        return Map.of(
                "block.0.proj.weight", Tensor.arange(6).view(2, 3),
                "block.0.proj.bias", Tensor.arange(2),
                "norm.weight", Tensor.arange(2),
                "norm.bias", Tensor.arange(2),
                "ids", Tensor.of(new long[] {5, 6, 7, 8}, 4));
    }

    private Path file(Map<String, Tensor> tensors) throws IOException {
        Path file = folder.resolve("tiny.safetensors");
        SafetensorsWriter.write(file, tensors, Map.of());
        return file;
    }
}
