package io.bottleneck4j.pipeline.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.bottleneck4j.core.cache.Caches;
import io.bottleneck4j.core.latent.LatentShape;
import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.sampling.Forward;
import io.bottleneck4j.core.sampling.Shift;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.models.RandomWeights;
import io.bottleneck4j.models.flux.FluxConfig;
import io.bottleneck4j.models.flux.FluxFlops;
import io.bottleneck4j.models.flux.FluxTransformer2DModel;
import io.bottleneck4j.models.flux.FluxVelocity;
import io.bottleneck4j.models.mmdit.Beside;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.MatrixProducts;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The formula against the paper's figures, numbers computed by hand, and the products the Java model really issues. */
class FluxFlopsTest {
    private static final FluxConfig DEV = new FluxConfig(64, 64, 19, 38, 128, 24, 4096, 768, true, List.of(16, 56, 56));
    private static final FluxConfig SCHNELL =
            new FluxConfig(64, 64, 19, 38, 128, 24, 4096, 768, false, List.of(16, 56, 56));
    private static final FluxConfig TINY = new FluxConfig(16, 16, 2, 3, 8, 2, 14, 12, true, List.of(2, 2, 4));
    private static final FluxConfig MEDIUM = new FluxConfig(64, 64, 4, 8, 64, 8, 256, 128, false, List.of(8, 28, 28));
    /** As many blocks as FLUX.1-dev, but narrow. */
    private static final FluxConfig DEEP = new FluxConfig(64, 64, 19, 38, 8, 2, 24, 12, true, List.of(2, 2, 4));

    @Test
    void flops_ofFluxDev_areThePapers() {
        FluxFlops flux = new FluxFlops(DEV, 512);
        assertThat(FlopFormat.text(flux.flops(square(1024)))).isEqualTo("74.385 T"); // 3719.50 T for 50 in the paper
        assertThat(FlopFormat.text(flux.flops(square(512)))).isEqualTo("21.503 T");
        assertThat(flux.flops(square(1024)) / flux.flops(square(512))).isCloseTo(3.46, within(0.005));
        assertThat(50 * flux.flops(square(1024)) / 3719.50e12).isCloseTo(1, within(1e-4));
    }

    @Test
    void flops_ofFluxDevLayers_areEquation11() {
        double s = 4096 + 512;
        double d = 3072;
        double layers = 57 * (24 * s * d * d + 4 * s * s * d);
        assertThat(FlopFormat.text(layers)).isEqualTo("74.362 T");
        double beside = 2.0 * 4096 * 64 * 3072 * 2 // x_embedder and proj_out
                + 2.0 * 512 * 4096 * 3072 // context_embedder
                + 2 * 3072.0 * 3072 * (19 * 2 * 6 + 38 * 3 + 2) // modulation
                + 2 * (2 * (256.0 * 3072 + 3072.0 * 3072) + 768.0 * 3072 + 3072.0 * 3072); // time, guidance, text
        assertThat(new FluxFlops(DEV, 512).flops(square(1024))).isCloseTo(layers + beside, within(1e3));
    }

    @Test
    void flops_withoutGuidance_lackItsTwoLayers() {
        double dev = new FluxFlops(DEV, 256).flops(square(1024));
        double schnell = new FluxFlops(SCHNELL, 256).flops(square(1024));
        assertThat(dev - schnell).isCloseTo(2 * (256.0 * 3072 + 3072.0 * 3072), within(1e5));
    }

    @Test
    void flops_ofTinyModel_areTheSumByHand() {
        // D 16, 5 text and 2 × 3 image tokens: S 11
        double layers = 5 * (24 * 11 * 16.0 * 16 + 4 * 11 * 11 * 16);
        double embedders = 2 * 6 * 16 * 16 * 2 + 2 * 5 * 14 * 16;
        double modulation = 2 * 16 * 16.0 * (2 * 2 * 6 + 3 * 3 + 2);
        double conditioning = 2 * (2 * (256 * 16 + 16 * 16) + 12 * 16 + 16 * 16);
        assertThat(new FluxFlops(TINY, 5).flops(new LatentShape(4, 1, 4, 6)))
                .isEqualTo(layers + embedders + modulation + conditioning);
    }

