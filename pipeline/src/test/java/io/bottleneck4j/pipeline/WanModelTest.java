package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.sampling.Solver;
import io.bottleneck4j.core.sampling.UniPc;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.Config;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.vae.AutoencoderKlWanConfig;
import io.bottleneck4j.models.vae.WanDecodeMemory;
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
import org.junit.jupiter.params.provider.ValueSource;

class WanModelTest {
    private static final List<String> PARTS = List.of("transformer", "text_encoder", "vae");

    @TempDir
    private Path temp;

    private TinyFolder tiny;

    @BeforeEach
    void copy() {
        tiny = TinyFolder.copy("wan-a", temp.resolve("tiny"));
    }

    /** Python reads the file by the class of the index, in which flow_shift is no key. */
    @Test
    void read_ofASchedulerOfAnotherClassThanTheIndexSays_isRefused() {
        tiny.edit(
                "model_index.json",
                json -> json.putArray("scheduler").add("diffusers").add("FlowMatchEulerDiscreteScheduler"));
        assertThatThrownBy(() -> Model.open(tiny.path()))
                .isInstanceOf(FolderException.class)
                .hasMessage(tiny.path().resolve("scheduler/scheduler_config.json")
                        + ": _class_name is UniPCMultistepScheduler, but model_index.json says"
                        + " FlowMatchEulerDiscreteScheduler, and their keys mean other things; let both say the class"
                        + " that the file is of");
    }

    @ParameterizedTest
    @ValueSource(strings = {"wan-a", "wan-b"})
    void components_ofAGoodFolder_areComplete(String name) {
        ModelFolder opened = ModelFolder.open(Golden.folder(name));
        Model model = Model.open("w", opened);
        assertThat(model.family()).isEqualTo(Family.WAN);
        assertThat(model.kind()).isEqualTo(Model.Kind.VIDEO);
        assertThat(model.components())
                .extracting(component -> component.files().name())
                .containsExactlyElementsOf(PARTS);
        for (String part : PARTS) {
            assertThat(Model.component(opened, part).report().isComplete())
                    .as(part)
                    .isTrue();
        }
    }

    /** Published folders name UniPC. */
    @Test
    void solver_isTheSchedulers() {
        Planner own = Model.open(tiny.path()).planner();
        assertThat(own.named("bottleneck", Planner.Size.DEFAULT).solver()).isEqualTo(UniPc.USUAL);
        assertThat(own.named("bottleneck", Planner.Size.DEFAULT).stages().sigmas())
                .startsWith(0.999);
        Planner euler = Model.open(Golden.folder("wan-b")).planner();
        assertThat(euler.named("bottleneck", Planner.Size.DEFAULT).solver()).isEqualTo(Solver.EULER);
        assertThat(Model.published(Family.WAN)
                        .planner()
                        .named("x3", Planner.Size.DEFAULT)
                        .solver())
                .isEqualTo(UniPc.USUAL);
        assertThat(Model.open(tiny.path()).notes()).isEmpty();
    }

    /** The pipeline's guidance of 5 against the empty text, its 50 steps, and the shift of its scheduler. */
    @Test
    void request_ofWan_isThePipelinesDefault() {
        Model model = Model.open(tiny.path());
        Request request = model.request("a red fox").plan("baseline").build();
        assertThat(request.trueCfgScale()).isEqualTo(5);
        assertThat(request.forwards()).isEqualTo(100);
        assertThat(request.plan().spec().last().shift()).isEqualTo(3);
        assertThat(model.defaultFps()).hasValue(16);
        assertThat(Model.open(Golden.folder("wan-b")).defaultFps()).hasValue(24);
        assertThat(model.planner().usual()).isEqualTo("bottleneck");
        assertThat(model.textTokens()).isEqualTo(512);
    }

