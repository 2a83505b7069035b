package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QwenImageModelTest {
    private static final List<String> PARTS = List.of("transformer", "text_encoder", "vae");

    @TempDir
    private Path temp;

    private TinyFolder tiny;

    @BeforeEach
    void copy() {
        tiny = TinyFolder.copy("qwen-image-a", temp.resolve("tiny"));
    }

    private List<Component<?, ?>> read() {
        return Model.open(tiny.path()).components();
    }

    /** Of the text encoder the half for pictures is left out, with a note where it is read. */
    @ParameterizedTest
    @ValueSource(strings = {"qwen-image-a", "qwen-image-b"})
    void components_ofAGoodFolder_areComplete(String name) {
        ModelFolder opened = ModelFolder.open(Golden.folder(name));
        Model model = Model.open("q", opened);
        assertThat(model.family()).isEqualTo(Family.QWEN_IMAGE);
        assertThat(model.components())
                .extracting(component -> component.files().name())
                .containsExactlyElementsOf(PARTS);
        for (String part : PARTS) {
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
                "transformer|FluxTransformer2DModel|QwenImageTransformer2DModel",
                "text_encoder|Qwen3Model|Qwen2_5_VLForConditionalGeneration or Qwen2_5_VLModel",
                "vae|AutoencoderKL|AutoencoderKLQwenImage",
                "tokenizer|CLIPTokenizer|Qwen2Tokenizer or Qwen2TokenizerFast",
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "QwenImageEditPipeline",
                "QwenImageEditPlusPipeline",
                "QwenImageLayeredPipeline",
                "QwenImageControlNetPipeline"
            })
    void open_ofAnotherPipeline_isRefusedByName(String pipeline) {
        tiny.edit("model_index.json", json -> json.put("_class_name", pipeline));
        assertThatThrownBy(this::read)
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("_class_name is " + pipeline + "; bottleneck4j reads " + Family.pipelines());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "transformer|joint_attention_dim|20|joint_attention_dim is 20, but text_encoder gives 24; check that both"
                        + " come from the same model",
                "transformer|in_channels|32|out_channels: must be those of the latents, in_channels / 4, 8, not 4"
            })
    void read_ofBadConfig_namesFileAndKey(String component, String key, int value, String message) {
        tiny.edit(component + "/config.json", json -> json.put(key, value));
        assertThatThrownBy(this::read)
                .isInstanceOf(FolderException.class)
                .hasMessageMatching(".*/config\\.json: .*")
                .hasMessageContaining(message);
    }

    @Test
    void read_ofAnotherAutoencodersLatents_isRefused() {
        tiny.edit("transformer/config.json", json -> json.put("in_channels", 32).put("out_channels", 8));
        assertThatThrownBy(this::read)
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("latent_channels: is 4, but the transformer takes 8");
    }

    /** A true_cfg_scale of 4 against a space, and 50 steps; the shift follows the size, and levels end at shift_terminal. */
    @Test
    void request_isWhatUsersOfThePipelineSay() {
        Model model = Model.open(tiny.path());
        Request request = model.request("a red fox").plan("baseline").build();
        assertThat(request.trueCfgScale()).isEqualTo(4);
        assertThat(request.negativePrompt()).isEqualTo(" ");
        assertThat(request.forwards()).isEqualTo(100);
        assertThat(request.plan().spec().last().width()).isEqualTo(1328);
        assertThat(request.plan().spec().last().shift())
                .isCloseTo(Math.exp(0.5 + 0.4 * (6889 - 256) / (8192 - 256)), within(1e-9));
        List<Double> sigmas = request.plan().stages().last().schedule().sigmas();
        assertThat(sigmas.get(0)).isEqualTo(1);
        assertThat(sigmas.get(49)).isCloseTo(0.02, within(1e-12));
        assertThat(model.usesGuidance()).isFalse();
        assertThat(model.planner().usual()).isEqualTo("bottleneck");
        assertThat(model.notes()).isEmpty();
    }

    @Test
    void published_isPlannedForWithoutWeights() {
        Model model = Model.published(Family.QWEN_IMAGE);
        assertThat(model.name()).isEqualTo("qwen-image");
        assertThat(model.notes()).isEmpty();
        Plan baseline = model.planner().named("baseline", Planner.Size.DEFAULT);
        assertThat(baseline.stages().forwards()).isEqualTo(50);
        PlanEstimate x2 = model.estimate(model.planner().named("x2", Planner.Size.DEFAULT));
        assertThat(x2.speedUp()).isCloseTo(2.00, within(0.005));
        assertThat(x2.cost().stepCut().steps()).isEqualTo(25);
        PlanEstimate x3 = model.estimate(model.planner().named("x3", Planner.Size.DEFAULT));
        assertThat(x3.speedUp()).isCloseTo(2.98, within(0.005));
        assertThat(x3.cost().stepCut().steps()).isEqualTo(16);
        Plan bottleneck = model.planner().named("bottleneck", Planner.Size.DEFAULT);
        assertThat(bottleneck.notes()).isEmpty();
        assertThat(model.planner().warnings(bottleneck)).isEmpty();
        assertThat(model.estimate(bottleneck).speedUp()).isCloseTo(2.74, within(0.005));
        // Below the sizes that are published for it.
        Plan wide = model.planner().named("x2", Planner.Size.of(1664, 928));
        assertThat(model.planner().warnings(wide)).singleElement(STRING).contains("656 px is below 928 px");
    }

    @Test
    void memory_ofAFolder_isThatOfItsThreeParts() {
        Model model = Model.open(tiny.path());
        Plan plan = model.planner().named("bottleneck", Planner.Size.of(96, 96));
        List<MemoryUse> uses = model.memory(plan, Tiny.FLOAT32, Residency.SEQUENCE);
        assertThat(uses)
                .extracting(MemoryUse::part)
                .containsExactly("text encoders", "transformer, 96 x 96", "transformer, 64 x 64", "decoding");
        assertThat(uses)
                .filteredOn(use -> !use.part().equals("text encoders"))
                .allSatisfy(use -> assertThat(use.working()).as(use.part()).isPositive());
        for (int i = 0; i < PARTS.size(); i++) {
            String part = PARTS.get(i);
            long weights = Model.component(model.folder(), part).infos().values().stream()
                    .mapToLong(info -> 4 * info.numel())
                    .sum();
            int use = List.of(1, 0, 3).get(i);
            assertThat(uses.get(use).weights()).as(part).isEqualTo(weights);
        }
    }

    /** Files under diffusers' names in place of a folder's components. */
    @Test
    void open_ofFiles_isTheFoldersModel() {
        FamilyChecks.assertReadsFilesOf(tiny.path());
    }

    /** Which parts stay changes no bit. */
    @ParameterizedTest
    @EnumSource(Residency.class)
    void denoise_underAnyResidency_isTheSame(Residency residency) {
        FamilyChecks.assertSameUnder(residency, tiny.path());
    }

    @Test
    void withRandomPrompt_timesAForward() {
        FamilyChecks.assertTimesAForward(tiny.path());
    }

    /** The template's 34 first tokens count to nobody. */
    @Test
    void encode_ofALongPrompt_tellsWhatWasCut() {
        try (Pipeline pipeline = Tiny.pipeline("qwen-image-a", Residency.KEEP)) {
            Request request = pipeline.model()
                    .request("a red fox ".repeat(50))
                    .maxSequenceLength(90)
                    .trueCfgScale(1)
                    .build();
            PromptEmbeds read = pipeline.encode(request).positive();
            assertThat(read.tokens()).isEqualTo(90);
            assertThat(read.truncations()).singleElement().satisfies(cut -> {
                assertThat(cut.encoder()).isEqualTo("Qwen2.5-VL");
                assertThat(cut.tokens()).isEqualTo(90);
                assertThat(cut.needed()).isGreaterThan(150);
            });
        }
    }
}
