package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.Manifest;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.text.ChatTokenizer.Thinking;
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
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Qwen3ModelTest {
    private static final String TINY = "golden/folders/qwen-a/text_encoder";
    private static final double TOLERANCE = 1e-4;
    private static final long[] IDS =
            LongStream.range(0, 60).map(i -> i * 7 % 400).toArray();

    @ParameterizedTest
    @ValueSource(strings = {"qwen-a", "qwen-b"})
    void forward_ofAFolder_equalsTransformersAfterEveryLayer(String name) {
        assertEveryLayer(name, config(name), encoder(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"one-for-all", "every-head-its-own"})
    void forward_ofAnotherShape_equalsTransformersAfterEveryLayer(String name) {
        JsonNode written =
                GoldenTensors.json("golden/qwen3/" + name + ".json").json().get("config");
        Qwen3Config config = Qwen3Config.from(new Config(Path.of("config.json"), written, note -> {}));
        TensorSource within = new RenamedSource(
                GoldenTensors.of("golden/qwen3/" + name + ".safetensors"),
                key -> key.startsWith("weights.") ? Optional.of(key.substring("weights.".length())) : Optional.empty());
        assertEveryLayer(name, config, within);
    }

    /** All states at once, the last first. */
    private static void assertEveryLayer(String name, Qwen3Config config, TensorSource weights) {
        List<Integer> states = IntStream.rangeClosed(0, config.numHiddenLayers())
                .boxed()
                .sorted(Collections.reverseOrder())
                .toList();
        try (Golden golden = Golden.open("qwen3/" + name);
                Scope scope = Scope.open();
                Loaded<Qwen3Model> loaded = load(config, states, weights, DType.FLOAT32)) {
            for (int row = 0; row < golden.json().get("rows").intValue(); row++) {
                int tokens = (int) golden.longs(row + ".tokens")[0];
                Tensor all = loaded.model().forward(golden.longs(row + ".input_ids"), tokens);
                for (int i = 0; i < states.size(); i++) {
                    Tensor state = all.narrow(2, (long) i * config.hiddenSize(), config.hiddenSize());
                    golden.assertClose(row + ".hidden_states." + states.get(i), state, TOLERANCE);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen-a", "qwen-b"})
    void forward_ofAPromptThatMayThink_isWhatZImageTakes(String name) throws IOException {
        try (Golden golden = Golden.open("qwen3/" + name);
                Scope scope = Scope.open();
                Loaded<Qwen3Model> loaded = load(config(name), List.of(-2), encoder(name), DType.FLOAT32)) {
            TokenizedPrompt prompt = prompt(golden, name, Thinking.ON);
            Tensor padded = loaded.model().forward(prompt.ids(), prompt.tokens());
            golden.assertClose("z_image", padded.until(1, prompt.tokens()), TOLERANCE);
            TokenizedPrompt bare = prompt.unpadded();
            assertThat(bare.ids()).hasSize(prompt.tokens()).hasSizeLessThan(prompt.ids().length);
            assertThat(bare.tokens()).isEqualTo(prompt.tokens());
            golden.assertClose("z_image", loaded.model().forward(bare.ids(), bare.tokens()), TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen-a", "qwen-b"})
    void forward_ofAPromptThatMayNotThink_isWhatFlux2KleinTakes(String name) throws IOException {
        try (Golden golden = Golden.open("qwen3/" + name);
                Scope scope = Scope.open();
                Loaded<Qwen3Model> loaded = load(
                        config(name),
                        golden.json()
                                .get("klein_layers")
                                .valueStream()
                                .map(JsonNode::intValue)
                                .toList(),
                        encoder(name),
                        DType.FLOAT32)) {
            TokenizedPrompt prompt = prompt(golden, name, Thinking.OFF);
            golden.assertClose("klein", loaded.model().forward(prompt.ids(), prompt.tokens()), TOLERANCE);
        }
    }

    private static TokenizedPrompt prompt(Golden golden, String name, Thinking thinking) throws IOException {
        try (ChatTokenizer tokenizer = ChatTokenizer.qwen3(Golden.folder(name).resolve("tokenizer"), thinking)) {
            return tokenizer.encode(
                    golden.json().get("prompt").asText(),
                    golden.json().get("max_length").asInt());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BFLOAT16", "FLOAT16"})
    void forward_halfPrecision_staysCloseToFloat32(DType dtype) {
        float[] float32 = states(GoldenTensors.of(TINY), DType.FLOAT32);
        assertThat(Differences.relative(states(GoldenTensors.of(TINY), dtype), float32))
                .isBetween(1e-6, dtype == DType.BFLOAT16 ? 0.05 : 0.01);
    }

    /** What {@code Qwen/Qwen3-4B} holds, Z-Image's text encoder and FLUX.2-klein's: names, shapes and how many numbers. */
    @Test
    void blueprint_ofQwen34B_isItsManifest() {
        JsonNode manifest = GoldenTensors.json("manifests/qwen3-4b.json").json();
        Map<String, List<Long>> published = new TreeMap<>();
        Manifest.shapes(manifest.get("tensors"))
                .forEach((name, shape) -> published.put(name.replaceFirst("^model\\.", ""), shape));
        Qwen3Config config = Qwen3Config.from(GoldenTensors.json("manifests/qwen3-4b/config.json"));
        for (List<Integer> states : List.of(List.of(-2), List.of(9, 18, 27))) {
            assertThat(Weights.blueprint(w -> new Qwen3Model(config, states, w)))
                    .isEqualTo(published)
                    .hasSize(manifest.get("count").intValue());
        }
    }

    @Test
    void load_layersThatAreNotWanted_areNotRead() {
        Set<String> read = new HashSet<>();
        load(config("qwen-a"), List.of(1, 3, 2), new Watched(encoder("qwen-a"), read), DType.FLOAT32)
                .close();
        assertThat(read).contains("model.embed_tokens.weight", "model.layers.2.self_attn.q_norm.weight");
        assertThat(read).noneMatch(name -> name.matches("model\\.norm.*|model\\.layers\\.[34]\\..*"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.norm.weight", "model.layers.4.self_attn.k_norm.weight"})
    void load_anyTensorMissing_isNamed(String key) {
        assertThatThrownBy(() -> states(GoldenTensors.of(TINY).without(key), DType.FLOAT32))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("text_encoder: weights do not fit config.json: 1 missing ("
                        + key.replaceFirst("model.", "") + ")");
    }

    @Test
    void new_statesThatThereAreNot_areRefused() {
        for (int state : new int[] {6, -7}) {
            assertThatThrownBy(() -> load(config("qwen-a"), List.of(0, state), GoldenTensors.of(TINY), DType.FLOAT32))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("states: must be between -6 and 5, as a model of 5 layers has 6, not " + state);
        }
        assertThatThrownBy(() -> load(config("qwen-a"), List.of(), GoldenTensors.of(TINY), DType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("states: must name at least one of the hidden_states, not none");
    }

    @Test
    void forward_wrongIdsOrTokens_isRefused() {
        try (Scope scope = Scope.open();
                Loaded<Qwen3Model> loaded = load(config("qwen-a"), List.of(0), GoldenTensors.of(TINY), DType.FLOAT32)) {
            assertThatThrownBy(() -> loaded.model().forward(new long[] {1, -1}, 2))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("ids: token -1 at position 1 is not in 0..");
            assertThatThrownBy(() -> loaded.model().forward(new long[] {1, 2}, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("tokens: must be between 1 and the 2 ids, not 0");
        }
    }

    @Test
    void forward_manyTimes_leavesNothingBehind() {
        try (Scope scope = Scope.open();
                Loaded<Qwen3Model> loaded =
                        load(config("qwen-a"), List.of(1, 3), GoldenTensors.of(TINY), DType.BFLOAT16)) {
            long before = Libtorch.livePointers();
            for (int i = 0; i < 10; i++) {
                try (Scope each = Scope.open()) {
                    assertThat(loaded.model().forward(IDS, 40).isFinite()).isTrue();
                }
            }
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before); // fewer, where the collector frees
        }
    }

    private static Qwen3Config config(String name) {
        return Qwen3Config.from(GoldenTensors.json("golden/folders/" + name + "/text_encoder/config.json"));
    }

    private static GoldenTensors encoder(String name) {
        return GoldenTensors.of("golden/folders/" + name + "/text_encoder");
    }

    private static float[] states(TensorSource source, DType dtype) {
        try (Scope scope = Scope.open();
                Loaded<Qwen3Model> loaded = load(config("qwen-a"), List.of(-2), source, dtype)) {
            return loaded.model().forward(IDS, 40).toFloats();
        }
    }

    private static Loaded<Qwen3Model> load(Qwen3Config config, List<Integer> states, TensorSource source, DType dtype) {
        return Weights.load(
                "text_encoder",
                Qwen3Model.checkpoint(source),
                dtype,
                Device.CPU,
                w -> new Qwen3Model(config, states, w));
    }
}