    /** Sizes that their authors give, by the width of the transformer and the autoencoder's patches. */
    @Test
    void sizes_areThoseOfEachModel() {
        Planner small = Model.open(tiny.path()).planner();
        assertThat(List.of(small.defaultWidth(), small.defaultHeight())).containsExactly(832, 480);
        assertThat(small.defaultFrames()).hasValue(81);
        Planner wan22 = Model.open(Golden.folder("wan-b")).planner();
        assertThat(List.of(wan22.defaultWidth(), wan22.defaultHeight())).containsExactly(1280, 704);
        assertThat(wan22.defaultFrames()).hasValue(121);
        Planner large = Model.published(Family.WAN).planner();
        assertThat(List.of(large.defaultWidth(), large.defaultHeight())).containsExactly(1280, 720);
        assertThat(large.defaultFrames()).hasValue(81);
        Plan scaled = small.named("bottleneck", Planner.Size.DEFAULT);
        assertThat(scaled.spec().stages().get(1).width()).isEqualTo(624);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "transformer|FluxTransformer2DModel|WanTransformer3DModel",
                "text_encoder|T5EncoderModel|UMT5EncoderModel",
                "vae|AutoencoderKL|AutoencoderKLWan",
                "tokenizer|CLIPTokenizer|T5TokenizerFast or T5Tokenizer",
                "scheduler|DDIMScheduler|UniPCMultistepScheduler or FlowMatchEulerDiscreteScheduler"
            })
    void read_ofAnotherComponentClass_namesBoth(String component, String found, String wanted) {
        tiny.edit(
                "model_index.json",
                json -> json.putArray(component).add("library").add(found));
        assertThatThrownBy(() -> Model.open(tiny.path()).components())
                .isInstanceOf(FolderException.class)
                .hasMessage(tiny.path().resolve("model_index.json") + ": " + component + " is of class " + found
                        + "; bottleneck4j reads " + wanted);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "transformer/config.json|text_dim|24|text_dim is 24, but text_encoder gives 16; check that both come from the same model",
                "transformer/config.json|image_dim|1280|image_dim: is 1280, which bottleneck4j does not support; it reads null",
                "transformer/config.json|in_channels|36|in_channels: must be out_channels 4, not 36",
                "scheduler/scheduler_config.json|num_train_timesteps|100|num_train_timesteps: is 100, which bottleneck4j does not support; it reads 1000"
            })
    void read_ofBadConfig_namesFileAndKey(String file, String key, int value, String message) {
        tiny.edit(file, json -> json.put(key, value));
        assertThatThrownBy(() -> Model.open(tiny.path()).components())
                .isInstanceOf(FolderException.class)
                .hasMessageContaining(message);
    }

    @Test
    void read_ofUniPcWithoutFlows_isRefused() {
        tiny.edit("scheduler/scheduler_config.json", json -> json.put("use_flow_sigmas", false));
        assertThatThrownBy(() -> Model.open(tiny.path()))
                .isInstanceOf(FolderException.class)
                .hasMessageEndingWith(
                        ": prediction_type: must be flow_prediction with use_flow_sigmas true, as no other model is read");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"'  a  fox\t\u00a0jumps '|a fox jumps", "AT&T & co|AT&T & co", "fish & chips|fish & chips"})
    void cleaned_text_isAsPromptCleanHasIt(String prompt, String clean) {
        assertThat(WanModel.cleaned(prompt)).isEqualTo(clean);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a &amp; b", "&#39;fox&#39;", "&hearts; fox", "&copy 2026", "caf&eacute"})
    void cleaned_ofHtml_isRefused(String prompt) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> WanModel.cleaned(prompt))
                .withMessage("prompt: holds an HTML reference as &amp;, which WanPipeline would resolve; write the"
                        + " character itself");
    }

    /** Frames of up to 832 × 480 pixels are decoded whole, larger ones in tiles of 256. */
    @Test
    void memory_ofADecode_isThatOfTilesWhereFramesAreLarge() {
        Model model = Model.open(tiny.path());
        AutoencoderKlWanConfig vae = AutoencoderKlWanConfig.from(
                Config.read(tiny.path().resolve("vae").resolve("config.json")));
        Plan small = model.planner().named("baseline", Planner.Size.of(832, 480));
        Plan large = model.planner().named("baseline", Planner.Size.of(1664, 960));
        assertThat(decoding(model, small)).isEqualTo(WanDecodeMemory.bytes(vae, DType.FLOAT32, 0, 21, 60, 104));
        assertThat(decoding(model, large)).isEqualTo(WanDecodeMemory.bytes(vae, DType.FLOAT32, 256, 21, 120, 208));
    }

    private static long decoding(Model model, Plan plan) {
        Execution float32 = new Execution(Device.CPU, DType.FLOAT32);
        return model.memory(plan, float32, Residency.KEEP).stream()
                .filter(use -> use.part().equals("decoding"))
                .mapToLong(MemoryUse::working)
                .sum();
    }
}
