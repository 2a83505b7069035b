package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.Grid;
import io.bottleneck4j.core.sampling.HandOver;
import io.bottleneck4j.core.sampling.Rounding;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.pipeline.plan.PlanRules.ShiftSource;
import io.bottleneck4j.pipeline.plan.PlanRules.SolverChoice;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.Quantization;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings in a PNG: written, read back, and refused where they are not understood. */
class SettingsTest {
    private static final Settings.Origin ORIGIN =
            new Settings.Origin("0.1", "org/model: big", "bfloat16", Quantization.NONE, "cpu", 2, "2.10.0");
    /** Files name the solver. */
    private static final PlanRules EULERS = PlanRules.DEFAULT.with(SolverChoice.EULER);

    private static final Settings ALL = new Settings(
            "a \"fox\"\nКошка 🐈",
            "blurry, grey",
            1.1,
            3.3000000000000003,
            Long.MAX_VALUE,
            new PlanSpec(
                            "my plan",
                            List.of(new StageSpec(64, 96, 4, 1, Math.PI), new StageSpec(32, 48, 6, 0.1 + 0.2, 1e-17)))
                    .withRules(EULERS.with(Rounding.FLOOR).with(Resamplers.BICUBIC)),
            77,
            ORIGIN,
            null);

    private static Settings with(PlanSpec plan) {
        return new Settings("a", "", 1, 3.5, 7, plan, 77, ORIGIN, null);
    }

    @Test
    void parse_everyRule_isRead() {
        PlanSpec plan = new PlanSpec(
                "p",
                OptionalInt.of(129),
                List.of(new StageSpec(64, 64, 4, 1, 3, 0.7 + 0.01), new StageSpec(32, 32, 4, 1, 3)),
                new PlanRules(Resamplers.NEAREST, Rounding.FLOOR, HandOver.AS_IS, ShiftSource.MODEL)
                        .with(SolverChoice.EULER),
                PlanSpec.Places.NONE);
        assertThat(Settings.parse(Model.Kind.PICTURE, with(plan).toJson()).plan())
                .isEqualTo(plan);
        assertThat(with(plan).toJson())
                .contains("\"plan\":{\"name\":\"p\",\"frames\":129,\"renoise\":false,\"reshift\":false,\"stages\":[{");
        assertThat(A1111Parameters.text(with(plan)))
                .contains("64x64 steps 4 strength 1 shift 3 until 0.71; 32x32 steps 4 strength 1 shift 3\"")
                .contains(", Renoise: false, Reshift: false, Version")
                .contains("Steps: 7,"); // the levels are 1, .9, .75 and .5; the first stage stops at .75
    }

