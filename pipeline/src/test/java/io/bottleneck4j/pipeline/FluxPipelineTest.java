package io.bottleneck4j.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.NonFiniteLatentsException;
import io.bottleneck4j.core.sampling.SamplingListener;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
import io.bottleneck4j.models.folder.ModelFolder;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.models.vae.NonFinitePictureException;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import io.bottleneck4j.pipeline.plan.Planner;
import io.bottleneck4j.pipeline.plan.StageSpec;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.DeviceException;
import io.bottleneck4j.torch.Libtorch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FluxPipelineTest {
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);
    private static final PlanSpec SHORT = new PlanSpec(
            "short",
            List.of(
                    new StageSpec(64, 64, 2, 1, 3),
                    new StageSpec(32, 32, 3, 0.8, 2),
                    new StageSpec(64, 64, 2, 0.6, 3)));

    @TempDir
    private Path temp;

    private static FluxFolder tiny() {
        return FluxFolder.read(ModelFolder.open(Golden.folder("tiny-a")));
    }

    private static ImageRequest request(FluxPipeline flux, long seed) {
        return flux.request("a red fox")
                .seed(seed)
                .maxSequenceLength(16)
                .plan(flux.planner().written(SHORT))
                .build();
    }

    @Test
    void generate_twice_isTheSameBitForBit() {
        try (FluxPipeline flux = FluxPipeline.open(tiny(), FLOAT32)) {
            List<Step> steps = new ArrayList<>();
            Picture first = flux.generate(request(flux, 5), steps::add);
            assertThat(steps).hasSize(SHORT.stages().size() + 4);
            assertThat(first.width()).isEqualTo(64);
            assertThat(first.height()).isEqualTo(64);
            flux.releaseTextEncoders();
            flux.releaseTextEncoders();
            assertThat(flux.generate(request(flux, 5), SamplingListener.NONE).rgb())
                    .as("with encoders loaded again")
                    .isEqualTo(first.rgb());
            assertThat(flux.generate(request(flux, 6), SamplingListener.NONE).rgb())
                    .isNotEqualTo(first.rgb());
            for (Timings.Phase phase : Timings.Phase.values()) {
                assertThat(flux.timings().seconds(phase)).as(phase.name()).isPositive();
            }
        }
    }

    @Test
    void denoise_cancelledByItsListener_stopsAtOnceAndCanGoOn() {
        try (FluxPipeline flux = FluxPipeline.open(tiny(), FLOAT32)) {
            ImageRequest request = request(flux, 1);
            Prompts prompts = flux.encode(request);
            Latents whole = flux.denoise(request, prompts, SamplingListener.NONE);
            long before = Libtorch.livePointers();
            List<Step> steps = new ArrayList<>();
            assertThatThrownBy(() -> flux.denoise(request, prompts, step -> {
                        steps.add(step);
                        if (steps.size() == 3) {
                            throw new CancellationException("enough");
                        }
                    }))
                    .isInstanceOf(CancellationException.class)
                    .hasMessage("enough");
            assertThat(steps).hasSize(3);
            assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
            assertThat(flux.denoise(request, prompts, SamplingListener.NONE)).isEqualTo(whole);
        }
    }

    @Test
    void denoise_withNanInTheWeights_namesStageAndStep() {
        TinyFolder broken = TinyFolder.copy("tiny-a", temp)
                .poke("transformer/diffusion_pytorch_model.safetensors", "proj_out.bias", Float.NaN);
        try (FluxPipeline flux = FluxPipeline.open(FluxFolder.read(ModelFolder.open(broken.path())), FLOAT32)) {
            ImageRequest request = request(flux, 1);
            assertThatThrownBy(() -> flux.generate(request, SamplingListener.NONE))
                    .isInstanceOf(NonFiniteLatentsException.class)
                    .hasMessageStartingWith(
                            "velocity: NaN or infinity at stage 1 of 3 ([4, 1, 8, 8]), step 1 of 2; use");
        }
    }

    @Test
    void decode_withNanInTheWeights_saysSoInsteadOfBlack() {
        TinyFolder broken = TinyFolder.copy("tiny-a", temp)
                .poke("vae/diffusion_pytorch_model.safetensors", "decoder.conv_out.bias", Float.NaN);
        try (FluxPipeline flux = FluxPipeline.open(FluxFolder.read(ModelFolder.open(broken.path())), FLOAT32)) {
            Latents latents = flux.denoise(request(flux, 1), flux.encode(request(flux, 1)), SamplingListener.NONE);
            assertThatThrownBy(() -> flux.decode(latents)).isInstanceOf(NonFinitePictureException.class);
        }
    }

    @Test
    void decode_aboveTheThreshold_isTiled() {
        ImageRequest request;
        Latents latents;
        Picture whole;
        try (FluxPipeline flux = FluxPipeline.open(tiny(), FLOAT32)) {
            request = flux.request("x")
                    .maxSequenceLength(8)
                    .plan(flux.planner().baseline(Planner.Size.of(128, 96), OptionalInt.of(2), OptionalDouble.empty()))
                    .build();
            latents = flux.denoise(request, flux.encode(request), SamplingListener.NONE);
            whole = flux.decode(latents);
        }
        try (FluxPipeline flux = FluxPipeline.open(tiny(), FLOAT32, 16 * 12)) {
            assertThat(flux.decode(latents).rgb()).as("at the threshold").isEqualTo(whole.rgb());
        }
        try (FluxPipeline flux = FluxPipeline.open(tiny(), FLOAT32, 16 * 12 - 1)) {
            Picture tiled = flux.decode(latents);
            assertThat(tiled.width()).isEqualTo(128);
            assertThat(tiled.height()).isEqualTo(96);
            assertThat(tiled.rgb()).isNotEqualTo(whole.rgb());
        }
    }

    @Test
    void close_freesEverything() {
        generateOnce(1); // classes and native one-off state
        long before = Libtorch.livePointers();
        generateOnce(2);
        assertThat(Libtorch.livePointers()).isLessThanOrEqualTo(before);
    }

    private static void generateOnce(long seed) {
        FluxPipeline flux = FluxPipeline.open(tiny(), FLOAT32);
        flux.generate(request(flux, seed), SamplingListener.NONE);
        flux.close();
        flux.close();
    }

    @Test
    void generate_tenTimes_leavesNoNativeObject() {
        try (FluxPipeline flux = FluxPipeline.open(tiny(), FLOAT32)) {
            flux.generate(request(flux, 0), SamplingListener.NONE);
            long pointers = Libtorch.livePointers();
            for (int i = 0; i < 10; i++) {
                flux.generate(request(flux, i), SamplingListener.NONE);
                // fewer, where the collector frees what earlier tests dropped
                assertThat(Libtorch.livePointers()).as("after image " + i).isLessThanOrEqualTo(pointers);
            }
        }
    }

    @Test
    @Tag("slow")
    void generate_aHundredTimes_keepsMemoryFlat() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms96m",
                        "-Xmx96m",
                        "-XX:+AlwaysPreTouch",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        HundredImages.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String[] growth = new String(process.getInputStream().readAllBytes(), UTF_8)
                .strip()
                .split(" ");
        assertThat(growth).hasSize(2);
        assertThat(Long.parseLong(growth[0])).as("native objects").isZero();
        assertThat(Long.parseLong(growth[1])).as("resident bytes").isLessThan(24L << 20);
    }

    @Test
    void generate_inBfloat16_looksLikeFloat32() {
        FluxFolder emoji = FluxFolder.read(ModelFolder.open(Path.of("../emoji-flux")));
        byte[] expected = smallEmoji(emoji, DType.FLOAT32);
        byte[] actual = smallEmoji(emoji, DType.BFLOAT16);
        assertThat(actual).hasSameSizeAs(expected);
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            sum += Math.abs((expected[i] & 0xff) - (actual[i] & 0xff));
        }
        assertThat(sum / expected.length).as("mean difference in levels").isBetween(1e-9, 8.0);
    }

    private static byte[] smallEmoji(FluxFolder emoji, DType dtype) {
        try (FluxPipeline flux = FluxPipeline.open(emoji, new Execution(Device.CPU, dtype))) {
            Plan plan = flux.planner().baseline(Planner.Size.of(96, 96), OptionalInt.of(4), OptionalDouble.empty());
            return flux.generate(
                            flux.request("a red fox on a blue background, 3d style")
                                    .seed(3)
                                    .maxSequenceLength(32)
                                    .plan(plan)
                                    .build(),
                            SamplingListener.NONE)
                    .rgb();
        }
    }

    @Test
    void open_onADeviceThatIsNotThere_isRefused() {
        Device ninth = Device.parse("cuda:99");
        assertThatThrownBy(() -> FluxPipeline.open(tiny(), new Execution(ninth, DType.FLOAT32)))
                .isInstanceOf(DeviceException.class)
                .hasMessageStartingWith("device: cuda:99 is not available");
    }
}
