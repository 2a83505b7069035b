package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanRules;
import io.bottleneck4j.pipeline.plan.Planner;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class Flux2KleinModelTest {
    private static final List<String> PARTS = List.of("transformer", "text_encoder", "vae");

    @TempDir
    private Path temp;

    private TinyFolder tiny;

    @BeforeEach
    void copy() {
        tiny = TinyFolder.copy("flux2-a", temp.resolve("tiny"));
    }

    private List<Component<?, ?>> read() {
        return Model.open(tiny.path()).components();
    }

    @ParameterizedTest
    @ValueSource(strings = {"flux2-a", "flux2-b"})
    void components_ofAGoodFolder_areComplete(String name) {
        ModelFolder opened = ModelFolder.open(Golden.folder(name));
        Model model = Model.open("f", opened);
        assertThat(model.family()).isEqualTo(Family.FLUX2_KLEIN);
        assertThat(model.components())
                .extracting(component -> component.files().name())
                .containsExactlyElementsOf(PARTS);
        for (String part : PARTS) {
            assertThat(Model.component(opened, part).report().isComplete())
                    .as(part)
                    .isTrue();
        }
        assertThat(model.notes())
                .filteredOn(note -> !note.contains("is_distilled"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "transformer|FluxTransformer2DModel|Flux2Transformer2DModel",
                "text_encoder|Mistral3ForConditionalGeneration|Qwen3ForCausalLM or Qwen3Model",
                "vae|AutoencoderKL|AutoencoderKLFlux2",
                "tokenizer|CLIPTokenizer|Qwen2Tokenizer or Qwen2TokenizerFast"
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
                "transformer|joint_attention_dim|21|joint_attention_dim is 21, but text_encoder gives 24; check that both come from the same model",
                "vae|latent_channels|8|latent_channels: is 8, but the transformer takes 2; check that both come from the same model"
            })
    void read_ofBadConfig_namesFileAndKey(String component, String key, int value, String message) {
        tiny.edit(component + "/config.json", json -> json.put(key, value));
        assertThatThrownBy(this::read)
                .isInstanceOf(FolderException.class)
                .hasMessageMatching(".*/config\\.json: .*")
                .hasMessageContaining(message);
    }

    /** The pipeline's guidance_scale of 4 and its 50 steps, and the shift that it tells the scheduler. */
    @Test
    void request_ofABaseModel_isThePipelinesDefault() {
        Model model = Model.open(tiny.path());
        Request request = model.request("a red fox").plan("baseline").build();
        assertThat(request.trueCfgScale()).isEqualTo(4);
        assertThat(request.forwards()).isEqualTo(100);
        assertThat(request.maxSequenceLength()).isEqualTo(512);
        assertThat(request.plan().spec().last().shift()).isCloseTo(7.563629420981297, within(1e-9));
        assertThat(model.planner().usual()).isEqualTo("bottleneck");
        assertThat(model.usesGuidance()).isFalse();
        assertThat(model.takesPicture()).isFalse();
        assertThat(model.notes()).isEmpty();
    }

    @Test
    void request_ofADistilledModel_isFourForwardsWithoutGuidance() {
        Model model = Model.open(Golden.folder("flux2-b"));
        Request request = model.request("a red fox").build();
        assertThat(request.plan().name()).isEqualTo("baseline");
        assertThat(request.trueCfgScale()).isEqualTo(1);
        assertThat(request.forwards()).isEqualTo(4);
        assertThat(request.plan().spec().last().shift()).isCloseTo(9.886595938436898, within(1e-9));
        assertThat(model.notes())
                .containsExactly("model_index.json: is_distilled is true, so 4 steps without guidance are taken where"
                        + " nothing else is said; of so few a bottleneck saves little");
    }

    @Test
    void baseline_withAConstantShift_keepsIt() {
        tiny.edit("scheduler/scheduler_config.json", json -> json.put("use_dynamic_shifting", false));
        Plan plan = Model.open(tiny.path())
                .planner()
                .baseline(Planner.Size.of(64, 64), OptionalInt.of(9), OptionalDouble.empty());
        assertThat(plan.spec().last().shift()).isEqualTo(3);
    }

    /** Each stage has the shift of its own size and steps. */
    @Test
    void named_withTheModelsOwnShifts_asksForEachStage() {
        Plan plan = Model.open(tiny.path())
                .planner()
                .named("bottleneck", Planner.Size.DEFAULT, rules -> rules.with(PlanRules.ShiftSource.MODEL));
        assertThat(plan.spec().stages())
                .extracting(stage -> Math.round(1e4 * stage.shift()) / 1e4)
                .containsExactly(9.7721, 6.7961, 9.6590);
    }

    @Test
    void published_isPlannedForWithoutWeights() {
        Model model = Model.published(Family.FLUX2_KLEIN);
        assertThat(model.name()).isEqualTo("flux2-klein");
        assertThat(model.notes()).isEmpty();
        Plan baseline = model.planner().named("baseline", Planner.Size.DEFAULT);
        assertThat(baseline.stages().forwards()).isEqualTo(50);
        PlanEstimate x2 = model.estimate(model.planner().named("x2", Planner.Size.DEFAULT));
        assertThat(x2.speedUp()).isCloseTo(1.976, within(0.0005));
        assertThat(x2.cost().stepCut().steps()).isEqualTo(25);
        PlanEstimate x3 = model.estimate(model.planner().named("x3", Planner.Size.DEFAULT));
        assertThat(x3.speedUp()).isCloseTo(2.9986, within(0.0005));
        assertThat(x3.cost().stepCut().steps()).isEqualTo(16);
    }

    @Test
    void memory_ofAFolder_isThatOfItsThreeParts() {
        Model model = Model.open(tiny.path());
        Plan plan = model.planner().named("bottleneck", Planner.Size.of(96, 96));
        List<MemoryUse> uses = model.memory(plan, Tiny.FLOAT32, Residency.SEQUENCE);
        assertThat(uses)
                .extracting(MemoryUse::part)
                .containsExactly("text encoders", "transformer, 96 x 96", "transformer, 48 x 48", "decoding");
        long weights = Model.component(model.folder(), "transformer").infos().values().stream()
                .mapToLong(info -> 4 * info.numel())
                .sum();
        assertThat(uses.get(1).weights()).isEqualTo(weights);
        assertThat(uses).allSatisfy(use -> assertThat(use.weights()).isPositive());
    }

    /** Files under diffusers' names in place of a folder's components. */
    @Test
    void open_ofFiles_isTheFoldersModel() {
        Path vae = tiny.path().resolve("vae/diffusion_pytorch_model.safetensors");
        Path transformer = tiny.path().resolve("transformer/diffusion_pytorch_model.safetensors");
        assertThat(FamilyChecks.assertReadsFilesOf(tiny.path()).family()).isEqualTo(Family.FLUX2_KLEIN);
        assertThat(ModelFiles.of(transformer).vae(vae).folder().notes())
                .anySatisfy(note -> assertThat(note)
                        .startsWith("scheduler: the schedule is that of FLUX.2-klein-base-4B; if " + transformer));
    }

    /** Which parts stay changes no bit. */
    @ParameterizedTest
    @EnumSource(Residency.class)
    void denoise_underAnyResidency_isTheSame(Residency residency) {
        FamilyChecks.assertSameUnder(residency, tiny.path());
    }
}