    @Test
    void parse_cachesAndOtherWaysOfStages_areRead() {
        PlanSpec plan = new PlanSpec(
                        "p",
                        List.of(
                                new StageSpec(64, 64, 4, 1, 3),
                                new StageSpec(32, 32, 9, 1, 3, 0.5)
                                        .withCache(Caches.parse("taylor:every=2:feature=hidden")),
                                new StageSpec(64, 64, 4, 1, 3).withCache(Caches.parse("toca"))))
                .withRules(
                        EULERS.with(HandOver.DCT).with(Grid.EVEN).withAmplify(1).withTile(64));
        assertThat(Settings.parse(Model.Kind.PICTURE, with(plan).toJson()).plan())
                .isEqualTo(plan);
        assertThat(with(plan).toJson())
                .contains("\"handover\":\"dct\",\"grid\":\"even\",\"amplify\":1.0,\"tile\":64,\"stages\":[{")
                .contains("\"cache\":\"taylor:every=2:feature=hidden\"");
        assertThat(A1111Parameters.text(with(plan)))
                .contains("32x32 steps 9 strength 1 shift 3 until 0.5 cache taylor:every=2:feature=hidden; 64x64")
                .contains(", Handover: dct, Grid: even, Amplify: 1, Tile: 64, Version");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Settings.parse(
                        Model.Kind.PICTURE, with(plan).toJson().replace("taylor:every=2", "tailor:every=2")))
                .withMessageStartingWith("cache: 'tailor' is unknown");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Settings.parse(Model.Kind.PICTURE, with(plan).toJson().replace("\"dct\"", "\"dst\"")))
                .withMessage("settings: plan: handover: must be dct, without renoise, not 'dst'");
    }

    /** A file without the word, as all were before there was a choice, is Euler's. */
    @Test
    void parse_solver_isRead_andEulersWhereNoneIsNamed() {
        PlanSpec plan = new PlanSpec("p", List.of(new StageSpec(64, 64, 4, 1, 3, 0.74)))
                .withRules(PlanRules.DEFAULT.with(SolverChoice.UNIPC));
        String json = with(plan).toJson();
        assertThat(json).contains("\"name\":\"p\",\"solver\":\"unipc\",\"stages\":[{");
        assertThat(Settings.parse(Model.Kind.PICTURE, json).plan()).isEqualTo(plan);
        String without = json.replace("\"solver\":\"unipc\",", "");
        assertThat(Settings.parse(Model.Kind.PICTURE, without).plan()).isEqualTo(plan.withRules(EULERS));
        // Euler's levels are 1, .9, .75 and .5, UniPC's 1, .9, .75 and .501
        assertThat(A1111Parameters.text(with(plan))).contains("Steps: 3, Sampler: UniPC, CFG scale");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Settings.parse(Model.Kind.PICTURE, json.replace("unipc", "heun")))
                .withMessage("solver: must be euler or unipc, not 'heun'");
    }

    /** What a request leaves to the model is named in its file. */
    @Test
    void of_aRequest_namesTheModelsSolver() {
        Settings wan = of(Model.open(Golden.folder("wan-a")).request("a fox").plan("baseline"));
        assertThat(wan.plan().rules().solver()).isEqualTo(SolverChoice.UNIPC);
        assertThat(wan.toJson()).contains("\"solver\":\"unipc\"");
        Settings flux = of(Model.open(Golden.folder("tiny-a")).request("a fox").plan("baseline"));
        assertThat(flux.plan().rules().solver()).isEqualTo(SolverChoice.EULER);
        assertThat(flux.toJson()).doesNotContain("solver");
    }

    private static Settings of(Request.Builder request) {
        return Settings.of(request.build(), ORIGIN);
    }

    /** As versions before these settings wrote it. */
    @Test
    void parse_olderSettings_meansTheDefaults() {
        String older =
                "{\"version\":\"0.1\",\"prompt\":\"a\",\"negative_prompt\":\"\",\"true_cfg_scale\":1.0,\"guidance\":3.5,"
                        + "\"seed\":7,\"plan\":{\"name\":\"p\",\"stages\":[{\"width\":64,\"height\":64,\"steps\":4,\"strength\":1.0,"
                        + "\"shift\":3.0}]},\"rounding\":\"floor\",\"resampler\":\"bicubic\",\"max_sequence_length\":77,"
                        + "\"model\":\"org/model: big\",\"dtype\":\"bfloat16\",\"device\":\"cpu\",\"threads\":2,\"libtorch\":\"2.10.0\"}";
        PlanRules rules = EULERS.with(Rounding.FLOOR).with(Resamplers.BICUBIC);
        PlanSpec plan = new PlanSpec("p", List.of(new StageSpec(64, 64, 4, 1, 3))).withRules(rules);
        assertThat(Settings.parse(Model.Kind.PICTURE, older)).isEqualTo(with(plan));
        assertThat(with(plan).toJson()).isEqualTo(older); // and they can read ours
    }

    /** Versions before wrote seeds from 2^63 up as negative numbers. */
    @ParameterizedTest
    @CsvSource({"9223372036854775808, -9223372036854775808", "18446744073709551615, -1", "-1, -1", "0, 0"})
    void parse_seed_hasAll64Bits(String written, long seed) {
        String json = ALL.toJson().replace("\"seed\":9223372036854775807", "\"seed\":" + written);
        Settings settings = Settings.parse(Model.Kind.PICTURE, json);
        assertThat(settings.seed()).isEqualTo(seed);
        assertThat(settings.toJson()).contains("\"seed\":" + Long.toUnsignedString(seed) + ",");
    }

    @Test
    void parse_ofToJson_isEqual() {
        assertThat(Settings.parse(Model.Kind.PICTURE, ALL.toJson())).isEqualTo(ALL);
        assertThat(ALL.toJson()).doesNotContain("\n").contains("Кошка 🐈");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"seed\":9223372036854775807 | \"seed\":1.5 | settings: seed: must be a whole number, not 1.5",
                "\"seed\":9223372036854775807 | \"seed\":18446744073709551616 | settings: seed: must be a whole number",
                "\"guidance\":3.3000000000000003 | \"guidance\":\"x\" | settings: guidance: must be a finite number, not \"x\"",
                "\"guidance\":3.3000000000000003 | \"guidance\":null | settings: 'guidance' is missing",
                "\"guidance\":3.3000000000000003 | \"lora\":1 | settings: 'lora' is unknown; was it made by a newer version",
                "\"rounding\":\"floor\" | \"rounding\":\"up\" | rounding: must be img2img or floor, not 'up'",
                "\"resampler\":\"bicubic\" | \"resampler\":\"x\" | resampler: 'x' is unknown",
                "\"steps\":4 | \"steps\":0 | steps: must be between 1 and 10000, not 0",
                "\"width\":64 | \"width\":64,\"until\":1 | until: must be at least 0 and below 1, not 1.0",
                "\"width\":64 | \"width\":64,\"until\":true | settings: plan: stage 1: until: must be a finite number, not true",
                "\"stages\":[ | \"frames\":0,\"stages\":[ | frames: must be at least 1, not 0",
                "\"stages\":[ | \"frames\":1.5,\"stages\":[ | settings: plan: frames: must be a whole number, not 1.5",
                "\"stages\":[ | \"renoise\":\"no\",\"stages\":[ | settings: plan: renoise: must be true or false, not \"no\"",
                "\"stages\":[ | \"reshift\":null,\"stages\":[ | settings: plan: 'reshift' is missing",
                "\"width\":64 | \"width\":64,\"depth\":2 | settings: plan: stage 1: 'depth' is unknown",
                "\"stages\":[ | \"stages\":1,\"x\":[ | settings: plan: 'x' is unknown",
                "\"threads\":2 | \"threads\":2,\"threads\":3 | settings: must be valid JSON: Duplicate field 'threads'",
                "\"dtype\":\"bfloat16\" | \"dtype\":16 | settings: dtype: must be a text, not 16",
            })
    void parse_changed_saysWhatIsWrong(String part, String other, String message) {
        assertThat(ALL.toJson()).contains(part);
        assertThatThrownBy(() -> Settings.parse(Model.Kind.PICTURE, ALL.toJson().replace(part, other)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | settings: must be an object, not []",
                "{} | settings: 'prompt' is missing",
                "{ | settings: must be valid JSON"
            })
    void parse_notSettings_saysSo(String json, String message) {
        assertThatThrownBy(() -> Settings.parse(Model.Kind.PICTURE, json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void texts_holdBothForms() {
        assertThat(ALL.texts()).containsEntry("bottleneck4j", ALL.toJson()).containsEntry("parameters", """
                        a "fox"
                        Кошка 🐈
                        Negative prompt: blurry, grey
                        Steps: 5, Sampler: Euler, CFG scale: 1.1, Distilled CFG Scale: 3.3000000000000003, \
                        Seed: 9223372036854775807, Size: 32x48, Model: "org/model: big", Plan: my plan, \
                        Stages: "64x96 steps 4 strength 1 shift 3.141592653589793; \
                        32x48 steps 6 strength 0.30000000000000004 shift 1.0E-17", Version: bottleneck4j 0.1""");
    }

    /** Texts of files have the digits that their readers know, wherever the program runs. */
    @Test
    void parameters_inACountryOfOtherDigits_areTheSame() {
        Locale before = Locale.getDefault(Locale.Category.FORMAT);
        Settings settings = with(new PlanSpec("p", List.of(new StageSpec(64, 48, 12, 1, 3))));
        String here = A1111Parameters.text(settings);
        try {
            Locale.setDefault(Locale.Category.FORMAT, Locale.forLanguageTag("ar-SA-u-nu-arab"));
            assertThat(String.format("%d", 12)).as("digits of that country").isNotEqualTo("12");
            assertThat(A1111Parameters.text(settings)).isEqualTo(here);
        } finally {
            Locale.setDefault(Locale.Category.FORMAT, before);
        }
    }

    @Test
    void text_withoutNegativePrompt_leavesItsLineOut() {
        Settings plain = new Settings(
                "a fox",
                "",
                1,
                3.5,
                7,
                new PlanSpec("baseline", List.of(new StageSpec(256, 256, 23, 1, 2))),
                77,
                new Settings.Origin("0.1", "emoji-flux", "float32", Quantization.NONE, "cpu", 2, "2.10.0"),
                null);
        assertThat(A1111Parameters.text(plain))
                .isEqualTo("a fox\nSteps: 23, Sampler: Euler, CFG scale: 1, Distilled CFG Scale: 3.5, Seed: 7,"
                        + " Size: 256x256, Model: emoji-flux, Plan: baseline,"
                        + " Stages: \"256x256 steps 23 strength 1 shift 2\", Version: bottleneck4j 0.1");
    }

    private static Settings from(Settings.@Nullable Start start) {
        return new Settings(
                "a",
                "",
                1,
                3.5,
                7,
                new PlanSpec(
                        "p",
                        List.of(
                                new StageSpec(64, 64, 6, 1, 9),
                                new StageSpec(32, 32, 20, 0.8, 6),
                                new StageSpec(64, 64, 8, 0.6, 9))),
                77,
                ORIGIN,
                null,
                start,
                OptionalDouble.empty());
    }

    @Test
    void parse_aPictureToStartFrom_isRead() {
        Settings.InputFile image = new Settings.InputFile("a, \"b\".png", "00ff");
        Settings.InputFile mask = new Settings.InputFile("mask.png", "11");
        for (Settings settings :
                List.of(from(new Settings.Start(image, null, 0.1 + 0.2)), from(new Settings.Start(image, mask, 1)))) {
            assertThat(Settings.parse(Model.Kind.PICTURE, settings.toJson())).isEqualTo(settings);
        }
        assertThat(from(new Settings.Start(image, mask, 0.7)).toJson())
                .contains("\"init_image\":{\"file\":\"a, \\\"b\\\".png\",\"sha256\":\"00ff\"},\"mask\":{")
                .endsWith("\"strength\":0.7}");
        assertThat(from(null).toJson()).doesNotContain("init_image", "mask", "\"strength\":0.7}");
    }

    /** Steps are those that ran: 14 of the second stage, 5 of the third. */
    @Test
    void texts_ofAPictureToStartFrom_sayItAsTheWebUiDoes() {
        Settings.InputFile image = new Settings.InputFile("photo.jpg", "00ff");
        assertThat(A1111Parameters.text(from(new Settings.Start(image, image, 0.7))))
                .contains("Steps: 19,")
                .contains("Size: 64x64, Denoising strength: 0.7, Init image: photo.jpg, Mask: photo.jpg, Model:");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"strength\":0.5",
                "\"mask\":{\"file\":\"m\",\"sha256\":\"0\"}",
                "\"init_image\":{\"file\":\"m\",\"sha256\":\"0\"}"
            })
    void parse_partsOfAPictureToStartFrom_areRefused(String part) {
        String json = from(null).toJson();
        String with = json.substring(0, json.length() - 1) + "," + part + "}";
        assertThatThrownBy(() -> Settings.parse(Model.Kind.PICTURE, with))
                .hasMessage("settings: init_image and strength belong together, and mask to them; one is missing");
    }
}
