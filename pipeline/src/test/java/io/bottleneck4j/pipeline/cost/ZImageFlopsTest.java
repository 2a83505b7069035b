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
import io.bottleneck4j.models.CacheSteps;
import io.bottleneck4j.models.RandomWeights;
import io.bottleneck4j.models.Records;
import io.bottleneck4j.models.mmdit.BoundVelocity;
import io.bottleneck4j.models.zimage.ZImageFlops;
import io.bottleneck4j.models.zimage.ZImageTransformer2DConfig;
import io.bottleneck4j.models.zimage.ZImageTransformer2DModel;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.MatrixProducts;
import io.bottleneck4j.torch.Noise;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.Tensor;
import io.bottleneck4j.torch.io.Weights;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The formula against a sum by hand, and the products the Java model really issues. */
class ZImageFlopsTest {
    private static final ZImageTransformer2DConfig PUBLISHED = ZImageTransformer2DConfig.from(Records.nothing());
    private static final ZImageTransformer2DConfig TINY =
            new ZImageTransformer2DConfig(4, 16, 2, 1, 2, 1e-5, 10, 256, 1000, List.of(2, 2, 4), List.of(100, 20, 20));
    /** Wider than the vector that steers modulation, with a feed-forward that is rounded down. */
    private static final ZImageTransformer2DConfig MEDIUM = new ZImageTransformer2DConfig(
            16, 320, 3, 2, 5, 1e-5, 48, 256, 1000, List.of(16, 24, 24), List.of(200, 20, 20));

    private static final ZImageTransformer2DConfig WITHOUT_REFINERS = Records.with(TINY, "nRefinerLayers", 0);

    @Test
    void flops_ofZImage_areTheSumByHand() {
        double d = 3840;
        double s = 4096 + 512;
        double layers = 30 * (24 * s * d * d + 4 * s * s * d);
        double refiners =
                2 * (24 * 4096 * d * d + 4 * 4096.0 * 4096 * d) + 2 * (24 * 512 * d * d + 4 * 512.0 * 512 * d);
        double beside = 2.0 * 4096 * 64 * d * 2 // all_x_embedder and all_final_layer
                + 2.0 * 512 * 2560 * d // cap_embedder
                + 2 * (256.0 * 1024 + 1024 * 256.0) // t_embedder
                + 2 * 256 * d * (32 * 4 + 1); // modulation
        ZImageFlops formula = new ZImageFlops(PUBLISHED, 512);
        assertThat(formula.flops(square(1024))).isCloseTo(layers + refiners + beside, within(1e3));
        assertThat(FlopFormat.text(layers)).isEqualTo("58.707 T");
        assertThat(FlopFormat.text(formula.flops(square(1024)))).isEqualTo("62.506 T");
        // A text of 40 tokens in its template is filled up to 64.
        assertThat(new ZImageFlops(PUBLISHED, 64).flops(square(1024))
                        - new ZImageFlops(PUBLISHED, 40).flops(square(1024)))
                .isCloseTo(2.0 * 24 * 2560 * d, within(1e6));
    }

    @Test
    void new_withoutText_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ZImageFlops(TINY, 0))
                .withMessage("text tokens: must be at least 1, not 0");
    }

    @ParameterizedTest
    @CsvSource({
        "TINY, FLOAT32, 12, 14, 5",
        "TINY, BFLOAT16, 12, 14, 5",
        "TINY, FLOAT32, 8, 16, 32",
        "MEDIUM, FLOAT32, 20, 32, 40",
        "MEDIUM, BFLOAT16, 20, 32, 40",
        "WITHOUT_REFINERS, FLOAT32, 6, 4, 33"
    })
    void flops_ofRunningModel_areThoseItIssues(String name, DType dtype, int height, int width, int text) {
        ZImageTransformer2DConfig config = config(name);
        LatentShape shape = new LatentShape(config.inChannels(), 1, height, width);
        try (Weights.Loaded<ZImageTransformer2DModel> loaded = loaded(config, dtype);
                Noise noise = Noise.seeded(2);
                Scope scope = Scope.open()) {
            Tensor states = noise.randn(1, text, config.capFeatDim());
            MatrixProducts issued = MatrixProducts.of(() -> {
                try (BoundVelocity model = loaded.model().velocity(states, List.of(0.5), dtype, Device.CPU)) {
                    model.velocity(Latents.zeros(shape), 0.5);
                }
            });
            assertThat(issued.flops()).as(issued.toString()).isEqualTo(new ZImageFlops(config, text).flops(shape));
        }
    }

    /** Each step of a stage with a cache multiplies as much less than a plain step as the formula says. */
    @ParameterizedTest
    @CsvSource({
        "taylor:feature=hidden, TINY",
        "taylor:feature=hidden, MEDIUM",
        "firstblock:threshold=0.99, MEDIUM",
        "taylor, TINY"
    })
    void flops_ofStepsWithCache_areThoseTheyIssue(String name, String model) {
        StepCache cache = Caches.parse(name);
        ZImageTransformer2DConfig config = config(model);
        LatentShape shape = new LatentShape(config.inChannels(), 1, 12, 14);
        TimestepSchedule schedule = TimestepSchedule.shifted(9, new Shift.Constant(3), shape);
        ZImageFlops formula = new ZImageFlops(config, 20);
        try (Weights.Loaded<ZImageTransformer2DModel> loaded = loaded(config, DType.FLOAT32);
                Noise noise = Noise.seeded(2);
                Scope scope = Scope.open();
                BoundVelocity plain = loaded.model()
                        .velocity(
                                noise.randn(1, 20, config.capFeatDim()),
                                schedule.sigmas(),
                                DType.FLOAT32,
                                Device.CPU)) {
            CacheSteps.assertProducts(plain, cache, schedule, shape, formula);
        }
    }

    @Test
    void partial_ofACacheOfTokens_isRefusedByName() {
        StepCache cache = Caches.parse("toca");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ZImageFlops(TINY, 5).flops(new LatentShape(4, 1, 8, 8), cache, Forward.PARTIAL))
                .withMessage("cache: " + cache
                        + " is not for Z-Image, whose blocks have other products; use taylor or firstblock");
    }

    private static ZImageTransformer2DConfig config(String name) {
        return switch (name) {
            case "TINY" -> TINY;
            case "MEDIUM" -> MEDIUM;
            default -> WITHOUT_REFINERS;
        };
    }

    private static Weights.Loaded<ZImageTransformer2DModel> loaded(ZImageTransformer2DConfig config, DType dtype) {
        return Weights.load(
                "transformer",
                RandomWeights.of(w -> new ZImageTransformer2DModel(config, w)),
                dtype,
                Device.CPU,
                w -> new ZImageTransformer2DModel(config, w));
    }

    private static LatentShape square(int pixels) {
        return new LatentShape(16, 1, pixels / 8, pixels / 8);
    }
}
