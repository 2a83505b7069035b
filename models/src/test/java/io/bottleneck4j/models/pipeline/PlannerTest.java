package io.bottleneck4j.models.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.folder.ModelDefaults;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.folder.PlanSpec;
import io.bottleneck4j.models.folder.StageSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlannerTest {
    private static final ModelDefaults NONE = defaults(Map.of());
    private static final Planner FULL = planner(NONE, 1024);

    private static ModelDefaults defaults(Map<String, PlanSpec> plans) {
        return new ModelDefaults(
                OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalDouble.empty(), plans);
    }

    private static Planner planner(ModelDefaults defaults, int sampleSize) {
        return new Planner(defaults, sampleSize, new PixelGrid(8, 16, 16), new Shift.Constant(3));
    }

    private static Planner ofFolder(Path path) {
        return FluxPipeline.planner(FluxFolder.read(ModelFolder.open(path)));
    }

    private static ImagePlan bottleneck(Planner planner, int width, int height) {
        return planner.named("bottleneck", Planner.Size.of(width, height), Rounding.IMG2IMG);
    }

    private static ImagePlan baseline(Planner planner, Planner.Size size) {
        return planner.baseline(size, OptionalInt.empty(), OptionalDouble.empty());
    }

    private static StageSpec stage(int width, int height) {
        return new StageSpec(width, height, 4, 1, 3);
    }

    @Test
    void named_bottleneckWithoutOwnPlan_isThePapersPreset() {
        ImagePlan plan = FULL.named("bottleneck", Planner.Size.DEFAULT, Rounding.IMG2IMG);
        assertThat(plan.name()).isEqualTo("bottleneck");
        assertThat(plan.notes()).isEmpty();
        assertThat(plan.spec().stages())
                .containsExactly(
                        new StageSpec(1024, 1024, 6, 1.0, 9),
                        new StageSpec(512, 512, 20, 0.8, 6),
                        new StageSpec(1024, 1024, 8, 0.6, 9));
        StagePlan stages = plan.stages();
        assertThat(stages.forwards()).isEqualTo(27);
        assertThat(stages.stages().stream().map(s -> s.shape()))
                .containsExactly(
                        new LatentShape(16, 1, 128, 128),
                        new LatentShape(16, 1, 64, 64),
                        new LatentShape(16, 1, 128, 128));
        assertThat(stages.stages().stream().map(s -> s.forwards())).containsExactly(6, 16, 5);
        assertThat(stages.stages().stream().map(s -> s.schedule().sigma(0)))
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo(1),
                        low -> assertThat(low).isCloseTo(0.96, within(1e-9)),
                        last -> assertThat(last).isCloseTo(0.9375, within(1e-9)));
    }

    @Test
    void named_withFloorRounding_startsLater() {
        ImagePlan plan = FULL.named("bottleneck", Planner.Size.DEFAULT, Rounding.FLOOR);
        assertThat(plan.rounding()).isEqualTo(Rounding.FLOOR);
        assertThat(plan.stages().last().forwards()).isEqualTo(4);
        assertThat(plan.stages().last().schedule().sigma(0)).isCloseTo(0.9, within(1e-9));
    }

    @Test
    void named_atOddSize_roundsTheLowStageWithANote() {
        ImagePlan plan = bottleneck(FULL, 1040, 784);
        assertThat(plan.width()).isEqualTo(1040);
        assertThat(plan.height()).isEqualTo(784);
        StageSpec low = plan.spec().stages().get(1);
        assertThat(low).isEqualTo(new StageSpec(528, 400, 20, 0.8, 6));
        assertThat(plan.notes()).containsExactly("stage 2: 520 x 392 px rounded to 528 x 400, multiples of 16");
    }

    @Test
    void named_atOddDefaultSize_notesTheRoundingToo() {
        ModelDefaults defaults = new ModelDefaults(
                OptionalInt.of(1040), OptionalInt.of(784), OptionalInt.empty(), OptionalDouble.empty(), Map.of());
        assertThat(planner(defaults, 1024)
                        .named("bottleneck", Planner.Size.DEFAULT, Rounding.IMG2IMG)
                        .notes())
                .containsExactly("stage 2: 520 x 392 px rounded to 528 x 400, multiples of 16");
    }

    @Test
    void named_inAnotherLocale_notesPlainDigits() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            Planner thirds =
                    planner(defaults(Map.of("p", new PlanSpec("p", List.of(stage(96, 96), stage(288, 288))))), 64);
            assertThat(thirds.named("p", Planner.Size.of(112, 96), Rounding.IMG2IMG)
                            .notes())
                    .containsExactly("stage 1: 37.3 x 32 px rounded to 32 x 32, multiples of 16");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void named_atTheSmallestSize_staysThere() {
        ImagePlan plan = bottleneck(FULL, 16, 16);
        assertThat(plan.spec().stages().get(1).width()).isEqualTo(16);
        assertThat(plan.notes()).containsExactly("stage 2: 8 x 8 px rounded to 16 x 16, multiples of 16");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1000|1024|width: 1000 px is not a multiple of 16; use 992 or 1008",
                "1024|1000|height: 1000 px is not a multiple of 16; use 992 or 1008",
                "8|64|width: 8 px is too small; use at least 16",
                "0|64|width: 0 px is too small; use at least 16",
                "-16|64|width: -16 px is too small; use at least 16",
                "64|32784|height: 32784 px is too large; use at most 32768"
            })
    void sizes_thatDoNotFit_areRefusedWithARemedy(int width, int height, String message) {
        Planner.Size size = Planner.Size.of(width, height);
        assertThatThrownBy(() -> bottleneck(FULL, width, height))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> baseline(FULL, size))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
        PlanSpec written =
                new PlanSpec("p.yaml", List.of(stage(64, 64), stage(Math.max(1, width), height < 1 ? 1 : height)));
        if (width > 0 && height > 0) {
            assertThatThrownBy(() -> FULL.written(written, Rounding.IMG2IMG))
                    .hasMessage("plan p.yaml: stage 2: " + message);
        }
    }

    @Test
    void named_scaledBeyondAnyPicture_isRefusedNotWrapped() {
        PlanSpec huge = new PlanSpec("h", List.of(stage(Integer.MAX_VALUE, 64), stage(16, 64)));
        assertThatThrownBy(() -> planner(defaults(Map.of("h", huge)), 64)
                        .named("h", Planner.Size.of(1024, 64), Rounding.IMG2IMG))
                .hasMessage("plan h: stage 1: width: 2147483647 px is too large; use at most 32768");
    }

    @Test
    void named_unknown_listsTheKnown() {
        assertThatThrownBy(() -> FULL.named("fast", Planner.Size.DEFAULT, Rounding.IMG2IMG))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "plan: 'fast' is neither a file nor a plan of this model; use baseline, bottleneck or a plan"
                                + " file");
        Planner own = planner(defaults(Map.of("a", new PlanSpec("a", List.of(stage(64, 64))))), 64);
        assertThat(own.names()).containsExactly("a", "baseline", "bottleneck");
        assertThat(own.advised().keySet()).containsExactly("a");
    }

    @Test
    void written_stageWithoutAStep_isRefused() {
        PlanSpec spec = new PlanSpec("p", List.of(stage(64, 64), new StageSpec(64, 64, 4, 0.2, 3)));
        assertThatThrownBy(() -> FULL.written(spec, Rounding.FLOOR))
                .hasMessage(
                        "plan p: stage 2: strength: 0.2 of 4 steps runs none; use at least 5 steps or strength 1/4");
        assertThat(FULL.written(spec, Rounding.IMG2IMG).stages().forwards()).isEqualTo(5);
    }

    @Test
    void written_firstStageNotFromNoise_isRefused() {
        PlanSpec spec = new PlanSpec("p", List.of(new StageSpec(64, 64, 4, 0.5, 3)));
        assertThatThrownBy(() -> FULL.written(spec, Rounding.IMG2IMG))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nothing comes before it; use strength 1");
    }

    @Test
    void baseline_defaults_areDiffusers() {
        ImagePlan plan = baseline(FULL, Planner.Size.DEFAULT);
        assertThat(plan.name()).isEqualTo("baseline");
        assertThat(plan.spec().stages()).containsExactly(new StageSpec(1024, 1024, 28, 1, 3));
        assertThat(plan.stages().forwards()).isEqualTo(28);
        assertThat(FULL.named("baseline", Planner.Size.DEFAULT, Rounding.IMG2IMG))
                .isEqualTo(plan);
    }

    @Test
    void baseline_takesStepsAndShiftGiven_thenTheFolders() {
        PlanSpec advised = new PlanSpec("baseline", List.of(new StageSpec(64, 64, 30, 1, 2)));
        Planner own = planner(defaults(Map.of("baseline", advised)), 64);
        assertThat(baseline(own, Planner.Size.DEFAULT).spec().last()).isEqualTo(new StageSpec(64, 64, 30, 1, 2));
        assertThat(own.baseline(Planner.Size.of(32, 48), OptionalInt.of(5), OptionalDouble.of(4))
                        .spec()
                        .last())
                .isEqualTo(new StageSpec(32, 48, 5, 1, 4));
        ModelDefaults steps = new ModelDefaults(
                OptionalInt.empty(), OptionalInt.of(32), OptionalInt.of(9), OptionalDouble.empty(), Map.of());
        assertThat(baseline(planner(steps, 64), Planner.Size.DEFAULT).spec().last())
                .isEqualTo(new StageSpec(64, 32, 9, 1, 3));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0|3|steps: must be between 1 and 10000, not 0",
                "-1|3|steps: must be between 1 and 10000, not -1",
                "4|NaN|shift: must be a finite number above 0, not NaN; use 1 for no shift",
                "4|0|shift: must be a finite number above 0, not 0.0; use 1 for no shift",
                "4|Infinity|shift: must be a finite number above 0, not Infinity; use 1 for no shift"
            })
    void baseline_stepsOrShiftOutOfRange_areRefused(int steps, double shift, String message) {
        assertThatThrownBy(() -> FULL.baseline(Planner.Size.DEFAULT, OptionalInt.of(steps), OptionalDouble.of(shift)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    /** tiny-a shifts dynamically, tiny-b by a constant. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-a-baseline", "tiny-b-baseline", "emoji-flux-baseline"})
    void baseline_ofScheduler_hasDiffusersSigmas(String name) {
        try (Golden golden = Golden.open("pipeline/" + name)) {
            JsonNode json = golden.json();
            Planner planner = name.startsWith("tiny")
                    ? ofFolder(Golden.folder(name.substring(0, 6)))
                    : ofFolder(Path.of("../emoji-flux"));
            ImagePlan plan = planner.baseline(
                    Planner.Size.of(
                            json.get("width").asInt(), json.get("height").asInt()),
                    OptionalInt.of(json.get("num_inference_steps").asInt()),
                    OptionalDouble.empty());
            List<Double> expected = json.get("sigmas")
                    .get(0)
                    .valueStream()
                    .map(JsonNode::asDouble)
                    .toList();
            List<Double> actual = plan.stages().first().schedule().sigmas();
            assertThat(actual).hasSameSizeAs(expected);
            for (int i = 0; i < actual.size(); i++) {
                assertThat(actual.get(i)).isCloseTo(expected.get(i), within(2e-7)); // diffusers computes in float32
            }
        }
    }

    @Test
    void planner_ofEmojiFlux_usesItsYaml() {
        Planner planner = ofFolder(Path.of("../emoji-flux"));
        assertThat(planner.defaultWidth()).isEqualTo(256);
        assertThat(planner.defaultHeight()).isEqualTo(256);
        ImagePlan plan = planner.named("bottleneck", Planner.Size.DEFAULT, Rounding.IMG2IMG);
        assertThat(plan.spec().stages().get(1)).isEqualTo(new StageSpec(128, 128, 16, 0.8, 2));
        assertThat(plan.stages().forwards()).isEqualTo(5 + 13 + 5);
        ImagePlan wide = planner.named(
                "bottleneck", new Planner.Size(OptionalInt.of(512), OptionalInt.empty()), Rounding.IMG2IMG);
        assertThat(wide.spec().stages().get(1)).isEqualTo(new StageSpec(256, 128, 16, 0.8, 2));
        assertThat(planner.named("baseline", Planner.Size.DEFAULT, Rounding.IMG2IMG)
                        .spec()
                        .last())
                .isEqualTo(new StageSpec(256, 256, 30, 1, 2));
    }

    @Test
    void planner_withoutYaml_takesTheVaesSampleSize() {
        Planner planner = ofFolder(Golden.folder("tiny-b"));
        assertThat(planner.defaultWidth()).isEqualTo(32);
        assertThat(planner.named("bottleneck", Planner.Size.DEFAULT, Rounding.IMG2IMG)
                        .spec()
                        .stages())
                .containsExactly(
                        new StageSpec(32, 32, 6, 1, 9),
                        new StageSpec(16, 16, 20, 0.8, 6),
                        new StageSpec(32, 32, 8, 0.6, 9));
    }
}
