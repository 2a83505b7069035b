package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.NonFiniteLatentsException;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.FolderException;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.text.PromptTemplate;
import io.bottleneck4j.models.vae.NonFinitePictureException;
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

class VideoPipelineTest {
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

    private static Pipeline open() {
        return open(Golden.folder("hunyuan-a"));
    }

    private static Pipeline open(Path folder) {
        return Model.open(folder).pipeline(FLOAT32);
    }

    private static Request request(Pipeline hunyuan, long seed) {
        return hunyuan.model()
                .request("a red fox")
                .seed(seed)
                .maxSequenceLength(32)
                .plan(hunyuan.model().planner().written(SHORT))
                .build();
    }

    private static List<ByteBuffer> frames(Pipeline hunyuan, long seed) {
        return hunyuan.generate(request(hunyuan, seed)).frames().stream()
                .map(frame -> ByteBuffer.wrap(frame.rgb()))
                .toList();
    }

    @Test
    void request_withoutSettings_hasTheModelsDefaults() {
        try (Pipeline hunyuan = open()) {
            Request request = hunyuan.model().request("a cat").build();
            assertThat(request)
                    .returns("a cat", Request::prompt)
                    .returns("", Request::negativePrompt)
                    .returns(1.0, Request::trueCfgScale)
                    .returns(6.0, Request::guidance)
                    .returns(0L, Request::seed)
                    .returns(hunyuan.model().planner().named("bottleneck", Planner.Size.DEFAULT), Request::plan)
                    .returns(256, Request::maxSequenceLength);
            assertThat(request.frames()).isEqualTo(129);
            assertThat(request.video().fps()).isEqualTo(24);
            assertThat(request.video().template()).isEqualTo(PromptTemplate.HUNYUAN_VIDEO);
            assertThat(hunyuan.model().usesGuidance()).isTrue();
        }
    }

