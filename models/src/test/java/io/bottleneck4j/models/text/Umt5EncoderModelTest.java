package io.bottleneck4j.models.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.GoldenTensors;
import io.bottleneck4j.models.Records;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** UMT5 without padding, against transformers with padding that is masked. */
class Umt5EncoderModelTest {
    @ParameterizedTest
    @ValueSource(strings = {"umt5-a", "umt5-b"})
    void forward_withoutPadding_equalsTransformersWithItMasked(String name) {
        try (Golden golden = Golden.open("wan/" + name);
                Weights.Loaded<T5EncoderModel> loaded = load(golden);
                Scope scope = Scope.open()) {
            for (int row = 0; row < golden.json().get("rows").asInt(); row++) {
                golden.assertClose(
                        row + ".last_hidden_state", loaded.model().forward(golden.longs(row + ".input_ids")), 1e-4);
            }
        }
    }

    @Test
    void config_ofNothing_isUmt5s() {
        assertThat(T5Config.umt5(Records.nothing()))
                .isEqualTo(new T5Config(250112, 512, 64, 1024, 8, 6, 32, 128, 1e-6, Activation.GELU_NEW, true, true));
    }

    private static Weights.Loaded<T5EncoderModel> load(Golden golden) {
        List<String> notes = new ArrayList<>();
        T5Config config =
                T5Config.umt5(new Config(Path.of("config.json"), golden.json().get("config"), notes::add));
        assertThat(notes).isEmpty();
        return Weights.load(
                "text_encoder",
                T5EncoderModel.checkpoint(GoldenTensors.of(
                        "golden/wan/" + golden.json().get("weights").asText() + ".safetensors")),
                DType.FLOAT32,
                Device.CPU,
                w -> new T5EncoderModel(config, w));
    }
}
