package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.io.Weights.Loaded;
import io.bottleneck4j.torch.io.WeightsException;
import io.bottleneck4j.torch.io.WeightsReport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClipTextModelTest {
    private static final String TINY = "golden/folders/tiny-a/text_encoder";

    @ParameterizedTest
    @ValueSource(strings = {"tiny-a", "tiny-b", "tiny-a-gelu", "tiny-b-quick-gelu-argmax"})
    void forward_goldenRows_equalsTransformers(String name) {
        JsonNode golden = GoldenTensors.json("golden/clip/" + name + ".json").json();
        String folder = golden.get("folder").asText() + "/text_encoder";
        Config config = GoldenTensors.json(folder + "/config.json");
        ((ObjectNode) config.json()).setAll((ObjectNode) golden.get("config_overrides"));
        GoldenTensors expected = GoldenTensors.of("golden/clip/" + name + ".safetensors");
        try (Scope scope = Scope.open();
                Loaded<ClipTextModel> loaded = load(config, GoldenTensors.of(folder), DType.FLOAT32)) {
            for (int row = 0; row < golden.get("rows").intValue(); row++) {
                long[] ids = expected.tensor(row + ".input_ids").toLongs();
                ClipTextModel.Encoding actual = loaded.model().forward(ids);
                assertThat(actual.lastHiddenState().shape())
                        .containsExactly(1, ids.length, config.requireInt("hidden_size"));
                assertThat(Differences.relative(
                                actual.lastHiddenState().toFloats(),
                                expected.tensor(row + ".last_hidden_state").toFloats()))
                        .as("states of row %d", row)
                        .isLessThan(1e-5);
                assertThat(Differences.relative(
                                actual.pooled().toFloats(),
                                expected.tensor(row + ".pooler_output").toFloats()))
                        .as("pooled state of row %d", row)
                        .isLessThan(1e-5);
            }
        }
    }

    @Test
    void forward_bfloat16_staysCloseToFloat32() {
        long[] ids = LongStream.range(100, 177).toArray();
        assertThat(Differences.relative(states(ids, DType.BFLOAT16), states(ids, DType.FLOAT32)))
                .isBetween(1e-5, 0.03);
    }

    @Test
    void forward_otherLastToken_keepsEarlierStates() {
        float[] first = states(new long[] {5, 6, 7, 8}, DType.FLOAT32);
        float[] second = states(new long[] {5, 6, 7, 9}, DType.FLOAT32);
        int before = 3 * 12;
        assertThat(Differences.relative(Arrays.copyOf(first, before), Arrays.copyOf(second, before)))
                .isLessThan(1e-6);
        assertThat(Arrays.copyOfRange(first, before, first.length))
                .isNotEqualTo(Arrays.copyOfRange(second, before, second.length));
    }

    @Test
    void forward_legacyEndToken_poolsFirstOfLargestIds() {
        assertThat(pooledRow(2, 9, 4, 600, 2, 600, 1)).isEqualTo(2);
    }

    @Test
    void forward_endTokenTwice_poolsFirst() {
        assertThat(pooledRow(9, 600, 4, 9, 9, 1)).isEqualTo(2);
    }

    @Test
    void forward_noEndToken_poolsFirstState() {
        assertThat(pooledRow(9, 600, 4, 8)).isEqualTo(0);
    }

    @Test
    void forward_tooManyTokens_saysHowManyFit() {
        assertThatThrownBy(() -> states(new long[78], DType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ids: at most 77 tokens fit, not 78; truncate when encoding");
    }

    @Test
    void forward_idOutsideVocabulary_namesIt() {
        int vocab = GoldenTensors.json(TINY + "/config.json").requireInt("vocab_size");
        assertThatThrownBy(() -> states(new long[] {0, vocab}, DType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("ids: token " + vocab + " at position 1 is not in 0.." + (vocab - 1) + ";"
                        + " use the tokenizer that belongs to this encoder");
    }

    @Test
    void forward_noTokens_isRefused() {
        assertThatThrownBy(() -> states(new long[0], DType.FLOAT32))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least one token");
    }

    @Test
    void forward_manyTimes_leavesNothingBehind() {
        try (Scope scope = Scope.open();
                Loaded<ClipTextModel> loaded =
                        load(GoldenTensors.json(TINY + "/config.json"), GoldenTensors.of(TINY), DType.BFLOAT16)) {
            long before = Libtorch.livePointers();
            for (int i = 0; i < 10; i++) {
                try (Scope each = Scope.open()) {
                    assertThat(loaded.model()
                                    .forward(new long[] {1, 2, 3})
                                    .pooled()
                                    .isFinite())
                            .isTrue();
                }
            }
            // fewer, where the collector frees what earlier tests dropped
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
        }
    }

    @Test
    void checkpoint_prefixAndPositionIds_readsTheSameModel() {
        GoldenTensors old = GoldenTensors.of(TINY);
        new ArrayList<>(old.infos().keySet()).forEach(name -> old.renamed(name, "text_model." + name));
        old.with("text_model.embeddings.position_ids");
        Config config = GoldenTensors.json(TINY + "/config.json");
        long[] ids = {3, 1, 2};
        try (Scope scope = Scope.open();
                Loaded<ClipTextModel> loaded = load(config, old, DType.FLOAT32)) {
            assertThat(loaded.model().forward(ids).lastHiddenState().toFloats()).isEqualTo(states(ids, DType.FLOAT32));
        }
    }

    @Test
    void checkpoint_tensorUnderBothNames_isRefused() {
        GoldenTensors twice =
                GoldenTensors.of(TINY).copied("final_layer_norm.bias", "text_model.final_layer_norm.bias");
        assertThatThrownBy(() -> ClipTextModel.checkpoint(twice))
                .isInstanceOf(WeightsException.class)
                .hasMessage("weights: final_layer_norm.bias and text_model.final_layer_norm.bias are the same tensor"
                        + " under two names; keep one of them");
    }

    @Test
    void load_unknownTensorAndNoBias_namesBoth() {
        GoldenTensors source = GoldenTensors.of(TINY).with("head.weight").without("encoder.layers.1.mlp.fc1.bias");
        assertThatThrownBy(() -> load(GoldenTensors.json(TINY + "/config.json"), source, DType.FLOAT32))
                .isInstanceOf(WeightsException.class)
                .hasMessage("text_encoder: weights do not fit config.json: 1 missing (encoder.layers.1.mlp.fc1.bias);"
                        + " 1 unexpected (head.weight); check that both come from the same model");
    }

    @Test
    void checkpoint_ofAWholeClip_leavesThePicturesHalfOutAndSaysSo() {
        String folder = "golden/folders/clip-a";
        Config whole = GoldenTensors.json(folder + "/config.json");
        ClipTextConfig config = ClipTextConfig.from(whole);
        assertThat(config)
                .isEqualTo(ClipTextConfig.from(
                        new Config(whole.file(), whole.json().get("text_config"), note -> {})));
        WeightsReport report = WeightsReport.of(
                "text_encoder", ClipTextModel.checkpoint(GoldenTensors.of(folder)), w -> new ClipTextModel(config, w));
        assertThat(report.isComplete()).isTrue();
        assertThat(report.leftOut()).contains("logit_scale", "vision_model.embeddings.class_embedding");
        assertThat(report.notes())
                .singleElement()
                .asString()
                .matches(
                        "text_encoder: its weights are those of a larger model; left out \\d+ tensors that this part has"
                                + " no use for \\(logit_scale, text_projection, vision_model, visual_projection\\)");
        long[] ids = {3, 1, 2};
        GoldenTensors repacked = GoldenTensors.of(TINY)
                .with("logit_scale")
                .with("visual_projection.weight")
                .with("text_projection.weight")
                .with("vision_model.embeddings.class_embedding");
        try (Scope scope = Scope.open();
                Loaded<ClipTextModel> loaded =
                        load(GoldenTensors.json(TINY + "/config.json"), repacked, DType.FLOAT32)) {
            assertThat(loaded.model().forward(ids).lastHiddenState().toFloats()).isEqualTo(states(ids, DType.FLOAT32));
        }
    }

    private static int pooledRow(int eos, long... ids) {
        Config config = GoldenTensors.json(TINY + "/config.json");
        ((ObjectNode) config.json()).put("eos_token_id", eos);
        try (Scope scope = Scope.open();
                Loaded<ClipTextModel> loaded = load(config, GoldenTensors.of(TINY), DType.FLOAT32)) {
            ClipTextModel.Encoding encoding = loaded.model().forward(ids);
            List<Integer> rows = new ArrayList<>();
            for (int i = 0; i < ids.length; i++) {
                if (Arrays.equals(
                        encoding.lastHiddenState().select(1, i).toFloats(),
                        encoding.pooled().toFloats())) {
                    rows.add(i);
                }
            }
            assertThat(rows).hasSize(1);
            return rows.get(0);
        }
    }

    private static float[] states(long[] ids, DType dtype) {
        try (Scope scope = Scope.open();
                Loaded<ClipTextModel> loaded =
                        load(GoldenTensors.json(TINY + "/config.json"), GoldenTensors.of(TINY), dtype)) {
            ClipTextModel.Encoding encoding = loaded.model().forward(ids);
            assertThat(encoding.lastHiddenState().dtype()).isEqualTo(dtype);
            return encoding.lastHiddenState().toFloats();
        }
    }

    private static Loaded<ClipTextModel> load(Config config, TensorSource source, DType dtype) {
        ClipTextConfig shape = ClipTextConfig.from(config);
        return Weights.load(
                "text_encoder", ClipTextModel.checkpoint(source), dtype, Device.CPU, w -> new ClipTextModel(shape, w));
    }
}
