package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.io.Weights.Loaded;
import io.bottleneck4j.torch.io.WeightsException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LlamaModelTest {
    private static final String TINY = "golden/folders/hunyuan-a/text_encoder";
    private static final int SKIP = 2;
    private static final long[] IDS =
            LongStream.range(0, 60).map(i -> i * 7 % 400).toArray();

    @ParameterizedTest
    @ValueSource(strings = {"hunyuan-a", "hunyuan-b"})
    void forward_ofAFolder_equalsTransformersAfterEveryLayer(String name) {
        String folder = "golden/folders/" + name + "/text_encoder";
        JsonNode golden = GoldenTensors.json("golden/llama/" + name + ".json").json();
        assertEveryLayer(
                name,
                golden,
                LlamaConfig.from(GoldenTensors.json(folder + "/config.json")),
                () -> GoldenTensors.of(folder));
    }

    @ParameterizedTest
    @ValueSource(strings = {"every-head-its-own", "one-for-all", "llama3-new-spelling", "llama3-old-spelling"})
    void forward_ofAnotherShape_equalsTransformersAfterEveryLayer(String name) {
        JsonNode golden = GoldenTensors.json("golden/llama/" + name + ".json").json();
        Config config = new Config(Path.of("config.json"), golden.get("config"), note -> {});
        assertEveryLayer(name, golden, LlamaConfig.from(config), () -> within(name));
    }

    private static void assertEveryLayer(
            String name, JsonNode golden, LlamaConfig config, Supplier<TensorSource> weights) {
        GoldenTensors expected = states(name);
        for (int skip = 1; skip <= config.numHiddenLayers(); skip++) {
            try (Scope scope = Scope.open();
                    Loaded<LlamaModel> loaded = load(config, skip, weights.get(), DType.FLOAT32)) {
                for (int row = 0; row < golden.get("rows").intValue(); row++) {
                    long[] ids = expected.tensor(row + ".input_ids").toLongs();
                    int tokens = (int) expected.tensor(row + ".tokens").toLongs()[0];
                    Tensor actual = loaded.model().forward(ids, tokens);
                    assertThat(actual.shape()).containsExactly(1, ids.length, config.hiddenSize());
                    String key = row + ".hidden_states." + (config.numHiddenLayers() - skip);
                    assertThat(Differences.relative(
                                    actual.toFloats(), expected.tensor(key).toFloats()))
                            .as(key)
                            .isLessThan(1e-5);
                }
            }
        }
    }

    private static GoldenTensors states(String name) {
        return GoldenTensors.of("golden/llama/" + name + ".safetensors");
    }

    /** The weights that a golden file holds beside its states. */
    private static TensorSource within(String name) {
        return new RenamedSource(
                states(name),
                key -> key.startsWith("weights.") ? Optional.of(key.substring("weights.".length())) : Optional.empty());
    }

    @Test
    void forward_bfloat16_staysCloseToFloat32() {
        float[] float32 = states(GoldenTensors.of(TINY), DType.FLOAT32);
        assertThat(Differences.relative(states(GoldenTensors.of(TINY), DType.BFLOAT16), float32))
                .isBetween(1e-5, 0.05);
    }

    @Test
    void forward_float16_staysCloseToFloat32() {
        float[] float32 = states(GoldenTensors.of(TINY), DType.FLOAT32);
        assertThat(Differences.relative(states(GoldenTensors.of(TINY), DType.FLOAT16), float32))
                .isBetween(1e-6, 0.01);
    }

    @Test
    void forward_otherPadding_changesNoTokenBeforeIt() {
        try (Scope scope = Scope.open();
                Loaded<LlamaModel> loaded = load(config(), SKIP, GoldenTensors.of(TINY), DType.FLOAT32)) {
            long[] other = IDS.clone();
            other[41] = 3;
            float[] states = loaded.model().forward(IDS, 40).until(1, 40).toFloats();
            assertThat(loaded.model().forward(other, 40).until(1, 40).toFloats())
                    .isEqualTo(states);
            other[39] = 3;
            assertThat(loaded.model().forward(other, 40).until(1, 40).toFloats())
                    .isNotEqualTo(states);
        }
    }

    @Test
    void load_skippedLayersAndNorm_areNotRead() {
        Watched source = new Watched(GoldenTensors.of(TINY), new HashSet<>());
        load(config(), SKIP, source, DType.FLOAT32).close();
        assertThat(source.read()).contains("embed_tokens.weight", "layers.2.mlp.down_proj.weight");
        assertThat(source.read()).noneMatch(name -> name.matches("norm.*|layers\\.[34]\\..*"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"norm.weight", "layers.4.mlp.up_proj.weight", "layers.0.input_layernorm.weight"})
    void load_anyTensorMissing_isNamed(String key) {
        assertThatThrownBy(() -> states(GoldenTensors.of(TINY).without(key), DType.FLOAT32))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("text_encoder: weights do not fit config.json: 1 missing (" + key + ")");
    }

    @Test
    void load_unknownTensor_isUnexpected() {
        assertThatThrownBy(() -> states(GoldenTensors.of(TINY).with("layers.0.self_attn.q_norm.weight"), DType.FLOAT32))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("1 unexpected (layers.0.self_attn.q_norm.weight)");
    }

    @Test
    void checkpoint_ofACausalModel_readsTheSameModel() {
        GoldenTensors causal = GoldenTensors.of(TINY);
        Set.copyOf(causal.infos().keySet()).forEach(name -> causal.renamed(name, "model." + name));
        causal.with("lm_head.weight").with("model.layers.0.self_attn.rotary_emb.inv_freq");
        assertThat(states(causal, DType.FLOAT32)).isEqualTo(states(GoldenTensors.of(TINY), DType.FLOAT32));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 6})
    void new_skippingNoneOrMoreThanThereAre_isRefused(int skip) {
        assertThatThrownBy(() -> load(config(), skip, GoldenTensors.of(TINY), DType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("skip: must be between 1 and the 5 layers, not " + skip);
    }

    @Test
    void forward_wrongIdsOrTokens_isRefused() {
        try (Scope scope = Scope.open();
                Loaded<LlamaModel> loaded = load(config(), SKIP, GoldenTensors.of(TINY), DType.FLOAT32)) {
            assertThatThrownBy(() -> loaded.model().forward(new long[] {1, -1}, 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("ids: token -1 at position 1 is not in 0..");
            for (int tokens : new int[] {0, 3}) {
                assertThatThrownBy(() -> loaded.model().forward(new long[] {1, 2}, tokens))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("tokens: must be between 1 and the 2 ids, not " + tokens);
            }
        }
    }

    @Test
    void forward_manyTimes_leavesNothingBehind() {
        try (Scope scope = Scope.open();
                Loaded<LlamaModel> loaded = load(config(), SKIP, GoldenTensors.of(TINY), DType.BFLOAT16)) {
            long before = Libtorch.livePointers();
            for (int i = 0; i < 10; i++) {
                try (Scope each = Scope.open()) {
                    assertThat(loaded.model().forward(IDS, 40).isFinite()).isTrue();
                }
            }
            // fewer, where the collector frees what earlier tests dropped
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
        }
    }

    @Test
    void close_freesEverything() {
        load(config(), SKIP, GoldenTensors.of(TINY), DType.FLOAT32).close();
        long before = Libtorch.livePointers();
        load(config(), SKIP, GoldenTensors.of(TINY), DType.FLOAT32).close();
        assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
    }

    private static LlamaConfig config() {
        return LlamaConfig.from(GoldenTensors.json(TINY + "/config.json"));
    }

    private static float[] states(TensorSource source, DType dtype) {
        try (Scope scope = Scope.open();
                Loaded<LlamaModel> loaded = load(config(), SKIP, source, dtype)) {
            Tensor states = loaded.model().forward(IDS, 40);
            assertThat(states.dtype()).isEqualTo(dtype);
            return states.toFloats();
        }
    }

    private static Loaded<LlamaModel> load(LlamaConfig config, int skip, TensorSource source, DType dtype) {
        return Weights.load(
                "text_encoder", LlamaModel.checkpoint(source), dtype, Device.CPU, w -> new LlamaModel(config, skip, w));
    }
}
