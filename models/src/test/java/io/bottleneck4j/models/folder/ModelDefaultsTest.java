package io.bottleneck4j.models.folder;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.Golden;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelDefaultsTest {
    @Test
    void read_ofEmojiFlux_isWhatItAdvises() {
        ModelDefaults defaults = ModelDefaults.read(ModelFolder.open(Path.of("../emoji-flux")));
        assertThat(defaults.width()).hasValue(256);
        assertThat(defaults.height()).hasValue(256);
        assertThat(defaults.steps()).isEmpty();
        assertThat(defaults.guidance()).isEmpty();
        assertThat(defaults.plans().keySet()).containsExactlyInAnyOrder("baseline", "bottleneck");
        assertThat(requireNonNull(defaults.plans().get("bottleneck")).stages())
                .containsExactly(
                        new StageSpec(256, 256, 5, 1, 3),
                        new StageSpec(128, 128, 16, 0.8, 2),
                        new StageSpec(256, 256, 8, 0.6, 3));
    }

    @Test
    void read_withoutFile_isAbsent() {
        assertThat(ModelDefaults.read(ModelFolder.open(Golden.folder("tiny-a"))))
                .isEqualTo(new ModelDefaults(
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        OptionalDouble.empty(),
                        Map.of()));
    }

    @Test
    void parse_ofAllKeys_readsThem() {
        ModelDefaults defaults = ModelDefaults.parse("f", "width: 64\nheight: 32\nsteps: 9\nguidance: 2.5\nplans: {}");
        assertThat(defaults)
                .isEqualTo(new ModelDefaults(
                        OptionalInt.of(64), OptionalInt.of(32), OptionalInt.of(9), OptionalDouble.of(2.5), Map.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "width: 0|1:8: width: must be at least 1, not 0",
                "steps: -1|1:8: steps: must be at least 1, not -1",
                "guidance: .inf|1:11: guidance: must be a finite number, not .inf",
                "guidence: 1|1:1: guidence: unknown key; did you mean guidance?",
                "plans: 3|1:8: must be a mapping (key: value), not '3'",
                "plans: {fast: {stages: []}}|1:24: stages: a plan needs at least one",
                "plans: {fast: {}, fast: {}}|1:19: fast: appears twice; keep one"
            })
    void parse_ofFault_tellsWhere(String yaml, String message) {
        assertThatThrownBy(() -> ModelDefaults.parse("f.yaml", yaml))
                .isInstanceOf(PlanFileException.class)
                .hasMessage("f.yaml:" + message);
    }
}
