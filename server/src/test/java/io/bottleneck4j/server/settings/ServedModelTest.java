package io.bottleneck4j.server.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.Execution;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A model with what requests may add to it. */
class ServedModelTest {
    private static final Path FILES = Golden.ROOT.resolve("lora/files");

    private static ServedModel served(Map<String, Path> loras) {
        return new ServedModel(
                "tiny",
                Model.open(Golden.folder("tiny-a")),
                List.of(new Execution(Device.CPU, DType.FLOAT32)),
                null,
                loras);
    }

    @Test
    void with_sameScalesAgain_isTheSameModel() {
        ServedModel model = served(Map.of("a", FILES.resolve("kohya.safetensors")));

        assertThat(model.with(Map.of())).isSameAs(model.model());
        assertThat(model.with(Map.of("a", 0.5))).isSameAs(model.with(Map.of("a", 0.5)));
        assertThat(model.with(Map.of("a", 0.5)).loras())
                .singleElement()
                .satisfies(lora -> assertThat(lora.scale()).isEqualTo(0.5));
        assertThat(model.with(Map.of("a", 1.0)).loras())
                .singleElement()
                .satisfies(lora -> assertThat(lora.scale()).isEqualTo(1));
    }

    @Test
    void with_anotherOrder_isAnotherModel() {
        ServedModel model =
                served(Map.of("a", FILES.resolve("kohya.safetensors"), "b", FILES.resolve("diffusers.safetensors")));
        Map<String, Double> there = new LinkedHashMap<>();
        there.put("a", 1.0);
        there.put("b", 1.0);
        Map<String, Double> back = new LinkedHashMap<>();
        back.put("b", 1.0);
        back.put("a", 1.0);

        assertThat(model.with(there).loras().get(0).file()).endsWith("kohya.safetensors");
        assertThat(model.with(back).loras().get(0).file()).endsWith("diffusers.safetensors");
    }

    @Test
    void of_aFileThatDoesNotFit_isRefusedAtOnce() {
        assertThatThrownBy(() -> served(Map.of("a", Path.of("none.safetensors"))))
                .hasMessageContaining("none.safetensors");
    }
}
