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
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.io.Weights.Loaded;
import io.bottleneck4j.torch.io.WeightsException;
import io.bottleneck4j.torch.io.WeightsReport;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class T5EncoderModelTest {
    private static final String TINY = "golden/folders/tiny-a/text_encoder_2";
    private static final String SHARED = "shared.weight";
    private static final String ALIAS = "encoder.embed_tokens.weight";
    private static final long[] IDS =
            LongStream.range(0, 200).map(i -> i * 7 % 400).toArray();

    @ParameterizedTest
    @ValueSource(strings = {"tiny-a", "tiny-b"})
    void forward_goldenRows_equalsTransformers(String name) {
        JsonNode golden = GoldenTensors.json("golden/t5/" + name + ".json").json();
        String folder = golden.get("folder").asText() + "/text_encoder_2";
        Config config = GoldenTensors.json(folder + "/config.json");
        GoldenTensors expected = GoldenTensors.of("golden/t5/" + name + ".safetensors");
        try (Scope scope = Scope.open();
                Loaded<T5EncoderModel> loaded = load(config, GoldenTensors.of(folder), DType.FLOAT32)) {
            for (int row = 0; row < golden.get("rows").intValue(); row++) {
                long[] ids = expected.tensor(row + ".input_ids").toLongs();
                Tensor actual = loaded.model().forward(ids);
                assertThat(actual.shape()).containsExactly(1, ids.length, config.requireInt("d_model"));
                assertThat(Differences.relative(
                                actual.toFloats(),
                                expected.tensor(row + ".last_hidden_state").toFloats()))
                        .as("row %d", row)
                        .isLessThan(1e-5);
            }
        }
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
                .isBetween(1e-6, 0.005);
    }

    @Test
    void forward_float16BeyondItsRange_staysFinite() {
        String wo = "encoder.block.0.layer.1.DenseReluDense.wo.weight";
        float[] float32 = states(new Scaled(GoldenTensors.of(TINY), wo, 1e6), DType.FLOAT32);
        float[] float16 = states(new Scaled(GoldenTensors.of(TINY), wo, 1e6), DType.FLOAT16);
        assertThat(Differences.relative(float16, float32)).isLessThan(0.005);
    }

    @Test
    void forward_gatedPlainActivation_differsFromApproximation() {
        Config config = GoldenTensors.json(TINY + "/config.json");
        ((ObjectNode) config.json()).put("dense_act_fn", "relu");
        try (Scope scope = Scope.open();
                Loaded<T5EncoderModel> loaded = load(config, GoldenTensors.of(TINY), DType.FLOAT32)) {
            assertThat(Differences.relative(
                            loaded.model().forward(IDS).toFloats(), states(GoldenTensors.of(TINY), DType.FLOAT32)))
                    .isGreaterThan(1e-3);
        }
    }

    @Test
    void forward_idOutsideVocabulary_namesIt() {
        try (Scope scope = Scope.open();
                Loaded<T5EncoderModel> loaded =
                        load(GoldenTensors.json(TINY + "/config.json"), GoldenTensors.of(TINY), DType.FLOAT32)) {
            assertThatThrownBy(() -> loaded.model().forward(new long[] {1, -1}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("ids: token -1 at position 1 is not in 0.."
                            + (loaded.model().config().vocabSize() - 1) + ";"
                            + " use the tokenizer that belongs to this encoder");
        }
    }

    @Test
    void forward_manyTimes_leavesNothingBehind() {
        try (Scope scope = Scope.open();
                Loaded<T5EncoderModel> loaded =
                        load(GoldenTensors.json(TINY + "/config.json"), GoldenTensors.of(TINY), DType.BFLOAT16)) {
            long before = Libtorch.livePointers();
            for (int i = 0; i < 10; i++) {
                try (Scope each = Scope.open()) {
                    assertThat(loaded.model().forward(IDS).isFinite()).isTrue();
                }
            }
            // fewer, where the collector frees what earlier tests dropped
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
        }
    }

    @Test
    void checkpoint_embeddingUnderItsAlias_readsTheSameModel() {
        float[] expected = states(GoldenTensors.of(TINY), DType.FLOAT32);
        assertThat(states(GoldenTensors.of(TINY).renamed(SHARED, ALIAS), DType.FLOAT32))
                .isEqualTo(expected);
        assertThat(states(GoldenTensors.of(TINY).copied(SHARED, ALIAS), DType.FLOAT32))
                .isEqualTo(expected);
    }

    @Test
    void load_noEmbedding_isMissing() {
        assertThatThrownBy(() -> states(GoldenTensors.of(TINY).without(SHARED), DType.FLOAT32))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("text_encoder_2: weights do not fit config.json: 1 missing (shared.weight)");
    }

    @Test
    void load_unknownTensor_isUnexpected() {
        assertThatThrownBy(() -> states(GoldenTensors.of(TINY).with("encoder.head.weight"), DType.FLOAT32))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("1 unexpected (encoder.head.weight)");
    }

    @Test
    void checkpoint_ofAWholeT5_leavesTheDecoderOutAndSaysSo() {
        GoldenTensors whole =
                GoldenTensors.of(TINY).with("lm_head.weight").with("decoder.block.0.layer.0.layer_norm.weight");
        assertThat(states(whole, DType.FLOAT32)).isEqualTo(states(GoldenTensors.of(TINY), DType.FLOAT32));
        T5Config config = T5Config.from(GoldenTensors.json(TINY + "/config.json"));
        WeightsReport report = WeightsReport.of(
                "text_encoder_2", T5EncoderModel.checkpoint(whole), w -> new T5EncoderModel(config, w));
        assertThat(report.isComplete()).isTrue();
        assertThat(report.notes())
                .containsExactly("text_encoder_2: its weights are those of a larger model; left out 2 tensors that this"
                        + " part has no use for (decoder, lm_head)");
    }

    /** transformers 5.23.0 does not tie the two where both are there and differ, whatever tie_word_embeddings says. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void checkpoint_twoEmbeddingsThatDiffer_takesTheEncodersOwn(boolean tied) {
        Config config = GoldenTensors.json(TINY + "/config.json");
        ((ObjectNode) config.json()).put("tie_word_embeddings", tied);
        TensorSource doubled = new Scaled(GoldenTensors.of(TINY).copied(SHARED, ALIAS), ALIAS, 0.5);
        float[] halved = states(new Scaled(GoldenTensors.of(TINY), SHARED, 0.5), DType.FLOAT32);
        try (Scope scope = Scope.open();
                Loaded<T5EncoderModel> loaded = load(config, doubled, DType.FLOAT32)) {
            assertThat(loaded.model().forward(IDS).toFloats()).isEqualTo(halved);
        }
        assertThat(halved).isNotEqualTo(states(GoldenTensors.of(TINY), DType.FLOAT32));
    }

    private static float[] states(TensorSource source, DType dtype) {
        try (Scope scope = Scope.open();
                Loaded<T5EncoderModel> loaded = load(GoldenTensors.json(TINY + "/config.json"), source, dtype)) {
            Tensor states = loaded.model().forward(IDS);
            assertThat(states.dtype()).isEqualTo(dtype);
            return states.toFloats();
        }
    }

    private static Loaded<T5EncoderModel> load(Config config, TensorSource source, DType dtype) {
        T5Config shape = T5Config.from(config);
        return Weights.load(
                "text_encoder_2",
                T5EncoderModel.checkpoint(source),
                dtype,
                Device.CPU,
                w -> new T5EncoderModel(shape, w));
    }

    /** A source with one tensor multiplied. */
    private record Scaled(TensorSource source, String scaled, double factor) implements TensorSource {
        @Override
        public Map<String, TensorInfo> infos() {
            return source.infos();
        }

        @Override
        public Tensor tensor(String name) {
            Tensor tensor = source.tensor(name);
            return name.equals(scaled) ? tensor.mul(factor) : tensor;
        }

        @Override
        public void close() {
            source.close();
        }
    }
}
