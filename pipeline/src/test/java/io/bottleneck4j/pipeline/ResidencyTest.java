package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.pipeline.cost.MemoryUse;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.Libtorch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stays in memory shows when the weights' files are gone: what was freed cannot be loaded again. */
class ResidencyTest {
    private static final String TRANSFORMER = "transformer/diffusion_pytorch_model.safetensors";
    private static final String ENCODER = "text_encoder_2/model.safetensors";
    private static final String VAE = "vae/diffusion_pytorch_model.safetensors";

    @TempDir
    private Path temp;

    private TinyFolder tiny() {
        return TinyFolder.copy(Tiny.PICTURES, temp.resolve("tiny"));
    }

    private static void assertFreed(String component, Runnable use) {
        assertThatThrownBy(use::run)
                .isInstanceOf(FolderException.class)
                .hasMessageContaining(component + ": holds no weights");
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-a, RELEASE_TEXT_ENCODERS",
        "tiny-a, SEQUENCE",
        "hunyuan-a, RELEASE_TEXT_ENCODERS",
        "hunyuan-a, SEQUENCE",
        "tiny-a, STREAM",
        "hunyuan-a, STREAM"
    })
    void generate_anyResidency_makesTheSameBits(String name, Residency residency) {
        try (Pipeline keeping = Tiny.pipeline(name, Residency.KEEP);
                Pipeline other = Tiny.pipeline(name, residency)) {
            assertThat(other.residency()).isEqualTo(residency);
            for (long seed : new long[] {1, 2}) {
                Result expected = keeping.generate(Tiny.request(keeping.model(), seed));
                Result made = other.generate(Tiny.request(other.model(), seed));
                assertThat(made.latents()).isEqualTo(expected.latents());
                assertThat(made.frames()).hasSameSizeAs(expected.frames());
                assertThat(made.picture().rgb()).isEqualTo(expected.picture().rgb());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Residency.class)
    void close_anyResidency_freesEverything(Residency residency) {
        generateOnce(residency); // classes and native one-off state
        long before = Libtorch.livePointers();
        generateOnce(residency);
        assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
    }

    private static void generateOnce(Residency residency) {
        try (Pipeline pipeline = Tiny.pipeline(Tiny.PICTURES, residency)) {
            pipeline.generate(Tiny.request(pipeline.model(), 1));
        }
    }

    @Test
    void keep_loadsNothingTwice() {
        TinyFolder tiny = tiny();
        try (Pipeline pipeline = Tiny.pipeline(tiny.path(), Residency.KEEP)) {
            Request request = Tiny.request(pipeline.model(), 1);
            Latents first = pipeline.generate(request).latents();
            tiny.delete(TRANSFORMER).delete(ENCODER).delete(VAE);
            assertThat(pipeline.generate(request).latents()).isEqualTo(first);
            pipeline.releaseTextEncoders();
            assertFreed("text_encoder_2", () -> pipeline.encode(request));
        }
    }

    @Test
    void releaseTextEncoders_keepsTheOthers() {
        TinyFolder tiny = tiny();
        try (Pipeline pipeline = Tiny.pipeline(tiny.path(), Residency.RELEASE_TEXT_ENCODERS)) {
            Request request = Tiny.request(pipeline.model(), 1);
            Result first = pipeline.generate(request);
            tiny.delete(TRANSFORMER).delete(VAE);
            Prompts prompts = pipeline.encode(request);
            tiny.delete(ENCODER);
            assertThat(pipeline.encode(request).positive().stateValues())
                    .as("still loaded")
                    .isEqualTo(prompts.positive().stateValues());
            assertThat(pipeline.denoise(request, prompts)).isEqualTo(first.latents());
            assertThat(pipeline.still(first.latents()).rgb())
                    .isEqualTo(first.picture().rgb());
            assertFreed("text_encoder_2", () -> pipeline.encode(request));
        }
    }

    @Test
    void sequence_holdsOneAtATime() {
        TinyFolder tiny = tiny();
        try (Pipeline pipeline = Tiny.pipeline(tiny.path(), Residency.SEQUENCE)) {
            Request request = Tiny.request(pipeline.model(), 1);
            Result first = pipeline.generate(request);
            pipeline.encode(request);
            tiny.delete(VAE);
            assertFreed("vae", () -> pipeline.still(first.latents()));
        }
        tiny = TinyFolder.copy(Tiny.PICTURES, temp.resolve("second"));
        try (Pipeline pipeline = Tiny.pipeline(tiny.path(), Residency.SEQUENCE)) {
            Request request = Tiny.request(pipeline.model(), 1);
            Prompts prompts = pipeline.encode(request);
            Latents latents = pipeline.denoise(request, prompts);
            tiny.delete(TRANSFORMER);
            assertThat(pipeline.denoise(request, prompts)).as("still loaded").isEqualTo(latents);
            pipeline.still(latents);
            assertFreed("transformer", () -> pipeline.denoise(request, prompts));
            tiny.delete(ENCODER);
            assertFreed("text_encoder_2", () -> pipeline.encode(request));
        }
    }

    /** A preview is decoded beside the transformer, which must not be freed under the run. */
    @ParameterizedTest
    @ValueSource(strings = {Tiny.PICTURES, Tiny.VIDEOS})
    void still_fromAListener_disturbsNoRun(String name) {
        try (Pipeline pipeline = Tiny.pipeline(name, Residency.SEQUENCE)) {
            Request request = Tiny.request(pipeline.model(), 1);
            Result plain = pipeline.generate(request);
            Picture still = pipeline.still(plain.latents());
            List<Step> steps = new ArrayList<>();
            List<Picture> previews = new ArrayList<>();
            Result watched = pipeline.generate(
                    request,
                    step -> {
                        steps.add(step);
                        previews.add(pipeline.still(step.clean()));
                        pipeline.encode(request);
                    },
                    new Cancellation());
            assertThat(watched.latents()).isEqualTo(plain.latents());
            assertThat(previews).hasSize(request.forwards());
            Picture last = previews.get(previews.size() - 1);
            assertThat(last.rgb()).isEqualTo(still.rgb());
            assertThat(previews.get(0).rgb()).isNotEqualTo(last.rgb());
            assertThat(steps).hasSize(request.forwards());
        }
    }

    /** A run inside a run, of one listener, leaves the outer one's parts alone too. */
    @Test
    void denoise_insideADenoise_disturbsNoRun() {
        try (Pipeline pipeline = Tiny.pipeline(Tiny.PICTURES, Residency.SEQUENCE)) {
            Request request = Tiny.request(pipeline.model(), 1);
            Prompts prompts = pipeline.encode(request);
            Latents plain = pipeline.denoise(request, prompts);
            List<Latents> inner = new ArrayList<>();
            Latents outer = pipeline.denoise(
                    request,
                    prompts,
                    step -> {
                        inner.add(pipeline.denoise(request, prompts));
                        pipeline.still(step.clean());
                    },
                    new Cancellation());
            assertThat(outer).isEqualTo(plain);
            assertThat(inner).hasSize(request.forwards()).containsOnly(plain);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Tiny.PICTURES, Tiny.VIDEOS})
    void fitting_takesTheFirstThatFitsInto70Percent(String name) {
        Model model = Tiny.model(name);
        List<MemoryUse> uses =
                model.memory(model.planner().named("bottleneck", Planner.Size.DEFAULT), Tiny.FLOAT32, Residency.KEEP);
        long working = uses.stream().mapToLong(MemoryUse::working).max().orElseThrow();
        long encoders = stored(model, 1) + stored(model, 2);
        long others = stored(model, 0) + stored(model, 3);
        long all = encoders + others + working;
        long oneByOne = Math.max(encoders, others + working);
        assertThat(all).isGreaterThan(oneByOne);

        assertThat(fitting(model, all * 100 / 70 + 200)).isEqualTo(Residency.KEEP);
        assertThat(fitting(model, all * 100 / 70 - 200)).isEqualTo(Residency.RELEASE_TEXT_ENCODERS);
        assertThat(fitting(model, oneByOne * 100 / 70 + 200)).isEqualTo(Residency.RELEASE_TEXT_ENCODERS);
        long largest = Math.max(encoders, stored(model, 0));
        assertThat(fitting(model, Math.min(oneByOne - 100, largest) * 100 / 70 + 200))
                .isEqualTo(Residency.SEQUENCE);
        assertThat(fitting(model, largest * 100 / 70 - 200)).isEqualTo(Residency.STREAM);
        assertThat(fitting(model, 0)).isEqualTo(Residency.STREAM);
        assertThat(fitting(model, Long.MAX_VALUE)).isEqualTo(Residency.KEEP);
        assertThat(Residency.PERCENT).isEqualTo(70);
    }

    /** Caches inside the blocks, which leave some out, meet blocks that are not in memory. */
    @ParameterizedTest
    @CsvSource({
        "tiny-a, toca",
        "tiny-a, duca",
        "tiny-a, firstblock",
        "hunyuan-a, toca-paper",
        "hunyuan-a, taylor:feature=hidden"
    })
    void generate_streamedWithACache_makesTheSameBits(String name, String cache) {
        try (Pipeline keeping = Tiny.pipeline(name, Residency.KEEP);
                Pipeline streaming = Tiny.pipeline(name, Residency.STREAM)) {
            Result expected = keeping.generate(cached(keeping, cache));
            assertThat(streaming.generate(cached(streaming, cache)).latents()).isEqualTo(expected.latents());
        }
    }

    private static Request cached(Pipeline pipeline, String cache) {
        Request request = Tiny.request(pipeline.model(), 1);
        return request.withPlan(request.plan().withCache(Caches.parse(cache)));
    }

    @Test
    void stream_holdsLessThanOneAtATime() {
        Model model = Tiny.model(Tiny.VIDEOS);
        Plan plan = model.planner().named("bottleneck", Planner.Size.DEFAULT);
        List<MemoryUse> one = model.memory(plan, Tiny.FLOAT32, Residency.SEQUENCE);
        List<MemoryUse> streamed = model.memory(plan, Tiny.FLOAT32, Residency.STREAM);
        assertThat(streamed)
                .extracting(MemoryUse::working)
                .isEqualTo(one.stream().map(MemoryUse::working).toList());
        for (int i = 0; i < one.size() - 1; i++) {
            assertThat(streamed.get(i).weights()).isLessThan(one.get(i).weights());
        }
        assertThat(streamed.get(one.size() - 1)).as("decoding").isEqualTo(one.get(one.size() - 1));
    }

    @Test
    void requireRoom_withTooLittle_saysWhatIsNeededAndWhatHelps() {
        Model model = Tiny.model(Tiny.PICTURES);
        Plan plan = model.planner().named("bottleneck", Planner.Size.DEFAULT);
        MemoryUse most = MemoryUse.largest(model.memory(plan, Tiny.FLOAT32, Residency.STREAM));
        Residency.requireRoom(model, plan, Tiny.FLOAT32, most.bytes());
        assertThatThrownBy(() -> Residency.requireRoom(model, plan, Tiny.FLOAT32, most.bytes() - 1))
                .isInstanceOf(DeviceException.class)
                .hasMessageMatching("memory: " + most.part()
                        + " needs 0\\.0 GB, 0\\.0 GB are free; use a smaller size(, or a 16-bit dtype)?");
    }

    @Test
    void forOneBatch_letsTextEncodersGo() {
        assertThat(Residency.KEEP.forOneBatch()).isEqualTo(Residency.RELEASE_TEXT_ENCODERS);
        assertThat(Residency.SEQUENCE.forOneBatch()).isEqualTo(Residency.SEQUENCE);
    }

    private static Residency fitting(Model model, long available) {
        return Residency.fitting(model, Tiny.FLOAT32, available);
    }

    /** Bytes of a component in float32, of what its files hold. */
    private static long stored(Model model, int component) {
        return model.components().get(component).infos().values().stream()
                .mapToLong(info -> info.numel() * 4)
                .sum();
    }

    /** A GPU's memory is not asked. */
    @Test
    void fitting_onAGpu_releasesTheTextEncoders() {
        Execution gpu = new Execution(Device.parse("cuda"), DType.BFLOAT16);
        assertThat(Residency.fitting(Tiny.model(Tiny.PICTURES), gpu)).isEqualTo(Residency.RELEASE_TEXT_ENCODERS);
    }

    @Test
    void pipeline_ofATinyModel_keepsAll() {
        try (Pipeline pipeline = Tiny.model(Tiny.PICTURES).pipeline(Tiny.FLOAT32)) {
            assertThat(pipeline.residency()).isEqualTo(Residency.KEEP);
        }
    }

    @Test
    void withRandomPrompt_decodingInside_keepsTheTransformer() {
        try (Pipeline pipeline = Tiny.pipeline(Tiny.PICTURES, Residency.SEQUENCE)) {
            Request request = Tiny.request(pipeline.model(), 1);
            Latents zeros =
                    Latents.zeros(request.plan().stages().stages().get(0).shape());
            Latents velocity = pipeline.withRandomPrompt(List.of(1.0), new Cancellation(), model -> {
                pipeline.still(zeros);
                assertThatThrownBy(pipeline::close).hasMessageContaining("is running");
                return model.velocity(zeros, 1.0);
            });
            assertThat(velocity.shape()).isEqualTo(zeros.shape());
        }
    }
}