    @Test
    void new_withoutText_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FluxFlops(TINY, 0))
                .withMessage("text tokens: must be at least 1, not 0");
    }

    static Stream<Arguments> models() {
        return Stream.of(
                Arguments.of(DEEP, DType.FLOAT32, new LatentShape(16, 1, 8, 8), 7),
                Arguments.of(TINY, DType.FLOAT32, new LatentShape(4, 1, 4, 6), 5),
                Arguments.of(TINY, DType.BFLOAT16, new LatentShape(4, 1, 4, 6), 5),
                Arguments.of(MEDIUM, DType.FLOAT32, new LatentShape(16, 1, 32, 32), 64),
                Arguments.of(MEDIUM, DType.BFLOAT16, new LatentShape(16, 1, 32, 32), 64));
    }

    /** All that a forward multiplies is counted, so the count is the formula's to the last product, not within 1 % only. */
    @ParameterizedTest
    @MethodSource("models")
    void flops_ofRunningModel_areThoseItIssues(FluxConfig config, DType dtype, LatentShape shape, int text) {
        try (Weights.Loaded<FluxTransformer2DModel> loaded = loaded(config, dtype);
                Noise noise = Noise.seeded(2);
                Scope scope = Scope.open()) {
            Tensor states = noise.randn(1, text, config.jointAttentionDim());
            Tensor pooled = noise.randn(1, config.pooledProjectionDim());
            MatrixProducts issued = MatrixProducts.of(() -> run(loaded.model(), states, pooled, dtype, shape));
            assertThat(issued.flops()).as(issued.toString()).isEqualTo(new FluxFlops(config, text).flops(shape));
        }
    }

    /**
     * Each step of a stage with a cache multiplies as much less than a plain step as the formula says: what text and noise levels
     * take is bound beforehand, in both.
     */
    @ParameterizedTest
    @CsvSource({
        "toca-paper, DEEP, FLOAT32",
        "toca:every=3, DEEP, FLOAT32",
        "toca:every=3:fresh=0.3, MEDIUM, BFLOAT16",
        "duca, DEEP, FLOAT32",
        "duca, MEDIUM, BFLOAT16",
        "taylor:feature=hidden, MEDIUM, FLOAT32",
        "taylor, MEDIUM, FLOAT32"
    })
    @Tag("slow")
    void flops_ofStepsWithCache_areThoseTheyIssue(String name, String model, DType dtype) {
        StepCache cache = Caches.parse(name);
        boolean deep = model.equals("DEEP");
        FluxConfig config = deep ? DEEP : MEDIUM;
        LatentShape shape = deep ? new LatentShape(16, 1, 20, 20) : new LatentShape(16, 1, 16, 16);
        int text = deep ? 30 : 16;
        TimestepSchedule schedule = TimestepSchedule.shifted(9, new Shift.Constant(3), shape);
        FluxFlops formula = new FluxFlops(config, text);
        List<Forward> work = cache.forwards(schedule.steps());
        assertThat(work).contains(Forward.FULL).containsAnyOf(Forward.PARTIAL, Forward.SKIPPED);

        try (Weights.Loaded<FluxTransformer2DModel> loaded = loaded(config, dtype);
                Noise noise = Noise.seeded(2);
                Scope scope = Scope.open();
                FluxVelocity plain = new FluxVelocity(
                        loaded.model(),
                        noise.randn(1, text, config.jointAttentionDim()),
                        noise.randn(1, config.pooledProjectionDim()),
                        3.5,
                        schedule.sigmas().subList(0, schedule.steps()),
                        dtype,
                        Device.CPU)) {
            Latents x = Latents.zeros(shape);
            double whole = MatrixProducts.of(() -> plain.velocity(x, schedule.sigma(0)))
                    .flops();
            StepCache.Run run = cache.start(plain, schedule);
            for (int i = 0; i < schedule.steps(); i++) {
                double sigma = schedule.sigma(i);
                MatrixProducts issued = MatrixProducts.of(() -> run.velocity(x, sigma));
                assertThat(run.last()).isEqualTo(work.get(i));
                double less = formula.flops(shape) - formula.flops(shape, cache, work.get(i));
                boolean unasked = less == formula.flops(shape); // the bound part too was in vain
                assertThat(issued.flops()).as(i + ": " + issued).isEqualTo(unasked ? 0 : whole - less);
            }
        }
    }

    /** A reference of the latents' size goes through every block; it is embedded, and not projected. */
    @Test
    void flops_withAReference_areThoseItIssues() {
        LatentShape shape = new LatentShape(4, 1, 4, 6);
        try (Weights.Loaded<FluxTransformer2DModel> loaded = loaded(TINY, DType.FLOAT32);
                Noise noise = Noise.seeded(2);
                Scope scope = Scope.open();
                FluxVelocity bound = new FluxVelocity(
                        loaded.model(),
                        noise.randn(1, 5, TINY.jointAttentionDim()),
                        noise.randn(1, TINY.pooledProjectionDim()),
                        3.5,
                        List.of(0.5),
                        DType.FLOAT32,
                        Device.CPU)) {
            Latents x = Latents.zeros(shape);
            double alone = MatrixProducts.of(() -> bound.velocity(x, 0.5)).flops();
            bound.see(any -> new Beside(null, x));
            double both = MatrixProducts.of(() -> bound.velocity(x, 0.5)).flops();
            assertThat(both - alone)
                    .isEqualTo(new FluxFlops(TINY, 5, 2).flops(shape) - new FluxFlops(TINY, 5).flops(shape));
        }
    }

    private static Weights.Loaded<FluxTransformer2DModel> loaded(FluxConfig config, DType dtype) {
        return Weights.load(
                "transformer",
                RandomWeights.of(w -> new FluxTransformer2DModel(config, w)),
                dtype,
                Device.CPU,
                w -> new FluxTransformer2DModel(config, w));
    }

    /** A run of one step: text and noise level go through their layers, then the image. */
    private static void run(
            FluxTransformer2DModel transformer, Tensor states, Tensor pooled, DType dtype, LatentShape shape) {
        try (FluxVelocity model = new FluxVelocity(transformer, states, pooled, 3.5, List.of(0.5), dtype, Device.CPU)) {
            model.velocity(Latents.zeros(shape), 0.5);
        }
    }

    private static LatentShape square(int pixels) {
        return new LatentShape(16, 1, pixels / 8, pixels / 8);
    }
}
