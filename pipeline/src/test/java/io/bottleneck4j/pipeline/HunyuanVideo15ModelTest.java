package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.TinyHunyuanVideo15;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HunyuanVideo15ModelTest {
    @TempDir
    private Path temp;

    private TinyFolder tiny;

    @BeforeEach
    void copy() {
        tiny = TinyHunyuanVideo15.copy("hunyuan15-a", temp.resolve("tiny"));
    }

    private List<Component<?, ?>> read() {
        return Model.open(tiny.path()).components();
    }

    @ParameterizedTest
    @ValueSource(strings = {"hunyuan15-a", "hunyuan15-b"})
    void components_ofAGoodFolder_areComplete(String name) {
        ModelFolder opened = ModelFolder.open(
                TinyHunyuanVideo15.copy(name, temp.resolve(name)).path());
        Model model = Model.open("h", opened);
        assertThat(model.family()).isEqualTo(Family.HUNYUAN_VIDEO_15);
        assertThat(model.components())
                .extracting(component -> component.files().name())
                .containsExactlyElementsOf(Model.WEIGHTED);
        for (String part : Model.WEIGHTED) {
            assertThat(Model.component(opened, part).report().isComplete())
                    .as(part)
                    .isTrue();
        }
        assertThat(model.notes()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "transformer|HunyuanVideoTransformer3DModel|HunyuanVideo15Transformer3DModel",
                "text_encoder|Qwen3Model|Qwen2_5_VLTextModel or Qwen2_5_VLForConditionalGeneration",
                "text_encoder_2|UMT5EncoderModel|T5EncoderModel",
                "vae|AutoencoderKLHunyuanVideo|AutoencoderKLHunyuanVideo15",
                "tokenizer|CLIPTokenizer|Qwen2Tokenizer or Qwen2TokenizerFast",
                "tokenizer_2|T5Tokenizer|ByT5Tokenizer",
                "guider|AdaptiveProjectedGuidance|ClassifierFreeGuidance",
                "scheduler|UniPCMultistepScheduler|FlowMatchEulerDiscreteScheduler"
            })
    void read_ofAnotherComponentClass_namesBoth(String component, String found, String wanted) {
        tiny.edit(
                "model_index.json",
                json -> json.putArray(component).add("library").add(found));
        assertThatThrownBy(this::read)
                .isInstanceOf(FolderException.class)
                .hasMessage(tiny.path().resolve("model_index.json") + ": " + component + " is of class " + found
                        + "; bottleneck4j reads " + wanted);
    }

    @Test
    void open_ofImageToVideo_isRefusedByName() {
        tiny.edit("model_index.json", json -> json.put("_class_name", "HunyuanVideo15ImageToVideoPipeline"));
        assertThatThrownBy(this::read)
                .isInstanceOf(FolderException.class)
                .hasMessageContaining(
                        "_class_name is HunyuanVideo15ImageToVideoPipeline; bottleneck4j reads " + Family.pipelines());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "transformer|text_embed_dim|20|text_embed_dim is 20, but text_encoder gives 16; check that both come from the same model",
                "transformer|text_embed_2_dim|20|text_embed_2_dim is 20, but text_encoder_2 gives 12; check that both come from the same model",
                "transformer|in_channels|33|in_channels: must be 9, twice out_channels 4 and a mask",
                "vae|latent_channels|2|latent_channels: is 2, but the transformer takes 4; check that both come from the same model",
                "text_encoder|num_hidden_layers|1|states: must be between -2 and 1"
            })
    void read_ofBadConfig_namesFileAndKey(String component, String key, int value, String message) {
        tiny.edit(component + "/config.json", json -> {
            json.put(key, value);
            json.remove("layer_types");
        });
        assertThatThrownBy(() -> read().forEach(Component::report)).hasMessageContaining(message);
    }

    @Test
    void open_ofAnotherGuidance_namesFileAndKey() {
        tiny.edit("guider/guider_config.json", json -> json.put("guidance_rescale", 0.5));
        assertThatThrownBy(this::read)
                .isInstanceOf(FolderException.class)
                .hasMessage(tiny.path().resolve("guider/guider_config.json")
                        + ": guidance_rescale: is 0.5, which bottleneck4j does not support; it reads 0 or 0.0");
    }

    @Test
    void request_ofAFolder_isThePipelinesDefault() {
        Model model = Model.open(tiny.path());
        Request request = model.request("a red fox").plan("baseline").build();
        assertThat(request.trueCfgScale()).isEqualTo(6);
        assertThat(request.forwards()).isEqualTo(100);
        assertThat(request.plan().frames()).isEqualTo(OptionalInt.of(121));
        assertThat(request.plan().width()).isEqualTo(848);
        assertThat(request.plan().height()).isEqualTo(480);
        assertThat(request.plan().spec().last().shift()).isEqualTo(5);
        assertThat(request.maxSequenceLength()).isEqualTo(1000);
        assertThat(model.defaultFps()).hasValue(24);
        assertThat(model.usesGuidance()).isFalse();
    }

    /** A model that was distilled to need no second forward. */
    @Test
    void request_withTheGuiderOff_isOneForwardAStep() {
        tiny.edit("guider/guider_config.json", json -> json.put("enabled", false));
        Model model = Model.open(tiny.path());
        assertThat(model.request("a red fox").plan("baseline").build().forwards())
                .isEqualTo(50);
        assertThat(model.notes())
                .containsExactly("guider: is off, so there is one forward a step; a model that is not distilled needs"
                        + " --true-cfg-scale");
    }

    /** A low stage of a model for 480p is smaller than what it was trained for. */
    @Test
    void warnings_ofAModelFor480p_tellOfTheLowStage() {
        Planner planner = Model.open(tiny.path()).planner();
        assertThat(planner.warnings(planner.named("bottleneck", Planner.Size.DEFAULT)))
                .singleElement()
                .asString()
                .contains("its shorter side of 320 px is below 480 px");
        tiny.edit("transformer/config.json", json -> json.put("target_size", 960));
        Planner larger = Model.open(tiny.path()).planner();
        Plan plan = larger.named("bottleneck", Planner.Size.DEFAULT);
        assertThat(plan.width()).isEqualTo(1280);
        assertThat(larger.warnings(plan)).isEmpty();
    }

    @Test
    void published_isPlannedForWithoutWeights() {
        Model model = Model.published(Family.parse("hunyuan-video-1.5"));
        assertThat(model.notes()).isEmpty();
        Plan baseline = model.planner().named("baseline", Planner.Size.DEFAULT);
        assertThat(baseline.stages().forwards()).isEqualTo(50);
        assertThat(baseline.spec().last().shift()).isEqualTo(9);
        PlanEstimate x2 = model.estimate(model.planner().named("x2", Planner.Size.DEFAULT));
        assertThat(x2.speedUp()).isCloseTo(2.034, within(0.001));
        assertThat(x2.cost().stepCut().steps()).isEqualTo(24);
        PlanEstimate x3 = model.estimate(model.planner().named("x3", Planner.Size.DEFAULT));
        assertThat(x3.speedUp()).isCloseTo(3.016, within(0.001));
        assertThat(x3.cost().stepCut().steps()).isEqualTo(16);
    }

    @Test
    void memory_ofAFolder_isThatOfItsParts() {
        Model model = Model.open(tiny.path());
        Plan plan = model.planner().named("bottleneck", Planner.Size.of(96, 96).withFrames(5));
        List<MemoryUse> uses = model.memory(plan, Tiny.FLOAT32, Residency.SEQUENCE);
        assertThat(uses)
                .extracting(MemoryUse::part)
                .containsExactly("text encoders", "transformer, 96 x 96", "transformer, 64 x 64", "decoding");
        assertThat(uses.get(1).weights())
                .isEqualTo(Model.component(model.folder(), "transformer").infos().values().stream()
                        .mapToLong(info -> 4 * info.numel())
                        .sum());
        assertThat(uses).allSatisfy(use -> assertThat(use.weights()).isPositive());
    }

    /** Of all that is asked for, Qwen's 1,000 tokens and byT5's 256 are read. */
    @Test
    void encode_ofLongTexts_tellsWhatWasCut() {
        try (Pipeline pipeline = Tiny.pipeline(tiny.path(), Residency.KEEP)) {
            String sign = "\"" + "x".repeat(300) + "\"";
            Request request = pipeline.model()
                    .request("a fox holds " + sign + " and runs".repeat(400))
                    .trueCfgScale(1)
                    .plan("baseline")
                    .build();
            PromptEmbeds embeds = pipeline.encode(request).positive();
            assertThat(embeds.tokens()).isEqualTo(1000);
            assertThat(embeds.pooledValues()).hasSize(256 * 12);
            assertThat(embeds.truncations())
                    .extracting(PromptEmbeds.Truncation::encoder)
                    .containsExactly("Qwen2.5-VL", "byT5");
            assertThat(embeds.truncations().get(0).tokens()).isEqualTo(1000);
            assertThat(embeds.truncations().get(1).needed()).isEqualTo(300 + "Text \"\". ".length() + 1);
        }
    }

    @Test
    void build_withATemplateOfOnesOwn_isRefused() {
        Request.Builder builder =
                Model.open(tiny.path()).request("a fox").template(new PromptTemplate("say {}", OptionalInt.of(1)));
        assertThatIllegalArgumentException()
                .isThrownBy(builder::build)
                .withMessageMatching("prompt-template: must be left out, since .+ has one of its own or none; .+");
        assertThat(builder.template(PromptTemplate.HUNYUAN_VIDEO).build().video())
                .isNotNull(); // as pictures' settings have it
    }

    @Test
    void open_ofAnotherChatTemplate_isRefused() {
        tiny.write("tokenizer/chat_template.jinja", "{{ messages }}");
        Model model = Model.open(tiny.path());
        assertThatThrownBy(model::components)
                .hasMessageContaining("chat_template.jinja: the chat template must be Qwen2.5-VL's");
        assertThatThrownBy(() -> {
                    try (Pipeline pipeline = model.pipeline(Tiny.FLOAT32, Residency.KEEP)) {
                        pipeline.encode(model.request("a fox").build());
                    }
                })
                .hasMessageContaining("chat_template.jinja: the chat template must be Qwen2.5-VL's");
    }

    /** Files under diffusers' names in place of a folder's components. */
    @Test
    void open_ofFiles_isTheFoldersModel() {
        Path vae = tiny.path().resolve("vae/diffusion_pytorch_model.safetensors");
        Model whole = Model.open(tiny.path());
        Model files = Model.open(ModelFiles.of(tiny.path()).vae(vae));
        assertThat(files.architecture()).isEqualTo(whole.architecture());
        assertThat(files.components())
                .allSatisfy(part -> assertThat(part.report().isComplete())
                        .as(part.files().name())
                        .isTrue());
    }

    /** Which parts stay changes no bit. */
    @ParameterizedTest
    @EnumSource(Residency.class)
    void denoise_underAnyResidency_isTheSame(Residency residency) {
        FamilyChecks.assertSameUnder(residency, tiny.path());
    }
}