    @Test
    void request_ofAFolderWithAdvice_hasItsDefaults() {
        TinyFolder tiny = TinyFolder.copy("hunyuan-a", temp)
                .write("bottleneck4j.yaml", "width: 64\nheight: 48\nframes: 17\nguidance: 4\n");
        try (Pipeline hunyuan = open(tiny.path())) {
            Request request = hunyuan.model().request("a cat").fps(8).build();
            assertThat(request.frames()).isEqualTo(17);
            assertThat(request.plan().width()).isEqualTo(64);
            assertThat(request.guidance()).isEqualTo(4);
            assertThat(request.video().fps()).isEqualTo(8);
            assertThat(request.withSeed(3).seed()).isEqualTo(3);
            assertThat(request.withPlan(hunyuan.model().planner().written(SHORT))
                            .frames())
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
        try (Pipeline hunyuan = open()) {
            Planner.Size size = Planner.Size.of(width, height).withFrames(frames);
            assertThatThrownBy(() -> hunyuan.model().planner().named("bottleneck", size))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void request_withAPicturesPlan_isRefused() {
        try (Pipeline hunyuan = open()) {
            Plan picture = Model.open(Golden.folder("tiny-a")).planner().named("baseline", Planner.Size.of(64, 64));
            assertThatThrownBy(
                            () -> hunyuan.model().request("a cat").plan(picture).build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("plan: 'baseline' makes a picture, not a video; take one from the pipeline's planner");
        }
    }

    @Test
    void encode_longPrompt_saysWhatWasCut() {
        try (Pipeline hunyuan = open()) {
            String words = "fox ".repeat(120).strip();
            assertThat(hunyuan.encode(hunyuan.model().request("a fox").build())
                            .positive()
                            .truncations())
                    .isEmpty();
            PromptEmbeds cut = hunyuan.encode(
                            hunyuan.model().request(words).maxSequenceLength(40).build())
                    .positive();
            assertThat(cut.truncations())
                    .extracting(PromptEmbeds.Truncation::encoder, PromptEmbeds.Truncation::tokens)
                    .containsExactly(tuple("Llama", 40), tuple("CLIP", 77));
            assertThat(cut.truncations().get(0).needed()).isGreaterThan(120);
        }
    }

    @Test
    void encode_templateThatIsCutOffWhole_isRefused() {
        try (Pipeline hunyuan = open()) {
            Request request = hunyuan.model()
                    .request("a fox")
                    .template(new PromptTemplate("{}", OptionalInt.of(50)))
                    .build();
            assertThatThrownBy(() -> hunyuan.encode(request))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageMatching("prompt-template: crop start 50 cuts off all \\d+ tokens; say fewer");
        }
    }

    @Test
    void generate_twice_isTheSameBitForBit() {
        try (Pipeline hunyuan = open()) {
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
    void denoise_byResidency_releasesTheTextEncodersFirst() {
        TinyFolder tiny = TinyFolder.copy("hunyuan-a", temp);
        try (Pipeline hunyuan = Model.open(tiny.path()).pipeline(FLOAT32, Residency.RELEASE_TEXT_ENCODERS)) {
            Request request = request(hunyuan, 1);
            Prompts prompts = hunyuan.encode(request);
            tiny.delete("text_encoder/model.safetensors");
            assertThat(hunyuan.encode(request).positive().truncations())
                    .as("still loaded")
                    .isEmpty();
            hunyuan.denoise(request, prompts);
            assertThatThrownBy(() -> hunyuan.encode(request))
                    .isInstanceOf(FolderException.class)
                    .hasMessageContaining("text_encoder: holds no weights");
        }
    }

    @Test
    void denoise_cancelledByItsListener_stopsAtOnceAndCanGoOn() {
        try (Pipeline hunyuan = open()) {
            Request request = request(hunyuan, 1);
            Prompts prompts = hunyuan.encode(request);
            Latents whole = hunyuan.denoise(request, prompts);
            long before = Libtorch.livePointers();
            List<Step> steps = new ArrayList<>();
            assertThatThrownBy(() -> hunyuan.denoise(
                            request,
                            prompts,
                            step -> {
                                steps.add(step);
                                if (steps.size() == 3) {
                                    throw new CancellationException("enough");
                                }
                            },
                            new Cancellation()))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("enough");
            assertThat(steps).hasSize(3);
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
            assertThat(hunyuan.denoise(request, prompts)).isEqualTo(whole);
        }
    }

    @Test
    void denoise_withNanInTheWeights_namesStageAndStep() {
        TinyFolder broken = TinyFolder.copy("hunyuan-a", temp)
                .poke("transformer/diffusion_pytorch_model.safetensors", "proj_out.bias", Float.NaN);
        try (Pipeline hunyuan = open(broken.path())) {
            assertThatThrownBy(() -> hunyuan.denoise(request(hunyuan, 1), hunyuan.encode(request(hunyuan, 1))))
                    .isInstanceOf(NonFiniteLatentsException.class)
                    .hasMessageStartingWith(
                            "velocity: NaN or infinity at stage 1 of 3 ([4, 2, 4, 6]), step 1 of 2; use");
        }
    }

    @Test
    void decode_withNanInTheWeights_saysSoInsteadOfBlack() {
        TinyFolder broken = TinyFolder.copy("hunyuan-a", temp)
                .poke("vae/diffusion_pytorch_model.safetensors", "decoder.conv_out.conv.bias", Float.NaN);
        try (Pipeline hunyuan = open(broken.path())) {
            Latents latents = Latents.zeros(SHAPE);
            assertThatThrownBy(() -> hunyuan.decode(latents, frame -> {}))
                    .isInstanceOf(NonFinitePictureException.class);
        }
    }

    @Test
    void decode_sinkThatFails_stopsAndThrowsItsError() {
        try (Pipeline hunyuan = open()) {
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
        Model model = Model.open(Golden.folder("hunyuan-a"));
        try (Pipeline hunyuan = Pipeline.open(model, FLOAT32, Residency.KEEP, 40 * 4)) {
            Request request = hunyuan.model()
                    .request("x")
                    .maxSequenceLength(16)
                    .plan(hunyuan.model()
                            .planner()
                            .written(new PlanSpec("wide", List.of(new StageSpec(320, 32, 1, 1, 7)))
                                    .withFrames(OptionalInt.of(1))))
                    .build();
            latents = hunyuan.denoise(request, hunyuan.encode(request));
            hunyuan.decode(latents, frame -> whole.add(ByteBuffer.wrap(frame.rgb())));
        }
        try (Pipeline hunyuan = Pipeline.open(model, FLOAT32, Residency.KEEP, 40 * 4 - 1)) {
            List<ByteBuffer> tiled = new ArrayList<>();
            List<ByteBuffer> asked = new ArrayList<>();
            hunyuan.decode(latents, frame -> tiled.add(ByteBuffer.wrap(frame.rgb())));
            hunyuan.decode(latents, 256, frame -> asked.add(ByteBuffer.wrap(frame.rgb())), new Cancellation());
            assertThat(tiled.get(0).limit()).isEqualTo(320 * 32 * 3);
            assertThat(tiled).hasSameSizeAs(whole).isNotEqualTo(whole);
            assertThat(asked).isEqualTo(tiled);
        }
    }

    @Test
    void close_freesEverything() {
        try (Pipeline once = open()) {
            frames(once, 1); // classes and native one-off state
        }
        long before = Libtorch.livePointers();
        try (Pipeline hunyuan = open()) {
            frames(hunyuan, 1);
        }
        assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
    }
}
