package io.bottleneck4j.models.flux2;

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
import io.bottleneck4j.models.CacheSteps;
import io.bottleneck4j.models.RandomWeights;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.MatrixProducts;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The formula against a sum by hand, and the products the Java model really issues. */
class Flux2FlopsTest {
    private static final Flux2Transformer2DConfig KLEIN =
            new Flux2Transformer2DConfig(128, 5, 20, 128, 24, 7680, 3, List.of(32, 32, 32, 32), 2000, false);
    private static final Flux2Transformer2DConfig TINY =
            new Flux2Transformer2DConfig(8, 2, 3, 8, 2, 10, 3, List.of(2, 2, 2, 2), 2000, true);
    /** No guidance, and a feed-forward that is rounded down. */
    private static final Flux2Transformer2DConfig MEDIUM =
            new Flux2Transformer2DConfig(16, 1, 2, 64, 3, 48, 2.7, List.of(16, 16, 16, 16), 100, false);

    @Test
    void flops_ofKlein_areTheSumByHand() {
        double d = 3072;
        double s = 4096 + 512;
        double blocks = 25 * (26 * s * d * d + 4 * s * s * d);
        double beside = 2.0 * 4096 * 128 * d * 2 // x_embedder and proj_out
                + 2.0 * 512 * 7680 * d // context_embedder
                + 2 * (256 * d + d * d) // time_guidance_embed
                + 2 * d * d * (6 + 6 + 3 + 2); // modulation and norm_out
        Flux2Flops formula = new Flux2Flops(KLEIN, 512);
        LatentShape shape = new LatentShape(32, 1, 128, 128);
        assertThat(formula.flops(shape)).isCloseTo(blocks + beside, within(1e3));
        assertThat(formula.flops(shape)).isCloseTo(34.820e12, within(1e9));
    }

    @Test
    void new_withoutText_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Flux2Flops(TINY, 0))
                .withMessage("text tokens: must be at least 1, not 0");
    }

    @ParameterizedTest
    @CsvSource({"true, FLOAT32, 12, 14, 5", "true, BFLOAT16, 8, 16, 32", "false, FLOAT32, 20, 32, 40"})
    void flops_ofRunningModel_areThoseItIssues(boolean tiny, DType dtype, int height, int width, int text) {
        Flux2Transformer2DConfig config = tiny ? TINY : MEDIUM;
        LatentShape shape = new LatentShape(config.latentChannels(), 1, height, width);
        try (Weights.Loaded<Flux2Transformer2DModel> loaded = loaded(config, dtype);
                Scope scope = Scope.open()) {
            MatrixProducts issued = MatrixProducts.of(() -> {
                try (BoundVelocity model = bound(loaded.model(), text, List.of(0.5), dtype)) {
                    model.velocity(Latents.zeros(shape), 0.5);
                }
            });
            assertThat(issued.flops()).as(issued.toString()).isEqualTo(new Flux2Flops(config, text).flops(shape));
        }
    }

    /** Each step of a stage with a cache multiplies as much less than a plain step as the formula says. */
    @ParameterizedTest
    @CsvSource({"taylor:feature=hidden, true", "firstblock:threshold=0.99, false", "taylor, true"})
    void flops_ofStepsWithCache_areThoseTheyIssue(String name, boolean tiny) {
        StepCache cache = Caches.parse(name);
        Flux2Transformer2DConfig config = tiny ? TINY : MEDIUM;
        LatentShape shape = new LatentShape(config.latentChannels(), 1, 12, 14);
        TimestepSchedule schedule = TimestepSchedule.shifted(9, new Shift.Constant(3), shape);
        Flux2Flops formula = new Flux2Flops(config, 20);
        try (Weights.Loaded<Flux2Transformer2DModel> loaded = loaded(config, DType.FLOAT32);
                Scope scope = Scope.open();
                BoundVelocity plain = bound(loaded.model(), 20, schedule.sigmas(), DType.FLOAT32)) {
            CacheSteps.assertProducts(plain, cache, schedule, shape, formula);
        }
    }

    @Test
    void partial_ofACacheOfTokens_isRefusedByName() {
        StepCache cache = Caches.parse("toca");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Flux2Flops(TINY, 5).flops(new LatentShape(2, 1, 8, 8), cache, Forward.PARTIAL))
                .withMessage("cache: " + cache
                        + " is not for FLUX.2, whose blocks have other products; use taylor or firstblock");
    }

    private static BoundVelocity bound(Flux2Transformer2DModel model, int text, List<Double> sigmas, DType dtype) {
        try (Noise noise = Noise.seeded(2);
                Scope scope = Scope.open()) {
            return model.velocity(
                    noise.randn(1, text, model.config().jointAttentionDim()),
                    OptionalDouble.of(4),
                    sigmas,
                    dtype,
                    Device.CPU);
        }
    }

    private static Weights.Loaded<Flux2Transformer2DModel> loaded(Flux2Transformer2DConfig config, DType dtype) {
        return Weights.load(
                "transformer",
                RandomWeights.of(w -> new Flux2Transformer2DModel(config, w)),
                dtype,
                Device.CPU,
                w -> new Flux2Transformer2DModel(config, w));
    }
}
