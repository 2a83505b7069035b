package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.NonFiniteLatentsException;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.models.vae.NonFinitePictureException;
import io.bottleneck4j.models.vae.VideoTiling;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HunyuanVideoPipelineTest {
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);
    private static final LatentShape SHAPE = new LatentShape(4, 2, 4, 6);
    private static final PlanSpec SHORT = new PlanSpec(
                    "short",
                    List.of(
                            new StageSpec(48, 32, 2, 1, 7),
                            new StageSpec(32, 16, 2, 1, 9),
                            new StageSpec(48, 32, 2, 0.5, 9)))
            .withFrames(OptionalInt.of(5));

    @TempDir
    private Path temp;

    private static HunyuanVideoPipeline open() {
        return open(Golden.folder("hunyuan-a"));
    }

    private static HunyuanVideoPipeline open(Path folder) {
        return HunyuanVideoPipeline.open(HunyuanVideoFolder.read(ModelFolder.open(folder)), FLOAT32);
    }

    private static VideoRequest request(HunyuanVideoPipeline hunyuan, long seed) {
        return hunyuan.request("a red fox")
                .seed(seed)
                .maxSequenceLength(32)
                .plan(hunyuan.planner().written(SHORT))
                .build();
    }

    private static List<ByteBuffer> frames(HunyuanVideoPipeline hunyuan, long seed) {
        List<ByteBuffer> frames = new ArrayList<>();
        try {
            hunyuan.generate(
                    request(hunyuan, seed), SamplingListener.NONE, frame -> frames.add(ByteBuffer.wrap(frame.rgb())));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return frames;
    }

    @Test
    void request_withoutSettings_hasTheModelsDefaults() {
        try (HunyuanVideoPipeline hunyuan = open()) {
            VideoRequest request = hunyuan.request("a cat").build();
            assertThat(request.run())
                    .isEqualTo(new ImageRequest(
                            "a cat", "", 1, 6, 0, hunyuan.planner().named("bottleneck", Planner.Size.DEFAULT), 256));
            assertThat(request.frames()).isEqualTo(129);
            assertThat(request.fps()).isEqualTo(24);
            assertThat(request.template()).isEqualTo(PromptTemplate.HUNYUAN_VIDEO);
            assertThat(hunyuan.usesGuidance()).isTrue();
        }
    }

    @Test
    void request_ofAFolderWithAdvice_hasItsDefaults() {
        TinyFolder tiny = TinyFolder.copy("hunyuan-a", temp)
                .write("bottleneck4j.yaml", "width: 64\nheight: 48\nframes: 17\nguidance: 4\n");
        try (HunyuanVideoPipeline hunyuan = open(tiny.path())) {
            VideoRequest request = hunyuan.request("a cat").fps(8).build();
            assertThat(request.frames()).isEqualTo(17);
            assertThat(request.run().plan().width()).isEqualTo(64);
            assertThat(request.run().guidance()).isEqualTo(4);
            assertThat(request.fps()).isEqualTo(8);
            assertThat(request.withSeed(3).run().seed()).isEqualTo(3);
            assertThat(request.withPlan(hunyuan.planner().written(SHORT)).frames())
                    .isEqualTo(5);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "64|48|6|frames: 6 is not 1 more than a multiple of 4; use 5 or 9",
                "64|48|0|frames: must be at least 1, not 0",
                "64|40|5|height: 40 px is not a multiple of 16; use 32 or 48",
                "70|48|5|width: 70 px is not a multiple of 16; use 64 or 80"
            })
    void plan_ofSizesTheModelCannotMake_isRefused(int width, int height, int frames, String message) {
        try (HunyuanVideoPipeline hunyuan = open()) {
            Planner.Size size = Planner.Size.of(width, height).withFrames(frames);
            assertThatThrownBy(() -> hunyuan.planner().named("bottleneck", size))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void request_withAPicturesPlan_isRefused() {
        try (FluxPipeline flux =
                        FluxPipeline.open(FluxFolder.read(ModelFolder.open(Golden.folder("tiny-a"))), FLOAT32);
                HunyuanVideoPipeline hunyuan = open()) {
            Plan picture = flux.planner().named("baseline", Planner.Size.of(64, 64));
            assertThatThrownBy(() -> hunyuan.request("a cat").plan(picture).build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("plan: 'baseline' makes a picture, not a video; take one from the pipeline's planner");
        }
    }

    @Test
    void encode_longPrompt_saysWhatWasCut() {
        try (HunyuanVideoPipeline hunyuan = open()) {
            String words = "fox ".repeat(120).strip();
            assertThat(hunyuan.encode(hunyuan.request("a fox").build())
                            .positive()
                            .truncations())
                    .isEmpty();
            PromptEmbeds cut = hunyuan.encode(
                            hunyuan.request(words).maxSequenceLength(40).build())
                    .positive();
            assertThat(cut.truncations())
                    .extracting(PromptEmbeds.Truncation::encoder, PromptEmbeds.Truncation::tokens)
                    .containsExactly(tuple("Llama", 40), tuple("CLIP", 77));
            assertThat(cut.truncations().get(0).needed()).isGreaterThan(120);
        }
    }

    @Test
    void encode_templateThatIsCutOffWhole_isRefused() {
        try (HunyuanVideoPipeline hunyuan = open()) {
            VideoRequest request = hunyuan.request("a fox")
                    .template(new PromptTemplate("{}", OptionalInt.of(50)))
                    .build();
            assertThatThrownBy(() -> hunyuan.encode(request))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageMatching("prompt-template: crop start 50 cuts off all \\d+ tokens; say fewer");
        }
    }

    @Test
    void generate_twice_isTheSameBitForBit() {
        try (HunyuanVideoPipeline hunyuan = open()) {
            List<ByteBuffer> first = frames(hunyuan, 5);
            assertThat(first).hasSize(5).allMatch(frame -> frame.limit() == 48 * 32 * 3);
            assertThat(frames(hunyuan, 5)).as("with encoders loaded again").isEqualTo(first);
            assertThat(frames(hunyuan, 6)).isNotEqualTo(first);
            for (Timings.Phase phase : Timings.Phase.values()) {
                assertThat(hunyuan.timings().seconds(phase)).as(phase.name()).isPositive();
            }
        }
    }

    /** What was released must be loaded again, which a folder without those weights refuses. */
    @Test
    void denoise_releasesTheTextEncodersFirst() {
        TinyFolder tiny = TinyFolder.copy("hunyuan-a", temp);
        try (HunyuanVideoPipeline hunyuan = open(tiny.path())) {
            VideoRequest request = request(hunyuan, 1);
            Prompts prompts = hunyuan.encode(request);
            tiny.delete("text_encoder/model.safetensors");
            assertThat(hunyuan.encode(request).positive().truncations())
                    .as("still loaded")
                    .isEmpty();
            hunyuan.denoise(request, prompts, SamplingListener.NONE);
            assertThatThrownBy(() -> hunyuan.encode(request))
                    .isInstanceOf(FolderException.class)
                    .hasMessageContaining("text_encoder: holds no weights");
        }
    }

    @Test
    void denoise_cancelledByItsListener_stopsAtOnceAndCanGoOn() {
        try (HunyuanVideoPipeline hunyuan = open()) {
            VideoRequest request = request(hunyuan, 1);
            Prompts prompts = hunyuan.encode(request);
            Latents whole = hunyuan.denoise(request, prompts, SamplingListener.NONE);
            long before = Libtorch.livePointers();
            List<Step> steps = new ArrayList<>();
            assertThatThrownBy(() -> hunyuan.denoise(request, prompts, step -> {
                        steps.add(step);
                        if (steps.size() == 3) {
                            throw new CancellationException("enough");
                        }
                    }))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("enough");
            assertThat(steps).hasSize(3);
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
            assertThat(hunyuan.denoise(request, prompts, SamplingListener.NONE)).isEqualTo(whole);
        }
    }

    @Test
    void denoise_withNanInTheWeights_namesStageAndStep() {
        TinyFolder broken = TinyFolder.copy("hunyuan-a", temp)
                .poke("transformer/diffusion_pytorch_model.safetensors", "proj_out.bias", Float.NaN);
        try (HunyuanVideoPipeline hunyuan = open(broken.path())) {
            assertThatThrownBy(() -> hunyuan.denoise(
                            request(hunyuan, 1), hunyuan.encode(request(hunyuan, 1)), SamplingListener.NONE))
                    .isInstanceOf(NonFiniteLatentsException.class)
                    .hasMessageStartingWith(
                            "velocity: NaN or infinity at stage 1 of 3 ([4, 2, 4, 6]), step 1 of 2; use");
        }
    }

    @Test
    void decode_withNanInTheWeights_saysSoInsteadOfBlack() {
        TinyFolder broken = TinyFolder.copy("hunyuan-a", temp)
                .poke("vae/diffusion_pytorch_model.safetensors", "decoder.conv_out.conv.bias", Float.NaN);
        try (HunyuanVideoPipeline hunyuan = open(broken.path())) {
            Latents latents = Latents.zeros(SHAPE);
            assertThatThrownBy(() -> hunyuan.decode(latents, frame -> {}))
                    .isInstanceOf(NonFinitePictureException.class);
        }
    }

    @Test
    void decode_sinkThatFails_stopsAndThrowsItsError() {
        try (HunyuanVideoPipeline hunyuan = open()) {
            Latents latents = Latents.zeros(SHAPE);
            List<Picture> taken = new ArrayList<>();
            assertThatThrownBy(() -> hunyuan.decode(latents, frame -> {
                        if (taken.size() == 2) {
                            throw new IOException("no space left");
                        }
                        taken.add(frame);
                    }))
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("no space left");
            assertThat(taken).hasSize(2);
        }
    }

    @Test
    void decode_aboveTheThreshold_isTiled() throws IOException {
        Latents latents;
        List<ByteBuffer> whole = new ArrayList<>();
        HunyuanVideoFolder folder = HunyuanVideoFolder.read(ModelFolder.open(Golden.folder("hunyuan-a")));
        try (HunyuanVideoPipeline hunyuan = HunyuanVideoPipeline.open(folder, FLOAT32, 40 * 4)) {
            VideoRequest request = hunyuan.request("x")
                    .maxSequenceLength(16)
                    .plan(hunyuan.planner()
                            .written(new PlanSpec("wide", List.of(new StageSpec(320, 32, 1, 1, 7)))
                                    .withFrames(OptionalInt.of(1))))
                    .build();
            latents = hunyuan.denoise(request, hunyuan.encode(request), SamplingListener.NONE);
            hunyuan.decode(latents, frame -> whole.add(ByteBuffer.wrap(frame.rgb())));
        }
        try (HunyuanVideoPipeline hunyuan = HunyuanVideoPipeline.open(folder, FLOAT32, 40 * 4 - 1)) {
            List<ByteBuffer> tiled = new ArrayList<>();
            List<ByteBuffer> asked = new ArrayList<>();
            hunyuan.decode(latents, frame -> tiled.add(ByteBuffer.wrap(frame.rgb())));
            hunyuan.decodeTiled(latents, VideoTiling.STANDARD, frame -> asked.add(ByteBuffer.wrap(frame.rgb())));
            assertThat(tiled.get(0).limit()).isEqualTo(320 * 32 * 3);
            assertThat(tiled).hasSameSizeAs(whole).isNotEqualTo(whole);
            assertThat(asked).isEqualTo(tiled);
        }
    }

    @Test
    void close_freesEverything() {
        try (HunyuanVideoPipeline once = open()) {
            frames(once, 1); // classes and native one-off state
        }
        long before = Libtorch.livePointers();
        try (HunyuanVideoPipeline hunyuan = open()) {
            frames(hunyuan, 1);
        }
        assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
    }
}
