package io.bottleneck4j.pipeline.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.Solver;
import io.bottleneck4j.core.sampling.StagePlan;
import io.bottleneck4j.core.sampling.UniPc;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.Family;
import io.bottleneck4j.pipeline.Model;
import io.bottleneck4j.pipeline.plan.PlanRules.ShiftSource;
import io.bottleneck4j.pipeline.plan.PlanRules.SolverChoice;
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
    private static final PixelGrid GRID = PixelGrid.ofPictures(8, 16, 16);
    private static final ModelDefaults NONE = defaults(Map.of());
    private static final Planner FULL = planner(NONE, 1024);

    private static ModelDefaults defaults(Map<String, PlanSpec> plans) {
        return new ModelDefaults(
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalDouble.empty(),
                OptionalInt.empty(),
                plans);
    }

    private static Planner planner(ModelDefaults defaults, int sampleSize) {
        return new Planner(
                defaults.orSize(sampleSize, sampleSize), Family.FLUX.defaults(), GRID, new Shift.Constant(3));
    }

    private static Planner ofFolder(Path path) {
        return Model.open(path).planner();
    }

    private static Plan bottleneck(Planner planner, int width, int height) {
        return planner.named("bottleneck", Planner.Size.of(width, height));
    }

    private static Plan baseline(Planner planner, Planner.Size size) {
        return planner.baseline(size, OptionalInt.empty(), OptionalDouble.empty());
    }

    private static StageSpec stage(int width, int height) {
        return new StageSpec(width, height, 4, 1, 3);
    }

    @Test
    void named_bottleneckWithoutOwnPlan_isThePapersPreset() {
        Plan plan = FULL.named("bottleneck", Planner.Size.DEFAULT);
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
        Plan plan = FULL.named("bottleneck", Planner.Size.DEFAULT, rules -> rules.with(Rounding.FLOOR));
        assertThat(plan.rounding()).isEqualTo(Rounding.FLOOR);
        assertThat(plan.stages().last().forwards()).isEqualTo(4);
        assertThat(plan.stages().last().schedule().sigma(0)).isCloseTo(0.9, within(1e-9));
    }

    @Test
    void named_atOddSize_roundsTheLowStageWithANote() {
        Plan plan = bottleneck(FULL, 1040, 784);
        assertThat(plan.width()).isEqualTo(1040);
        assertThat(plan.height()).isEqualTo(784);
        StageSpec low = plan.spec().stages().get(1);
        assertThat(low).isEqualTo(new StageSpec(528, 400, 20, 0.8, 6));
        assertThat(plan.notes()).containsExactly("stage 2: 520 x 392 px rounded to 528 x 400, multiples of 16");
    }

    @Test
    void named_atOddDefaultSize_notesTheRoundingToo() {
        ModelDefaults defaults = new ModelDefaults(
                OptionalInt.of(1040),
                OptionalInt.of(784),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalDouble.empty(),
                OptionalInt.empty(),
                Map.of());
        assertThat(planner(defaults, 1024)
                        .named("bottleneck", Planner.Size.DEFAULT)
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
            assertThat(thirds.named("p", Planner.Size.of(112, 96)).notes())
                    .containsExactly("stage 1: 37.3 x 32 px rounded to 32 x 32, multiples of 16");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void named_atTheSmallestSize_staysThere() {
        Plan plan = bottleneck(FULL, 16, 16);
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
            assertThatThrownBy(() -> FULL.written(written)).hasMessage("plan p.yaml: stage 2: " + message);
        }
    }

    @Test
    void named_scaledBeyondAnyPicture_isRefusedNotWrapped() {
        PlanSpec huge = new PlanSpec("h", List.of(stage(Integer.MAX_VALUE, 64), stage(16, 64)));
        assertThatThrownBy(() -> planner(defaults(Map.of("h", huge)), 64).named("h", Planner.Size.of(1024, 64)))
                .hasMessage("plan h: stage 1: width: 2147483647 px is too large; use at most 32768");
    }

    @Test
    void named_unknown_listsTheKnown() {
        assertThatThrownBy(() -> FULL.named("fast", Planner.Size.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("plan: 'fast' is neither a file nor a plan of this model; use baseline, bottleneck, paper,"
                        + " x2, x3, x4, x5, x6, paper-baseline or a plan file");
        Planner own = planner(defaults(Map.of("a", new PlanSpec("a", List.of(stage(64, 64))))), 64);
        assertThat(own.names())
                .containsExactly(
                        "a", "baseline", "bottleneck", "paper", "x2", "x3", "x4", "x5", "x6", "paper-baseline");
        assertThat(own.advised().keySet()).containsExactly("a");
    }

    @Test
    void written_stageWithoutAStep_isRefused() {
        PlanSpec spec = new PlanSpec("p", List.of(stage(64, 64), new StageSpec(64, 64, 4, 0.2, 3)));
        assertThatThrownBy(() -> FULL.written(spec.withRules(PlanRules.DEFAULT.with(Rounding.FLOOR))))
                .hasMessage(
                        "plan p: stage 2: strength: 0.2 of 4 steps leaves no step to run; use at least 5 steps or strength 1/4");
        assertThat(FULL.written(spec).stages().forwards()).isEqualTo(5);
    }

    @Test
    void written_firstStageNotFromNoise_isRefused() {
        PlanSpec spec = new PlanSpec("p", List.of(new StageSpec(64, 64, 4, 0.5, 3)));
        assertThatThrownBy(() -> FULL.written(spec))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nothing comes before it; use strength 1");
    }

    @Test
    void baseline_defaults_areDiffusers() {
        Plan plan = baseline(FULL, Planner.Size.DEFAULT);
        assertThat(plan.name()).isEqualTo("baseline");
        assertThat(plan.spec().stages()).containsExactly(new StageSpec(1024, 1024, 28, 1, 3));
        assertThat(plan.stages().forwards()).isEqualTo(28);
        assertThat(FULL.named("baseline", Planner.Size.DEFAULT)).isEqualTo(plan);
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
                OptionalInt.empty(),
                OptionalInt.of(32),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.of(9),
                OptionalDouble.empty(),
                OptionalInt.empty(),
                Map.of());
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
            Plan plan = planner.baseline(
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
        Plan plan = planner.named("bottleneck", Planner.Size.DEFAULT);
        assertThat(plan.spec().stages().get(1)).isEqualTo(new StageSpec(128, 128, 16, 0.8, 2));
        assertThat(plan.stages().forwards()).isEqualTo(5 + 13 + 5);
        Plan wide = planner.named("bottleneck", new Planner.Size(OptionalInt.of(512), OptionalInt.empty()));
        assertThat(wide.spec().stages().get(1)).isEqualTo(new StageSpec(256, 128, 16, 0.8, 2));
        assertThat(planner.named("baseline", Planner.Size.DEFAULT).spec().last())
                .isEqualTo(new StageSpec(256, 256, 30, 1, 2));
    }

    @Test
    void planner_withoutYaml_takesTheVaesSampleSize() {
        Planner planner = ofFolder(Golden.folder("tiny-b"));
        assertThat(planner.defaultWidth()).isEqualTo(32);
        assertThat(planner.named("bottleneck", Planner.Size.DEFAULT).spec().stages())
                .containsExactly(
                        new StageSpec(32, 32, 6, 1, 9),
                        new StageSpec(16, 16, 20, 0.8, 6),
                        new StageSpec(32, 32, 8, 0.6, 9));
    }

    @Test
    void named_presetWithRules_keepsItsOwnUnlessChanged() {
        Plan x2 = FULL.named("x2", Planner.Size.DEFAULT);
        assertThat(x2.rounding()).isEqualTo(Rounding.FLOOR);
        assertThat(x2.stages().stages().stream().map(s -> s.forwards())).containsExactly(8, 25, 10);
        Plan other = FULL.named(
                "x2",
                Planner.Size.DEFAULT,
                rules -> rules.with(Rounding.IMG2IMG).with(Resamplers.NEAREST));
        assertThat(other.rounding()).isEqualTo(Rounding.IMG2IMG);
        assertThat(other.resampler()).isEqualTo(Resamplers.NEAREST);
        assertThat(other.stages().stages().stream().map(s -> s.forwards())).containsExactly(8, 26, 11);
    }

    @Test
    void named_ownPlanOfAPresetsName_isTheOwn() {
        PlanSpec mine = new PlanSpec("x2", List.of(stage(64, 64)));
        Planner own = planner(defaults(Map.of("x2", mine)), 64);
        assertThat(own.named("x2", Planner.Size.DEFAULT).spec()).isEqualTo(mine);
        assertThat(own.named("x3", Planner.Size.DEFAULT).width()).isEqualTo(64);
        assertThat(own.named("paper-baseline", Planner.Size.DEFAULT).stages().forwards())
                .isEqualTo(50);
    }

    @Test
    void named_atAnotherRatio_keepsTheRatioInTheLowStage() {
        Plan wide = FULL.named("x3", Planner.Size.of(1344, 768));
        assertThat(wide.spec().stages().get(1)).isEqualTo(new StageSpec(672, 384, 20, 0.8, 6));
        assertThat(wide.notes()).isEmpty();
    }

    @Test
    void written_untilAndHandOver_reachTheSampler() {
        PlanRules asIs = PlanRules.DEFAULT.with(HandOver.AS_IS);
        PlanSpec spec = new PlanSpec("p", List.of(stage(64, 64).withUntil(0.7), stage(32, 32))).withRules(asIs);
        Plan plan = FULL.written(spec);
        assertThat(plan.spec()).isEqualTo(spec);
        assertThat(plan.stages().handOver()).isEqualTo(HandOver.AS_IS);
        // 3t / (1 + 2t) at t = 1, .75, .5, .25 is 1, .9, .75, .5
        assertThat(plan.stages().first().forwards()).isEqualTo(3);
        assertThat(plan.stages().last().forwards()).isEqualTo(4);
    }

    /** The model's where a plan says none; what is asked of the planner wins over both. */
    @Test
    void solver_isThatAskedFor_elseThePlans_elseTheModels() {
        UniPc third = new UniPc(3, UniPc.Type.BH1, List.of());
        Planner unipc = new Planner(NONE.orSize(64, 64), Family.FLUX.defaults(), GRID, new Shift.Constant(3), third);
        PlanSpec silent = new PlanSpec("p", List.of(stage(64, 64), stage(32, 32)));
        PlanSpec euler = silent.withRules(PlanRules.DEFAULT.with(SolverChoice.EULER));
        PlanSpec named = silent.withRules(PlanRules.DEFAULT.with(SolverChoice.UNIPC));
        assertThat(unipc.written(silent).stages().stages())
                .extracting(ResolutionStage::solver)
                .containsExactly(third, third);
        assertThat(unipc.written(silent).spec()).isEqualTo(silent);
        assertThat(unipc.written(euler).solver()).isEqualTo(Solver.EULER);
        assertThat(unipc.written(named).solver()).isEqualTo(third);
        assertThat(FULL.written(silent).solver()).isEqualTo(Solver.EULER);
        assertThat(FULL.written(named).solver()).isEqualTo(UniPc.USUAL);
        Planner asked = unipc.solvedBy(SolverChoice.EULER);
        assertThat(asked.written(named).solver()).isEqualTo(Solver.EULER);
        assertThat(asked.written(named).spec()).isEqualTo(euler);
        assertThat(baseline(asked, Planner.Size.DEFAULT).solver()).isEqualTo(Solver.EULER);
        assertThat(baseline(unipc.like(asked.written(named)), Planner.Size.DEFAULT)
                        .solver())
                .isEqualTo(Solver.EULER);
        assertThat(baseline(unipc, Planner.Size.DEFAULT).solver()).isEqualTo(third);
    }

    @Test
    void written_withoutReshift_hasTheModelsShiftAtEachSize() {
        try (Golden golden = Golden.open("pipeline/tiny-a-baseline")) {
            Planner dynamic = ofFolder(Golden.folder("tiny-a"));
            int width = golden.json().get("width").asInt();
            int height = golden.json().get("height").asInt();
            PlanSpec spec = new PlanSpec("p", List.of(stage(width, height), stage(2 * width, 2 * height)))
                    .withRules(PlanRules.DEFAULT.with(ShiftSource.MODEL));
            Plan plan = dynamic.written(spec);
            double small = baseline(dynamic, Planner.Size.of(width, height))
                    .spec()
                    .last()
                    .shift();
            double large = baseline(dynamic, Planner.Size.of(2 * width, 2 * height))
                    .spec()
                    .last()
                    .shift();
            assertThat(small).isLessThan(large);
            assertThat(plan.spec().stages().stream().map(StageSpec::shift)).containsExactly(small, large);
            assertThat(plan.stages().first().shift()).isEqualTo(new Shift.Constant(small));
            assertThat(plan.notes())
                    .containsExactly(
                            "reshift is off: the model's own shifts %.1f, %.1f replace 3, 3".formatted(small, large));
            assertThat(dynamic.written(plan.spec())).isEqualTo(new Plan(plan.spec(), plan.stages(), List.of()));
        }
    }

    @Test
    void written_fromAFile_saysLineAndColumnOfTheStageThatDoesNotFit() {
        PlanSpec spec = PlanFile.parse("p.yaml", """
                stages:
                  - {width: 64, height: 64, steps: 4, strength: 1, shift: 3}
                  - {width: 64, height: 40, steps: 4, strength: 1, shift: 3}
                """);
        assertThatThrownBy(() -> FULL.written(spec))
                .hasMessage("p.yaml:3:5: stage 2: height: 40 px is not a multiple of 16; use 32 or 48");
        assertThatThrownBy(() -> FULL.written(PlanFile.parse(
                        "p.yaml",
                        "stages:\n  - {width: 64, height: 64, steps: 4, strength: 0.5, shift: 1, until: .6}")))
                .hasMessage(
                        "p.yaml:2:5: stage 1: until: 0.6 leaves no step, since the first starts at sigma 0.5; use less");
    }

    @Test
    void written_framesOfAPicturesModel_areRefused() {
        PlanSpec spec = new PlanSpec("p", List.of(stage(64, 64)));
        assertThatThrownBy(() -> FULL.written(spec.withFrames(OptionalInt.of(129))))
                .hasMessage("plan p: stage 1: frames: 129 asked of a model that makes pictures; leave frames out");
        assertThat(FULL.written(spec.withFrames(OptionalInt.of(1)))).isEqualTo(FULL.written(spec));
        assertThat(FULL.defaultFrames()).isEmpty();
        assertThatThrownBy(() -> baseline(FULL, Planner.Size.of(64, 64).withFrames(5)))
                .hasMessage("frames: 5 asked of a model that makes pictures; leave frames out");
    }

    /** Forwards at each stage, as counted by hand. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "paper|[4, 20, 12]|img2img",
                "x2|[4, 16, 16]|floor",
                "x3|[4, 19, 6]|floor",
                "paper-baseline|[50]|img2img",
                "baseline|[50]|img2img"
            })
    void named_ofHunyuanVideo_hasTheKnownForwards(String name, String forwards, String rounding) {
        Planner planner = Model.published(Family.HUNYUAN_VIDEO).planner();
        Plan plan = planner.named(name, Planner.Size.DEFAULT);
        assertThat(plan.stages().stages().stream().map(s -> s.forwards()).toList())
                .hasToString(forwards);
        assertThat(plan.rounding()).hasToString(rounding);
        assertThat(plan.frames()).hasValue(129);
        assertThat(plan.stages().first().shape()).isEqualTo(new LatentShape(16, 33, 90, 160));
        assertThat(plan.stages().first().shift()).isEqualTo(new Shift.Constant(7));
        if (forwards.contains(",")) {
            assertThat(plan.stages().stages().get(1).shape()).isEqualTo(new LatentShape(16, 33, 68, 120));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "128|frames: 128 is not 1 more than a multiple of 4; use 125 or 129",
                "4|frames: 4 is not 1 more than a multiple of 4; use 1 or 5",
                "0|frames: must be at least 1, not 0",
                "-3|frames: must be at least 1, not -3",
                "40000|frames: 40000 is too many; use at most 32765"
            })
    void frames_thatDoNotFit_areRefusedWithARemedy(int frames, String message) {
        Planner planner = Model.published(Family.HUNYUAN_VIDEO).planner();
        Planner.Size size = Planner.Size.DEFAULT.withFrames(frames);
        assertThatThrownBy(() -> planner.named("paper", size))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> baseline(planner, size))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    @Test
    void frames_askedFor_makeLatentFrames() {
        Planner planner = Model.published(Family.HUNYUAN_VIDEO).planner();
        for (int latent = 1; latent <= 40; latent++) {
            int frames = 4 * (latent - 1) + 1;
            Plan plan = planner.named("x2", Planner.Size.of(640, 368).withFrames(frames));
            assertThat(plan.frames()).hasValue(frames);
            assertThat(plan.stages().last().shape()).isEqualTo(new LatentShape(16, latent, 46, 80));
        }
        PlanSpec written = new PlanSpec("p", List.of(stage(64, 64)));
        assertThat(planner.written(written).frames()).hasValue(129);
        assertThat(planner.written(written.withFrames(OptionalInt.of(9)))
                        .stages()
                        .first()
                        .shape()
                        .frames())
                .isEqualTo(3);
    }

    @Test
    void named_ofHunyuanVideoAtAnotherSize_notesTheRounding() {
        Planner planner = Model.published(Family.HUNYUAN_VIDEO).planner();
        Plan plan = planner.named("paper", Planner.Size.of(960, 544));
        assertThat(plan.spec().stages().get(1)).isEqualTo(new StageSpec(720, 416, 24, 0.8, 9));
        assertThat(plan.notes()).containsExactly("stage 2: 720 x 411.0 px rounded to 720 x 416, multiples of 16");
    }

    /** Of arXiv 2503.18940, Eq. 11, for a layer: 24·S·D² + 4·S²·D. */
    @ParameterizedTest
    @CsvSource({"x2, 1.99", "x3, 3.01", "bottleneck, 2.16"})
    void named_ofEmojiFlux_savesWhatItsNameSays(String name, double times) {
        Planner planner = ofFolder(Path.of("../emoji-flux"));
        double baseline = flops(planner.named("baseline", Planner.Size.DEFAULT).stages());
        double plan = flops(planner.named(name, Planner.Size.DEFAULT).stages());
        assertThat(baseline / plan).isCloseTo(times, within(0.005));
    }

    private static double flops(StagePlan plan) {
        return plan.stages().stream()
                .mapToDouble(stage -> {
                    double d = 256;
                    double s = 32 + stage.shape().height() / 2.0 * stage.shape().width() / 2.0;
                    return stage.forwards() * (24 * s * d * d + 4 * s * s * d);
                })
                .sum();
    }

    @Test
    void plans_stageBelowWhatTheModelLearntFrom_warn() {
        Planner planner = new Planner(
                ModelDefaults.parse("own", "smallest: 512\n"),
                ModelDefaults.parse("family", "width: 1024\nheight: 1024\nsteps: 9\nsmallest: 16\n"),
                GRID,
                new Shift.None());
        PlanSpec spec = PlanFile.parse("small", """
                stages:
                  - {width: 1024, height: 1024, steps: 2, strength: 1.0, shift: 3}
                  - {width: 1024, height: 496,  steps: 4, strength: 0.8, shift: 3}
                  - {width: 1024, height: 1024, steps: 4, strength: 0.6, shift: 3}
                """);
        assertThat(planner.warnings(planner.written(spec)))
                .containsExactly(
                        "small:3:5: stage 2: its shorter side of 496 px is below 512 px, the smallest that this model learnt"
                                + " from; pictures may fall apart, use a larger stage");
        assertThat(planner.warnings(
                        planner.written(spec.withStages(spec.stages().subList(0, 1)))))
                .isEmpty();
    }

    @Test
    void written_handOverOfNoisyLatents_saysWhatHasNoEffect() {
        Plan plan = FULL.written(PlanFile.parse("p", """
                handover: dct
                stages:
                  - {width: 512, height: 512, steps: 9, strength: 1, shift: 3, until: 0.3}
                  - {width: 1024, height: 1024, steps: 9, strength: 0.2, shift: 3}
                """));
        assertThat(plan.notes())
                .containsExactly("stage 2 takes over noisy latents (handover: dct): its strength 0.2 and the resampler"
                        + " have no effect");
    }

    @Test
    void written_amplifyWithoutASmallerStage_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FULL.written(PlanFile.parse("p", """
                        amplify: 1
                        stages:
                          - {width: 1024, height: 1024, steps: 9, strength: 1, shift: 3}
                        """)))
                .withMessage("plan p: amplify: works in stages smaller than the last, and there is none; leave it out");
    }
}
