package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZImageModelTest {
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);
    private static final List<String> PARTS = List.of("transformer", "text_encoder", "vae");

    @TempDir
    private Path temp;

    private TinyFolder tiny;

    @BeforeEach
    void copy() {
        tiny = TinyFolder.copy("z-image-a", temp.resolve("tiny"));
    }

    private List<Component<?, ?>> read() {
        return Model.open(tiny.path()).components();
    }

    @ParameterizedTest
    @ValueSource(strings = {"z-image-a", "z-image-b"})
    void components_ofAGoodFolder_areComplete(String name) {
        ModelFolder opened = ModelFolder.open(Golden.folder(name));
        Model model = Model.open("z", opened);
        assertThat(model.family()).isEqualTo(Family.Z_IMAGE);
        assertThat(model.components())
                .extracting(component -> component.files().name())
                .containsExactlyElementsOf(PARTS);
        for (String part : PARTS) {
            assertThat(Model.component(opened, part).report().isComplete())
                    .as(part)
                    .isTrue();
        }
        assertThat(model.notes()).filteredOn(note -> !note.contains("Turbo")).isEmpty();
    }

    @Test
    void component_ofASecondTextEncoder_isNone() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.component(ModelFolder.open(tiny.path()), "text_encoder_2"))
                .withMessage("component: 'text_encoder_2' has no weights; use one of transformer, text_encoder, vae");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "transformer|FluxTransformer2DModel|ZImageTransformer2DModel",
                "text_encoder|Qwen3VLModel|Qwen3Model or Qwen3ForCausalLM",
                "vae|AutoencoderKLQwenImage|AutoencoderKL",
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
    @CsvSource(
            delimiter = '|',
            value = {
                "transformer|cap_feat_dim|20|cap_feat_dim is 20, but text_encoder gives 24; check that both come from the same model",
                "transformer|siglip_feat_dim|1152|siglip_feat_dim: is 1152, which bottleneck4j does not support; it reads null",
                "vae|latent_channels|8|latent_channels: is 8, but the transformer takes 4; check that both come from the same model"
            })
    void read_ofBadConfig_namesFileAndKey(String component, String key, int value, String message) {
        tiny.edit(component + "/config.json", json -> json.put(key, value));
        assertThatThrownBy(this::read)
                .isInstanceOf(FolderException.class)
                .hasMessageMatching(".*/config\\.json: .*")
                .hasMessageContaining(message);
    }

    /** The pipeline's guidance_scale of 5, counted from the negative prompt, and its 50 steps. */
    /** By its name first, which says more than a width would. */
    @ParameterizedTest
    @CsvSource({"z-image-a, qwen2_5_vl, qwen3", "wan-a, t5, umt5", "qwen-image-a, qwen3, qwen2_5_vl or qwen2_5_vl_text"
    })
    void read_ofAnotherTextEncoder_saysWhich(String name, String found, String wanted) {
        TinyFolder other = TinyFolder.copy(name, temp.resolve("other"));
        other.edit("text_encoder/config.json", json -> json.put("model_type", found));
        assertThatThrownBy(() -> Model.open(other.path()).components())
                .isInstanceOf(FolderException.class)
                .hasMessage(other.path().resolve("text_encoder/config.json") + ": model_type: must be " + wanted
                        + ", is '" + found + "', another text encoder; give that of this family");
    }

    @Test
    void components_ofAnotherChatTemplate_areRefused() {
        tiny.write("tokenizer/chat_template.jinja", "{{ messages }}");
        assertThatThrownBy(this::read)
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("chat_template.jinja: the chat template must be Qwen3's");
    }

    @Test
    void request_ofZImage_isThePipelinesDefault() {
        tiny.edit("scheduler/scheduler_config.json", json -> json.put("shift", 6.0));
        Model model = Model.open(tiny.path());
        Request request = model.request("a red fox").plan("baseline").build();
        assertThat(request.trueCfgScale()).isEqualTo(6);
        assertThat(request.forwards()).isEqualTo(100);
        assertThat(request.plan().spec().last().shift()).isEqualTo(6);
        assertThat(model.usesGuidance()).isFalse();
        assertThat(model.planner().usual()).isEqualTo("bottleneck");
        assertThat(model.notes()).isEmpty();
    }

    @Test
    void request_ofTurbo_isEightForwardsWithoutGuidance() {
        tiny.edit("scheduler/scheduler_config.json", json -> json.put("shift", 3.0));
        Model model = Model.open(tiny.path());
        Request request = model.request("a red fox").build();
        assertThat(request.plan().name()).isEqualTo("baseline");
        assertThat(request.trueCfgScale()).isEqualTo(1);
        assertThat(request.forwards()).isEqualTo(8);
        assertThat(model.notes())
                .containsExactly("scheduler: shift 3 is Z-Image-Turbo's, so 8 steps without guidance are taken where"
                        + " nothing else is said; of so few a bottleneck saves little");
    }

    @Test
    void request_withDynamicShift_takesTheSizes() {
        tiny.edit("scheduler/scheduler_config.json", json -> json.put("use_dynamic_shifting", true));
        Plan plan = Model.open(tiny.path()).planner().named("baseline", Planner.Size.of(1024, 1024));
        assertThat(plan.spec().last().shift())
                .isCloseTo(Math.exp(1.15), within(1e-9)); // calculate_shift of 4096 tokens
    }

    @Test
    void published_isPlannedForWithoutWeights() {
        Model model = Model.published(Family.Z_IMAGE);
        assertThat(model.name()).isEqualTo("z-image");
        assertThat(model.notes()).isEmpty();
        Plan baseline = model.planner().named("baseline", Planner.Size.DEFAULT);
        assertThat(baseline.stages().forwards()).isEqualTo(50);
        assertThat(baseline.spec().last().shift()).isEqualTo(6);
        PlanEstimate x2 = model.estimate(model.planner().named("x2", Planner.Size.DEFAULT));
        assertThat(x2.speedUp()).isCloseTo(1.97, within(0.005));
        assertThat(x2.cost().stepCut().steps()).isEqualTo(25);
        PlanEstimate x3 = model.estimate(model.planner().named("x3", Planner.Size.DEFAULT));
        assertThat(x3.speedUp()).isCloseTo(2.99, within(0.005));
        assertThat(x3.cost().stepCut().steps()).isEqualTo(16);
        assertThat(model.planner()
                        .named("bottleneck", Planner.Size.DEFAULT)
                        .stages()
                        .stages())
                .hasSize(3);
    }

    @Test
    void memory_ofAFolder_isThatOfItsThreeParts() {
        Model model = Model.open(tiny.path());
        Plan plan = model.planner().named("bottleneck", Planner.Size.of(96, 96));
        List<MemoryUse> uses = model.memory(plan, FLOAT32, Residency.SEQUENCE);
        assertThat(uses)
                .extracting(MemoryUse::part)
                .containsExactly("text encoders", "transformer, 96 x 96", "transformer, 48 x 48", "decoding");
        for (int i = 0; i < PARTS.size(); i++) {
            String part = PARTS.get(i);
            long weights = Model.component(model.folder(), part).infos().values().stream()
                    .mapToLong(info -> 4 * info.numel())
                    .sum();
            int use = List.of(1, 0, 3).get(i);
            assertThat(uses.get(use).weights()).as(part).isEqualTo(weights);
        }
    }

    /** Files under diffusers' names in place of a folder's components; Z-Image has no second text encoder. */
    @Test
    void open_ofFiles_isTheFoldersModel() {
        Path text = tiny.path().resolve("text_encoder/model.safetensors");
        FamilyChecks.assertReadsFilesOf(tiny.path());
        ModelFiles second = ModelFiles.of(tiny.path()).textEncoder2(text);
        assertThatThrownBy(() -> Model.open(second))
                .isInstanceOf(FolderException.class)
                .hasMessageContaining("text_encoder_2: Z-Image has none; leave it out");
    }

    /** Which parts stay changes no bit, one text encoder or two. */
    @ParameterizedTest
    @EnumSource(Residency.class)
    void denoise_underAnyResidency_isTheSame(Residency residency) {
        FamilyChecks.assertSameUnder(residency, tiny.path());
    }

    @Test
    void withRandomPrompt_timesAForward() {
        FamilyChecks.assertTimesAForward(tiny.path());
    }

    @Test
    void encode_ofALongPrompt_tellsWhatWasCut() {
        try (Pipeline pipeline = Tiny.pipeline("z-image-a", Residency.KEEP)) {
            Request request = pipeline.model()
                    .request("a red fox ".repeat(50))
                    .maxSequenceLength(40)
                    .trueCfgScale(1)
                    .build();
            PromptEmbeds read = pipeline.encode(request).positive();
            assertThat(read.tokens()).isEqualTo(40);
            assertThat(read.truncations()).singleElement().satisfies(cut -> {
                assertThat(cut.encoder()).isEqualTo("Qwen3");
                assertThat(cut.tokens()).isEqualTo(40);
                assertThat(cut.needed()).isGreaterThan(100);
            });
        }
    }
}
