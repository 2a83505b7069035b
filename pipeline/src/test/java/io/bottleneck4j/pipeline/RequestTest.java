package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTest {
    private static final Model FLUX = Model.open(Golden.folder("tiny-a"));
    private static final Model VIDEO = Model.open(Golden.folder("hunyuan-a"));

    @Test
    void build_withoutSettings_hasTheModelsDefaults() {
        Request request = FLUX.request("a fox").build();
        Plan plan = FLUX.planner().named("bottleneck", Planner.Size.DEFAULT);
        assertThat(request)
                .returns("a fox", Request::prompt)
                .returns("", Request::negativePrompt)
                .returns(1.0, Request::trueCfgScale)
                .returns(3.5, Request::guidance)
                .returns(0L, Request::seed)
                .returns(plan, Request::plan)
                .returns(512, Request::maxSequenceLength);
        assertThat(request.usesTrueCfg()).isFalse();
        assertThat(request.forwards()).isEqualTo(27);
        assertThat(Request.MAX_SEQUENCE_LENGTH).isEqualTo(512);
    }

    @Test
    void toBuilder_ofAPlanByName_keepsItsSize() {
        Request small = FLUX.request("x").size(32, 48).build();
        assertThat(small.toBuilder().plan("baseline").build().plan())
                .returns("baseline", Plan::name)
                .returns(32, Plan::width)
                .returns(48, Plan::height);
        assertThat(small.toBuilder().size(64, 32).build().plan())
                .returns("bottleneck", Plan::name)
                .returns(64, Plan::width);
        assertThat(small.withSeed(3).plan()).isEqualTo(small.plan());
        Request own = small.withPlan(FLUX.planner().named("baseline", Planner.Size.of(32, 32)));
        assertThatThrownBy(() -> own.toBuilder().size(64, 64).build())
                .hasMessageStartingWith("size: plan 'baseline' fixes its own sizes");
    }

    @Test
    void build_textLength_isTheTokenizersWhenShorter() {
        Model other = Model.open(Golden.folder("tiny-b"));
        assertThat(other.request("x").build().maxSequenceLength()).isEqualTo(96);
        assertThat(other.usesGuidance()).isFalse();
        assertThat(FLUX.usesGuidance()).isTrue();
    }

    @Test
    void build_withSettings_takesThem() {
        Plan plan = FLUX.planner().named("baseline", Planner.Size.of(32, 48));
        Request request = FLUX.request("p")
                .negativePrompt("n")
                .trueCfgScale(2)
                .guidance(0)
                .seed(-1)
                .plan(plan)
                .maxSequenceLength(7)
                .build();
        assertThat(request)
                .returns("p", Request::prompt)
                .returns("n", Request::negativePrompt)
                .returns(2.0, Request::trueCfgScale)
                .returns(0.0, Request::guidance)
                .returns(-1L, Request::seed)
                .returns(plan, Request::plan)
                .returns(7, Request::maxSequenceLength);
        assertThat(request.usesTrueCfg()).isTrue();
        assertThat(request.forwards()).isEqualTo(56);
        assertThat(request.withSeed(9))
                .returns("p", Request::prompt)
                .returns("n", Request::negativePrompt)
                .returns(2.0, Request::trueCfgScale)
                .returns(0.0, Request::guidance)
                .returns(9L, Request::seed)
                .returns(plan, Request::plan)
                .returns(7, Request::maxSequenceLength);
    }

    @Test
    void build_textWithNul_isRefused() {
        assertThatThrownBy(() -> FLUX.request("a\0fox").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("prompt: must not hold the character NUL (U+0000), but does at index 1; remove it");
        assertThatThrownBy(() -> FLUX.request("a").negativePrompt("\0").build())
                .hasMessageStartingWith("negative-prompt: must not hold the character NUL");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 513})
    void build_textLengthOutOfRange_isRefused(int tokens) {
        assertThatThrownBy(() -> FLUX.request("x").maxSequenceLength(tokens).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("max-sequence-length: must be between 1 and 512, not " + tokens);
    }

    @ParameterizedTest
    @CsvSource({"NaN, a finite number", "Infinity, a finite number", "0.5, at least 1 (off)", "-1.0, at least 1 (off)"})
    void build_trueCfgScaleOutOfRange_isRefused(double scale, String requirement) {
        assertThatThrownBy(() -> FLUX.request("x").trueCfgScale(scale).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("true-cfg-scale: must be " + requirement + ", not " + scale);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void build_guidanceNotFinite_isRefused(double guidance) {
        assertThatThrownBy(() -> FLUX.request("x").guidance(guidance).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("guidance: must be a finite number, not " + guidance);
    }

    @Test
    void build_ofAPicture_hasNothingOfAVideo() {
        Request request = FLUX.request("a fox").build();
        assertThat(request.model()).isSameAs(FLUX);
        assertThat(request.frames()).isEqualTo(1);
        assertThat(request.noise()).isNull();
        assertThat(request.initialLatents()).isNull();
        assertThat(request.seedText()).isEqualTo("0");
        assertThat(request).hasToString("\"a fox\", seed 0, plan bottleneck of " + FLUX.name());
        assertThatThrownBy(request::video)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("video: " + FLUX.name() + " makes pictures; ask its kind first");
    }

    @Test
    void build_ofAVideo_hasTheModelsDefaults() {
        Request request = VIDEO.request("a cat").build();
        assertThat(request)
                .returns("", Request::negativePrompt)
                .returns(1.0, Request::trueCfgScale)
                .returns(6.0, Request::guidance)
                .returns(0L, Request::seed)
                .returns(256, Request::maxSequenceLength)
                .returns(129, Request::frames)
                .returns(new Request.Video(24, PromptTemplate.HUNYUAN_VIDEO), Request::video)
                .returns(VIDEO.planner().named("bottleneck", Planner.Size.DEFAULT), Request::plan);
        assertThat(request.forwards()).isEqualTo(request.plan().stages().forwards());
        assertThat(Request.DEFAULT_FPS).isEqualTo(24);
    }

    @Test
    void toBuilder_ofEverySetting_buildsTheSame() {
        Latents latents = Latents.zeros(new LatentShape(4, 2, 6, 8));
        PromptTemplate template = new PromptTemplate("say: {}", OptionalInt.of(2));
        Request request = VIDEO.request("p")
                .negativePrompt("n")
                .trueCfgScale(2)
                .guidance(3)
                .seed(-1)
                .maxSequenceLength(7)
                .plan("baseline")
                .size(64, 48)
                .frames(5)
                .fps(12)
                .template(template)
                .noise((shape, stage) -> Latents.zeros(shape))
                .initialLatents(latents)
                .build();
        assertThat(request)
                .returns("p", Request::prompt)
                .returns("n", Request::negativePrompt)
                .returns(2.0, Request::trueCfgScale)
                .returns(3.0, Request::guidance)
                .returns(-1L, Request::seed)
                .returns("18446744073709551615", Request::seedText)
                .returns(7, Request::maxSequenceLength)
                .returns(5, Request::frames)
                .returns(new Request.Video(12, template), Request::video)
                .returns(latents, Request::initialLatents)
                .returns(
                        VIDEO.planner()
                                .named("baseline", Planner.Size.of(64, 48).withFrames(5)),
                        Request::plan);
        Request same = request.toBuilder().build();
        assertThat(same).isEqualTo(request).hasSameHashCodeAs(request);
        assertThat(same.noise()).isSameAs(request.noise());

        assertThat(request.withSeed(3).toBuilder().seed(-1).build()).isEqualTo(request);
        Request replanned = request.withPlan(VIDEO.planner().named("bottleneck", Planner.Size.of(64, 64)));
        assertThat(replanned.plan().height()).isEqualTo(64);
        assertThat(replanned.withPlan(request.plan())).isEqualTo(request);
    }

    @Test
    void equals_tellsEverySettingApart() {
        Request request = VIDEO.request("p").size(64, 48).build();
        List<Consumer<Request.Builder>> changes = List.of(
                builder -> builder.prompt("other"),
                builder -> builder.negativePrompt("other"),
                builder -> builder.trueCfgScale(2),
                builder -> builder.guidance(2),
                builder -> builder.seed(2),
                builder -> builder.maxSequenceLength(2),
                builder -> builder.plan("baseline"),
                builder -> builder.fps(2),
                builder -> builder.template(new PromptTemplate("{}", OptionalInt.empty())),
                builder -> builder.noise((shape, stage) -> Latents.zeros(shape)),
                builder -> builder.initialLatents(Latents.zeros(new LatentShape(1, 1, 1, 1))));
        for (Consumer<Request.Builder> change : changes) {
            Request.Builder builder = request.toBuilder();
            change.accept(builder);
            assertThat(builder.build()).isNotEqualTo(request);
        }
        assertThat(request).isNotEqualTo("p").isEqualTo(request.toBuilder().build());
        assertThat(Model.open(Golden.folder("hunyuan-a"))
                        .request("p")
                        .size(64, 48)
                        .build())
                .as("of another model object")
                .isNotEqualTo(request);
    }

    @Test
    void plan_byNameSizeAndFrames_isThePlanners() {
        assertThat(FLUX.request("x").size(32, 48).build().plan())
                .isEqualTo(FLUX.planner().named("bottleneck", Planner.Size.of(32, 48)));
        assertThat(FLUX.request("x").size(32, 48).plan("x3").build().plan())
                .isEqualTo(FLUX.planner().named("x3", Planner.Size.of(32, 48)));
        assertThat(VIDEO.request("x").frames(9).build().frames()).isEqualTo(9);
        assertThat(VIDEO.request("x").frames(9).size(64, 48).build().plan())
                .isEqualTo(VIDEO.planner()
                        .named("bottleneck", Planner.Size.of(64, 48).withFrames(9)));
        Plan plan = FLUX.planner().named("baseline", Planner.Size.of(32, 48));
        assertThat(FLUX.request("x").plan(plan).plan("x2").build().plan().name())
                .as("the last one counts")
                .isEqualTo("x2");
        assertThatThrownBy(() -> FLUX.request("x").plan("x9").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("x9");
        assertThatThrownBy(() -> FLUX.request("x").size(33, 48).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("width: 33 px");
    }

    @Test
    void plan_ofOnesOwn_isTakenWithItsSizes(@TempDir Path temp) throws IOException {
        PlanSpec spec = new PlanSpec("mine", List.of(new StageSpec(32, 48, 4, 1, 3)));
        Plan plan = FLUX.request("x").plan(spec).build().plan();
        assertThat(plan).isEqualTo(FLUX.planner().written(spec));
        Path file = Files.writeString(temp.resolve("mine.yaml"), """
                stages:
                  - {width: 32, height: 48, steps: 4, strength: 1, shift: 3}
                """);
        Plan read = FLUX.request("x").plan(file).build().plan();
        assertThat(read.name()).isEqualTo(file.toString());
        assertThat(read.stages()).isEqualTo(plan.stages());
    }

    @Test
    void size_besideAPlanWithSizes_isRefused() {
        Plan plan = FLUX.planner().named("baseline", Planner.Size.of(32, 48));
        assertThatThrownBy(() -> FLUX.request("x").plan(plan).size(64, 64).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("size: plan 'baseline' fixes its own sizes; leave width, height and frames out, or name a"
                        + " plan");
        assertThat(VIDEO.request("x").build().toBuilder().frames(5).build().frames())
                .as("a plan by name is fitted anew")
                .isEqualTo(5);
        assertThat(FLUX.request("x").build().toBuilder()
                        .plan("baseline")
                        .size(64, 64)
                        .build()
                        .plan()
                        .width())
                .isEqualTo(64);
    }

    @Test
    void build_whatOnlyAVideoHasOfAPicture_isRefused() {
        assertThatThrownBy(() -> FLUX.request("x").fps(24).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("fps: " + FLUX.name() + " makes pictures, not videos; leave it out, or take a video model");
        assertThatThrownBy(() ->
                        FLUX.request("x").template(PromptTemplate.HUNYUAN_VIDEO).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("prompt-template: " + FLUX.name()
                        + " makes pictures, not videos; leave it out, or take a video model");
        assertThatThrownBy(() -> FLUX.request("x").frames(5).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("frames");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 241})
    void build_fpsOutOfRange_isRefused(int fps) {
        assertThatThrownBy(() -> VIDEO.request("x").fps(fps).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("fps: must be between 1 and 240, not " + fps);
    }

    @Test
    void build_fpsOfTheFoldersAdvice_isTheDefault(@TempDir Path temp) {
        TinyFolder tiny = TinyFolder.copy("hunyuan-a", temp).write("bottleneck4j.yaml", "fps: 12\n");
        assertThat(Model.open(tiny.path()).request("x").build().video().fps()).isEqualTo(12);
    }
}
