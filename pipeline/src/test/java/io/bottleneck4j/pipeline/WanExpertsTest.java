package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Quantization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Folders of Wan with two transformers; what they make is held in {@link WanGoldenTest}. */
class WanExpertsTest {
    private static final String INDEX = "model_index.json";

    @TempDir
    private Path temp;

    private TinyFolder tiny;

    /** That of wan-a, and a second transformer for noise levels below 0.875. */
    static TinyFolder folder(Path to) throws IOException {
        Path from = Golden.folder("wan-a");
        TinyFolder folder = TinyFolder.copy("wan-a", to);
        Path own = Files.createDirectories(to.resolve("transformer_2"));
        Files.copy(from.resolve("transformer/config.json"), own.resolve("config.json"));
        Files.copy(from.resolve("../../wan/c.safetensors"), own.resolve("diffusion_pytorch_model.safetensors"));
        return folder.edit(
                INDEX,
                json -> json.put("boundary_ratio", 0.875)
                        .putArray("transformer_2")
                        .add("diffusers")
                        .add("WanTransformer3DModel"));
    }

    @BeforeEach
    void copy() throws IOException {
        tiny = folder(temp.resolve("tiny"));
    }

    @Test
    void components_holdBothTransformers() {
        Model model = Model.open(tiny.path());
        assertThat(model.components())
                .extracting(component -> component.files().name())
                .containsExactly("transformer", "transformer_2", "text_encoder", "vae");
        assertThat(Family.WAN.weighted(model.folder())).isEqualTo(WanModel.TWO);
        assertThat(Model.component(model.folder(), "transformer_2").report().isComplete())
                .isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Model.component(ModelFolder.open(Golden.folder("wan-a")), "transformer_2"))
                .withMessage("component: 'transformer_2' has no weights; use one of transformer, text_encoder, vae");
    }

    /** Denoising holds the weights of both. */
    @Test
    void memory_ofDenoising_countsBoth() {
        Model one = Model.open(Golden.folder("wan-a"));
        Model two = Model.open(tiny.path());
        Execution float32 = new Execution(Device.CPU, DType.FLOAT32);
        long more = two.weightBytes("transformer_2", float32);
        assertThat(more).isPositive().isEqualTo(one.weightBytes("transformer", float32));
        assertThat(weights(two, float32) - weights(one, float32)).isEqualTo(more);
    }

    private static long weights(Model model, Execution execution) {
        return model
                .memory(
                        model.planner().named("baseline", Planner.Size.of(832, 480)),
                        execution,
                        Residency.RELEASE_TEXT_ENCODERS)
                .stream()
                .filter(use -> use.part().startsWith("transformer"))
                .mapToLong(MemoryUse::weights)
                .sum();
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "-0.5", "875"})
    void read_ofABoundaryOutside_isRefused(double boundary) {
        tiny.edit(INDEX, json -> json.put("boundary_ratio", boundary));
        assertThatThrownBy(() -> Model.open(tiny.path()))
                .isInstanceOf(FolderException.class)
                .hasMessage(tiny.path() + ": boundary_ratio: must be above 0 and below 1, not " + boundary
                        + "; Wan 2.2's is 0.875");
    }

    @Test
    void read_ofOneWithoutTheOther_isRefused() {
        tiny.edit(INDEX, json -> json.putNull("boundary_ratio"));
        String remedy = "; model_index.json must name both or neither, so copy the whole folder";
        assertThatThrownBy(() -> Model.open(tiny.path()))
                .isInstanceOf(FolderException.class)
                .hasMessage(tiny.path() + ": transformer_2: is given without a boundary_ratio" + remedy);
        tiny.edit(INDEX, json -> json.put("boundary_ratio", 0.9).remove("transformer_2"));
        assertThatThrownBy(() -> Model.open(tiny.path()))
                .isInstanceOf(FolderException.class)
                .hasMessage(tiny.path() + ": boundary_ratio: is 0.9, but there is no transformer_2" + remedy);
    }

    @Test
    void components_ofTwoShapes_areRefusedByBoth() {
        tiny.edit("transformer_2/config.json", json -> json.put("num_layers", 1));
        assertThatThrownBy(() -> Model.open(tiny.path()).components())
                .isInstanceOf(FolderException.class)
                .hasMessageStartingWith(
                        tiny.path().resolve("transformer_2/config.json") + ": must be as transformer's, ")
                .hasMessageContaining("numLayers=2")
                .hasMessageContaining("numLayers=1")
                .hasMessageEndingWith("check that both come from the same model");
    }

    @Test
    void request_withACache_isRefused() {
        Model model = Model.open(tiny.path());
        Plan plan = model.planner().named("baseline", Planner.Size.DEFAULT).withCache(Caches.parse("taylor"));
        Request.Builder request = model.request("a red fox").plan(plan);
        assertThatIllegalArgumentException()
                .isThrownBy(request::build)
                .withMessage("cache: taylor would carry from one transformer to the other, and " + model.name()
                        + " has two; leave it out");
    }

    @Test
    void quantize_ofTwo_isRefused() {
        Model model = Model.open(tiny.path());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> QuantizedFolder.write(
                        model, Quantization.INT8_WEIGHTS, temp.resolve("out"), new Cancellation()))
                .withMessage("quantize: the two transformers of " + model.name()
                        + " are not written; quantize them as they are loaded: generate --quantize int8-weights");
    }

    @Test
    void withLora_leavesTheSecond_andSaysSo() {
        Path lora = Golden.folder("wan-a").resolve("../../lora/files/wan-diffusers.safetensors");
        Model model = Model.open(tiny.path()).withLora(lora, 1);
        assertThat(model.notes()).contains("lora: transformer_2 is left as it is, as WanPipeline does by default");
    }
}
