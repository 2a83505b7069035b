package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.RenamedSource;
import io.bottleneck4j.torch.io.TensorSource;
import io.bottleneck4j.torch.io.Weights;
import io.bottleneck4j.torch.io.Weights.Loaded;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the whole of Qwen2.5-VL, given texts alone. */
class Qwen25VlTextModelTest {

    @ParameterizedTest
    @ValueSource(strings = {"vl-nested", "vl-published"})
    void forward_ofAnyState_equalsTransformers(String name) {
        try (Golden golden = Golden.open("qwen3/" + name)) {
            ObjectNode written = (ObjectNode) golden.json().get("config");
            List<String> notes = new ArrayList<>();
            Qwen25VlTextConfig config =
                    Qwen25VlTextConfig.from(new Config(Path.of("config.json"), written, notes::add));
            assertThat(notes).isEmpty();
            for (int state = 0; state <= config.numHiddenLayers(); state++) {
                try (Scope scope = Scope.open();
                        Loaded<Qwen25VlTextModel> loaded = load(config, state, weights(name))) {
                    for (int row = 0; row < golden.json().get("rows").intValue(); row++) {
                        golden.assertClose(
                                row + ".hidden_states." + state,
                                loaded.model().forward(golden.longs(row + ".input_ids"), (int)
                                        golden.longs(row + ".tokens")[0]),
                                1e-4);
                    }
                }
            }
        }
    }

    /** Names as both generations of transformers write them; the pictures' half is left out. */
    private static TensorSource weights(String name) {
        return Qwen25VlTextModel.checkpoint(new RenamedSource(
                GoldenTensors.of("golden/qwen3/" + name + ".safetensors"),
                key -> key.startsWith("weights.")
                        ? Optional.of(key.substring("weights.".length()))
                        : Optional.empty()));
    }

    private static Loaded<Qwen25VlTextModel> load(Qwen25VlTextConfig config, int state, TensorSource weights) {
        return Weights.load(
                "text_encoder",
                weights,
                DType.FLOAT32,
                Device.CPU,
                w -> new Qwen25VlTextModel(config, List.of(state), w));
    }

    @Test
    void from_emptyConfig_hasPythonDefaults() {
        assertThat(Qwen25VlTextConfig.from(parsed("{}")))
                .isEqualTo(new Qwen25VlTextConfig(
                        152_064, 8192, 29_568, 80, 64, 8, Activation.SILU, 1e-5, new LlamaRope.Plain(1_000_000)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'text_config': {'hidden_size': 100}}|hidden_size: 100 is not a multiple of num_attention_heads 64",
                "{'rope_scaling': {'type': 'yarn'}}|rope_type: must be default or llama3, not 'yarn'",
                "{'layer_types': ['sliding_attention']}|layer_types: must be full_attention for each of the 80 layers, as"
                        + " no other kind is supported"
            })
    void from_badValue_saysWhatIsNeeded(String json, String message) {
        assertThatThrownBy(() -> Qwen25VlTextConfig.from(parsed(json)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'use_sliding_window': true}",
                "{'text_config': {'use_sliding_window': true}}",
                "{'text_config': {}, 'quantization_config': {'quant_method': 'awq'}}"
            })
    void from_whatIsNotSupported_isRefusedNamingTheFile(String json) {
        assertThatThrownBy(() -> Qwen25VlTextConfig.from(parsed(json)))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("config.json: ")
                .hasMessageContaining("which bottleneck4j does not support");
    }

    private static Config parsed(String json) {
        return Config.parse("config.json", json.replace('\'', '"'));
    }
}
