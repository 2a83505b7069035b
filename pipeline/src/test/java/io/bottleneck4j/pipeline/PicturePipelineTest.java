package io.bottleneck4j.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.NonFiniteLatentsException;
import io.bottleneck4j.core.sampling.Step;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.TinyFolder;
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

class PicturePipelineTest {
    private static final Execution FLOAT32 = new Execution(Device.CPU, DType.FLOAT32);
    private static final PlanSpec SHORT = new PlanSpec(
            "short",
            List.of(
                    new StageSpec(64, 64, 2, 1, 3),
                    new StageSpec(32, 32, 3, 0.8, 2),
                    new StageSpec(64, 64, 2, 0.6, 3)));

    @TempDir
    private Path temp;

    private static Model tiny() {
        return Model.open(Golden.folder("tiny-a"));
    }

    private static Request request(Pipeline flux, long seed) {
        return flux.model()
                .request("a red fox")
                .seed(seed)
                .maxSequenceLength(16)
                .plan(flux.model().planner().written(SHORT))
                .build();
    }

    @Test
    void generate_twice_isTheSameBitForBit() {
        try (Pipeline flux = tiny().pipeline(FLOAT32)) {
            List<Step> steps = new ArrayList<>();
            Picture first = flux.generate(request(flux, 5), steps::add, new Cancellation())
                    .picture();
            assertThat(steps).hasSize(SHORT.stages().size() + 4);
            assertThat(first.width()).isEqualTo(64);
            assertThat(first.height()).isEqualTo(64);
            flux.releaseTextEncoders();
            flux.releaseTextEncoders();
            assertThat(flux.generate(request(flux, 5)).picture().rgb())
                    .as("with encoders loaded again")
                    .isEqualTo(first.rgb());
            assertThat(flux.generate(request(flux, 6)).picture().rgb()).isNotEqualTo(first.rgb());
            for (Timings.Phase phase : Timings.Phase.values()) {
                assertThat(flux.timings().seconds(phase)).as(phase.name()).isPositive();
            }
        }
    }

    @Test
    void denoise_cancelledByItsListener_stopsAtOnceAndCanGoOn() {
        try (Pipeline flux = tiny().pipeline(FLOAT32)) {
            Request request = request(flux, 1);
            Prompts prompts = flux.encode(request);
            Latents whole = flux.denoise(request, prompts);
            long before = Libtorch.livePointers();
            List<Step> steps = new ArrayList<>();
            assertThatThrownBy(() -> flux.denoise(
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
            assertThat(flux.denoise(request, prompts)).isEqualTo(whole);
        }
    }

    @Test
    void denoise_withNanInTheWeights_namesStageAndStep() {
        TinyFolder broken = TinyFolder.copy("tiny-a", temp)
                .poke("transformer/diffusion_pytorch_model.safetensors", "proj_out.bias", Float.NaN);
        try (Pipeline flux = Model.open(broken.path()).pipeline(FLOAT32)) {
            Request request = request(flux, 1);
            assertThatThrownBy(() -> flux.generate(request))
                    .isInstanceOf(NonFiniteLatentsException.class)
                    .hasMessageStartingWith(
                            "velocity: NaN or infinity at stage 1 of 3 ([4, 1, 8, 8]), step 1 of 2; use");
        }
    }

    @Test
    void decode_withNanInTheWeights_saysSoInsteadOfBlack() {
        TinyFolder broken = TinyFolder.copy("tiny-a", temp)
                .poke("vae/diffusion_pytorch_model.safetensors", "decoder.conv_out.bias", Float.NaN);
        try (Pipeline flux = Model.open(broken.path()).pipeline(FLOAT32)) {
            Latents latents = flux.denoise(request(flux, 1), flux.encode(request(flux, 1)));
            assertThatThrownBy(() -> flux.still(latents)).isInstanceOf(NonFinitePictureException.class);
        }
    }

    @Test
    void decode_aboveTheThreshold_isTiled() {
        Request request;
        Latents latents;
        Picture whole;
        try (Pipeline flux = tiny().pipeline(FLOAT32)) {
            request = flux.model()
                    .request("x")
                    .maxSequenceLength(8)
                    .plan(flux.model()
                            .planner()
                            .baseline(Planner.Size.of(128, 96), OptionalInt.of(2), OptionalDouble.empty()))
                    .build();
            latents = flux.denoise(request, flux.encode(request));
            whole = flux.still(latents);
        }
        try (Pipeline flux = Pipeline.open(tiny(), FLOAT32, Residency.KEEP, 16 * 12)) {
            assertThat(flux.still(latents).rgb()).as("at the threshold").isEqualTo(whole.rgb());
        }
        try (Pipeline flux = Pipeline.open(tiny(), FLOAT32, Residency.KEEP, 16 * 12 - 1)) {
            Picture tiled = flux.still(latents);
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
        Pipeline flux = tiny().pipeline(FLOAT32);
        flux.generate(request(flux, seed));
        flux.close();
        flux.close();
    }

    @Test
    void generate_tenTimes_leavesNoNativeObject() {
        try (Pipeline flux = tiny().pipeline(FLOAT32)) {
            flux.generate(request(flux, 0));
            long pointers = Libtorch.livePointers();
            for (int i = 0; i < 10; i++) {
                flux.generate(request(flux, i));
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
        Model emoji = Model.open(Path.of("../emoji-flux"));
        byte[] expected = smallEmoji(emoji, DType.FLOAT32);
        byte[] actual = smallEmoji(emoji, DType.BFLOAT16);
        assertThat(actual).hasSameSizeAs(expected);
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            sum += Math.abs((expected[i] & 0xff) - (actual[i] & 0xff));
        }
        assertThat(sum / expected.length).as("mean difference in levels").isBetween(1e-9, 8.0);
    }

    private static byte[] smallEmoji(Model emoji, DType dtype) {
        try (Pipeline flux = emoji.pipeline(new Execution(Device.CPU, dtype))) {
            Plan plan =
                    flux.model().planner().baseline(Planner.Size.of(96, 96), OptionalInt.of(4), OptionalDouble.empty());
            return flux.generate(flux.model()
                            .request("a red fox on a blue background, 3d style")
                            .seed(3)
                            .maxSequenceLength(32)
                            .plan(plan)
                            .build())
                    .picture()
                    .rgb();
        }
    }

    @Test
    void open_onADeviceThatIsNotThere_isRefused() {
        Device ninth = Device.parse("cuda:99");
        assertThatThrownBy(() -> tiny().pipeline(new Execution(ninth, DType.FLOAT32)))
                .isInstanceOf(DeviceException.class)
                .hasMessageStartingWith("device: cuda:99 is not available");
    }
}
