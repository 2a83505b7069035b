package io.bottleneck4j.pipeline.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.models.folder.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelDefaultsTest {
    @TempDir
    private Path folder;

    @Test
    void read_bundledModel_returnsItsPlansInOrder() {
        ModelDefaults defaults = ModelDefaults.read(ModelFolder.open(Path.of("../emoji-flux")));

        assertThat(defaults.width()).isEqualTo(OptionalInt.of(256));
        assertThat(defaults.height()).isEqualTo(OptionalInt.of(256));
        assertThat(defaults.steps()).isEmpty();
        assertThat(defaults.guidance()).isEmpty();
        assertThat(defaults.plans().keySet()).containsExactly("baseline", "bottleneck", "x2", "x3", "x4", "x5", "x6");
        assertThat(defaults.smallest()).isEqualTo(OptionalInt.of(128));
        assertThat(defaults.frames()).isEmpty();
        assertThat(defaults.fps()).isEmpty();
        assertThat(defaults.plans().get("bottleneck")).satisfies(plan -> {
            assertThat(plan.name()).isEqualTo("bottleneck");
            assertThat(plan.stages().get(1)).isEqualTo(new StageSpec(128, 128, 16, 0.8, 2));
        });
    }

    @Test
    void read_noFile_returnsNothing() throws IOException {
        Files.writeString(folder.resolve("model_index.json"), "{\"_class_name\": \"FluxPipeline\"}");

        ModelDefaults defaults = ModelDefaults.read(ModelFolder.open(folder));

        assertThat(defaults.width()).isEmpty();
        assertThat(defaults.height()).isEmpty();
        assertThat(defaults.steps()).isEmpty();
        assertThat(defaults.guidance()).isEmpty();
        assertThat(defaults.plans()).isEmpty();
    }

    @Test
    void parse_manyPlans_keepsTheFilesOrder() {
        String stage = " {stages: [{width: 1, height: 1, steps: 1, strength: 1, shift: 1}]}\n  ";

        ModelDefaults defaults = ModelDefaults.parse(
                "m",
                "guidance: 3.5\nsteps: 28\nplans:\n  z:" + stage + "y:" + stage + "a:" + stage + "fast x2:" + stage
                        + "b:" + stage.stripTrailing());

        assertThat(defaults.plans().keySet()).containsExactly("z", "y", "a", "fast x2", "b");
        assertThat(defaults.guidance()).isEqualTo(OptionalDouble.of(3.5));
        assertThat(defaults.steps()).isEqualTo(OptionalInt.of(28));
    }

    @Test
    void orSize_fillsOnlyWhatIsAbsent() {
        ModelDefaults wide =
                ModelDefaults.parse("m", "width: 512\nframes: 9\nfps: 12").orSize(64, 96);
        assertThat(wide.width()).isEqualTo(OptionalInt.of(512));
        assertThat(wide.height()).isEqualTo(OptionalInt.of(96));
        assertThat(wide.frames()).isEqualTo(OptionalInt.of(9));
        assertThat(wide.fps()).isEqualTo(OptionalInt.of(12));
    }

    @Test
    void with_aPlan_keepsTheOthers() {
        PlanSpec plan = new PlanSpec("late", List.of(new StageSpec(1, 1, 1, 1, 1)));
        ModelDefaults more = ModelDefaults.parse(
                        "m", "plans: {a: {stages: [{width: 1, height: 1, steps: 1, strength: 1, shift: 1}]}}")
                .with(plan);
        assertThat(more.plans().keySet()).containsExactly("a", "late");
        assertThat(more.plans()).containsEntry("late", plan);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "guidence: 1 | m:1:1: 'guidence': unknown key; did you mean guidance?",
                "width: 0 | m:1:8: width: must be at least 1, not 0",
                "steps: -1 | m:1:8: steps: must be at least 1, not -1",
                "guidance: .nan | m:1:11: guidance: must be a finite number, not '.nan'",
                "plans: [] | m:1:8: must be a mapping (key: value), not a list",
                "plans: {a: {stages: []}} | m:1:21: stages: a plan needs at least one",
                "plans: {a: 1} | m:1:12: must be a mapping (key: value), not '1'",
                "plans: {a: {steps: 1}} | m:1:13: 'steps': unknown key; use stages, frames, resampler, rounding,",
                "frames: 0 | m:1:9: frames: must be at least 1, not 0",
                "plans: {a: {rounding: up, stages: [{width: 1, height: 1, steps: 1, strength: 1, shift: 1}]}} | m:1:23: rounding: 'up' is unknown",
            })
    void parse_badFile_saysWhereAndWhat(String text, String message) {
        assertThatThrownBy(() -> ModelDefaults.parse("m", text))
                .isInstanceOf(PlanFileException.class)
                .hasMessageStartingWith(message);
    }
}
