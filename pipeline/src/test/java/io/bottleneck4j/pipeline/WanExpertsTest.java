package io.bottleneck4j.pipeline;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.cache.OverFeature;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Resamplers;
import io.bottleneck4j.core.sampling.BottleneckSampler;
import io.bottleneck4j.core.sampling.ChangeOver;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.ResolutionStage;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.mmdit.Beside;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.cost.PlanCost;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Quantization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders of Wan with two transformers; what they make is held in {@link WanGoldenTest}. */
class WanExpertsTest {
    private static final String INDEX = "model_index.json";
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);
    private static final Execution INT8 = new Execution(Device.CPU, DType.FLOAT32, Quantization.INT8_WEIGHTS);

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

    /** Denoising holds the weights of both, or of one where components go in turn. */
    @Test
    void memory_ofDenoising_countsWhatStays() {
        Model one = Model.open(Golden.folder("wan-a"));
        Model two = Model.open(tiny.path());
        long more = two.weightBytes("transformer_2", FLOAT32);
        assertThat(more).isPositive().isEqualTo(one.weightBytes("transformer", FLOAT32));
        for (Residency residency : Residency.values()) {
            assertThat(weights(two, residency) - weights(one, residency)).isEqualTo(residency.isOneByOne() ? 0 : more);
        }
    }

    private static long weights(Model model, Residency residency) {
        return model.memory(model.planner().named("baseline", Planner.Size.of(832, 480)), FLOAT32, residency).stream()
                .filter(use -> use.part().startsWith("transformer"))
                .mapToLong(MemoryUse::weights)
                .sum();
    }

    /** Where there is room for one of them and not for both, one is in memory at a time. */
    @Test
    void fitting_withRoomForOne_takesOne() {
        Model model = Model.open(tiny.path());
        long alone = Math.max(model.weightBytes("transformer", FLOAT32), model.weightBytes("text_encoder", FLOAT32));
        assertThat(Residency.fitting(model, FLOAT32, alone * 100 / 70 + 200)).isEqualTo(Residency.SEQUENCE);
        assertThat(Residency.fitting(model, FLOAT32, alone * 100 / 70 - 200)).isEqualTo(Residency.STREAM);
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

    /** However long they stay, and whatever remembers what one of them computed. */
    @Tag("slow")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "none",
                "taylor:every=2",
                "taylor:every=2:feature=hidden",
                "firstblock:threshold=0.5",
                "easycache"
            })
    void denoise_oneByOne_equalsBothKept(String cache) {
        Model model = Model.open(tiny.path());
        Request request = model.request("a red fox")
                .plan(staged(model).withCache(Caches.parse(cache)))
                .build();
        Latents kept = latents(model, request, Residency.KEEP);
        assertThat(latents(model, request, Residency.SEQUENCE)).isEqualTo(kept);
        assertThat(latents(model, request, Residency.STREAM)).isEqualTo(kept);
    }

    private static Latents latents(Model model, Request request, Residency residency) {
        try (Pipeline pipeline = model.pipeline(FLOAT32, residency)) {
            return pipeline.denoise(request, pipeline.encode(request));
        }
    }

    /** Each of its stages changes from the first to the second. */
    private static Plan staged(Model model) {
        List<StageSpec> stages = List.of(
                new StageSpec(32, 32, 8, 1, 3), new StageSpec(16, 32, 8, 0.9, 9), new StageSpec(32, 32, 7, 0.8, 5));
        return model.planner().written(new PlanSpec("staged", stages).withFrames(OptionalInt.of(5)));
    }

    @Test
    void denoise_oneByOne_loadsEachAtAChange() {
        Model model = Model.open(tiny.path());
        Request request = model.request("a red fox").plan(staged(model)).build();
        Timings timings = new Timings();
        List<String> loaded = new ArrayList<>();
        Model.Transformer unbound = (prompt, guidance, sigmas) -> new Still();
        try (Opened opened = new Opened(timings)) {
            WanExperts experts = new WanExperts(
                    new ChangeOver(0.875),
                    opened.onDemand(with -> with.add(told(loaded, "high", unbound), it -> loaded.add("free high"))),
                    opened.onDemand(with -> with.add(told(loaded, "low", unbound), it -> loaded.add("free low"))),
                    true);
            PromptEmbeds prompt = model.randomPrompt();
            List<Double> sigmas = request.plan().stages().sigmas();
            try (BoundVelocity toward = experts.bind(prompt, 1, sigmas);
                    BoundVelocity away = experts.bind(prompt, 1, sigmas)) {
                new BottleneckSampler(request.plan().stages(), Resamplers.LANCZOS, new TorchNoise(1, 1))
                        .sample(new TrueGuidance(toward, away, 2), SamplingListener.NONE);
            }
        }
        assertThat(loaded)
                .containsExactly(
                        "high",
                        "free high",
                        "low",
                        "free low",
                        "high",
                        "free high",
                        "low",
                        "free low",
                        "high",
                        "free high",
                        "low",
                        "free low");
    }

    private static <T> T told(List<String> loaded, String name, T transformer) {
        loaded.add(name);
        return transformer;
    }

    /** A model that finds nothing to change. */
    private static final class Still implements BoundVelocity {
        @Override
        public Latents velocity(Latents x, double sigma) {
            return Latents.zeros(x.shape());
        }

        @Override
        public void amplifyText(double scale, LatentShape full) {}

        @Override
        public void see(Function<LatentShape, Beside> pictures) {}

        @Override
        public void close() {}
    }

    /** A cache computes the first step that each of the two runs, in every stage. */
    @Test
    void work_ofACache_beginsAnewAtTheChange() {
        Model model = Model.open(tiny.path());
        Plan plan = staged(model).withCache(Caches.parse("reuse:first=1:every=4"));
        for (ResolutionStage stage : plan.stages().stages()) {
            int change = (int) IntStream.range(0, stage.executedSteps())
                    .filter(i -> model.changeOver().isBefore(stage.schedule().sigma(i)))
                    .count();
            assertThat(change).isBetween(1, stage.executedSteps() - 1);
            for (int i = 0; i < stage.executedSteps(); i++) {
                int since = i < change ? i : i - change;
                assertThat(stage.work().get(i)).isEqualTo(since % 4 == 0 ? Forward.FULL : Forward.SKIPPED);
            }
        }
        double flops = PlanCost.of(plan.stages(), model.forwardCost()).flops();
        double counted = plan.stages().stages().stream()
                .mapToDouble(stage -> stage.forwards() * model.forwardCost().flops(stage.shape()))
                .sum();
        assertThat(flops).isCloseTo(counted, Offset.offset(counted * 1e-12));
    }

    @Test
    void request_underAPlanOfOneTransformer_isRefused() {
        Model model = Model.open(tiny.path());
        Plan foreign = staged(Model.open(Golden.folder("wan-a")));
        Request.Builder request = model.request("a red fox").plan(foreign);
        assertThatIllegalArgumentException()
                .isThrownBy(request::build)
                .withMessage("plan: 'staged' was made for a model of one transformer; make it with model.planner() of "
                        + model.name());
    }

    @Test
    void dpcache_ofAStageThatChanges_isRefused() {
        Model model = Model.open(tiny.path());
        try (Pipeline pipeline = model.pipeline(FLOAT32, Residency.KEEP)) {
            CacheSchedule.Calibration calibration =
                    new CacheSchedule.Calibration(pipeline, staged(model), OverFeature.Feature.VELOCITY);
            Request request = model.request("a red fox").plan(staged(model)).build();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> calibration.run(request, SamplingListener.NONE, new Cancellation()))
                    .withMessageContaining("dpcache: a stage of 8 steps changes over to the second transformer")
                    .withMessageEndingWith("use a cache that needs no calibration, such as taylor");
        }
    }

    @Test
    void trueCfgScale2_isStoredAndReadBack() {
        Model model = Model.open(tiny.path());
        Request request = model.request("a red fox")
                .plan(staged(model))
                .trueCfgScale(4)
                .trueCfgScale2(3)
                .build();
        assertThat(request.toBuilder().build()).isEqualTo(request);
        assertThat(request.toBuilder().trueCfgScale2(2).build()).isNotEqualTo(request);
        assertThat(request.trueCfgScale(0.875)).isEqualTo(4);
        assertThat(request.trueCfgScale(0.874)).isEqualTo(3);
        try (Pipeline pipeline = model.pipeline(FLOAT32, Residency.KEEP)) {
            Settings settings = Settings.of(request, pipeline.origin());
            assertThat(settings.toJson()).contains("\"true_cfg_scale2\":3.0");
            assertThat(Settings.parse(Model.Kind.VIDEO, settings.toJson())).isEqualTo(settings);
            Request plain = model.request("a red fox").plan(staged(model)).build();
            assertThat(plain.trueCfgScale(0.5)).isEqualTo(5);
            assertThat(Settings.of(plain, pipeline.origin()).toJson()).doesNotContain("scale2");
        }
    }

    @Test
    void trueCfgScale2_thatGuidesNothing_isRefused() {
        Request.Builder one = Model.open(Golden.folder("wan-a")).request("a").trueCfgScale2(3);
        assertThatIllegalArgumentException()
                .isThrownBy(one::build)
                .withMessage("true-cfg-scale-2: is the guidance of a second transformer, which "
                        + Golden.folder("wan-a") + " does not have; leave it out");
        Request.Builder off =
                Model.open(tiny.path()).request("a").trueCfgScale(1).trueCfgScale2(3);
        assertThatIllegalArgumentException()
                .isThrownBy(off::build)
                .withMessage("true-cfg-scale-2: is the guidance of a second transformer, and without effect where"
                        + " true-cfg-scale is 1; give that too, above 1");
        Request.Builder below = Model.open(tiny.path()).request("a").trueCfgScale2(0.5);
        assertThatIllegalArgumentException()
                .isThrownBy(below::build)
                .withMessage("true-cfg-scale-2: must be at least 1 (off), not 0.5");
    }

    /** Either may come from a file: here from each the other's weights. */
    @Tag("slow")
    @Test
    void open_ofTwoFiles_makesWhatAFolderMakes() throws IOException {
        Path high = tiny.path().resolve("transformer_2/diffusion_pytorch_model.safetensors");
        Path low = Golden.folder("wan-a").resolve("../../files/wan.safetensors"); // under the release's names
        Model files = Model.open(ModelFiles.of(high).transformer2(low).base(tiny.path()));
        assertThat(files.components())
                .extracting(component -> component.files().path())
                .startsWith(high, low);
        TinyFolder swapped = folder(temp.resolve("swapped"));
        Files.copy(high, swapped.path().resolve("transformer/diffusion_pytorch_model.safetensors"), REPLACE_EXISTING);
        Files.copy(
                tiny.path().resolve("transformer/diffusion_pytorch_model.safetensors"),
                swapped.path().resolve("transformer_2/diffusion_pytorch_model.safetensors"),
                REPLACE_EXISTING);
        Latents expected = latents(Model.open(swapped.path()), FLOAT32);
        assertThat(latents(files, FLOAT32)).isEqualTo(expected);
        Path out = temp.resolve("out");
        QuantizedFolder.write(files, Quantization.INT8_WEIGHTS, out, new Cancellation());
        assertThat(Model.open(out).changeOver()).isEqualTo(files.changeOver());
        assertThat(latents(Model.open(out), FLOAT32)).isEqualTo(latents(Model.open(swapped.path()), INT8));
    }

    private static Latents latents(Model model, Execution execution) {
        Request request = model.request("a red fox").plan(staged(model)).build();
        try (Pipeline pipeline = model.pipeline(execution, Residency.SEQUENCE)) {
            return pipeline.denoise(request, pipeline.encode(request));
        }
    }

    @Test
    void open_ofTwoFilesWithABaseOfOne_isRefused() {
        Path file = Golden.folder("wan-a").resolve("../../files/wan.safetensors");
        ModelFiles files = ModelFiles.of(file).transformer2(file).base(Golden.folder("wan-a"));
        assertThatThrownBy(() -> Model.open(files))
                .isInstanceOf(FolderException.class)
                .hasMessage(file + ": transformer_2: is given without a boundary_ratio; model_index.json must name both"
                        + " or neither, so give the folder of a Wan 2.2 A14B as the base");
    }

    @Tag("slow")
    @Test
    void quantize_ofTwo_writesBoth() throws IOException {
        Model model = Model.open(tiny.path());
        Path out = temp.resolve("out");
        QuantizedFolder.write(model, Quantization.INT8_WEIGHTS, out, new Cancellation());
        Model written = Model.open(out);
        assertThat(written.components())
                .extracting(Component::stored)
                .startsWith(Quantization.INT8_WEIGHTS, Quantization.INT8_WEIGHTS);
        assertThat(latents(written, FLOAT32)).isEqualTo(latents(model, INT8)).isNotEqualTo(latents(model, FLOAT32));
    }

    @Test
    void withLora_leavesTheSecond_andSaysSo() {
        Path lora = Golden.folder("wan-a").resolve("../../lora/files/wan-diffusers.safetensors");
        Model model = Model.open(tiny.path()).withLora(lora, 1);
        assertThat(model.notes()).contains("lora: transformer_2 is left as it is, as WanPipeline does by default");
    }
}
